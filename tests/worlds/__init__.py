"""Random agencies, whole and valid, for tests that must hold for every agency.

`make_world(seed)` invents a roster, contracts with tiers and overrides, SKUs, deals, sessions with co-hosts,
order lines with their earning events (late ones, clawbacks of every sort, history, unmatched ones), entries,
advances, guarantees and attendance over a few months. The same seed gives the same world. `run_world`
calculates its months in order with the reference engine, each on what the months before left behind.
"""

from hypothesis import strategies as st

from tests.worlds.maker import make_world
from tests.worlds.months import Month, run_world, settlement_inputs
from tests.worlds.world import HISTORY_MONTH, MONTHS, World

__all__ = ["HISTORY_MONTH", "MONTHS", "Month", "World", "make_world", "run_world", "settlement_inputs", "worlds"]


def worlds() -> st.SearchStrategy[World]:
    """Hypothesis strategy; a failing example names its seed."""
    return st.integers(0, 2**32 - 1).map(make_world)
