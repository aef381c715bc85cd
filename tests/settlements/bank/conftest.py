"""A bank's statement is of what was paid at that desk."""

from tests.settlements.paying import account, desk, in_english, today

__all__ = ["account", "desk", "in_english", "today"]
