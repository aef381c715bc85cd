"""What waits unmatched says what is missing, and is mended where that can be done."""

import pytest

from mcn.commissions.desk import read_cause
from mcn.console.sales.unmatched import HERE, MENDINGS


@pytest.mark.parametrize(
    ("reason", "cause", "kind"),
    [
        ("unknown_account", "douyin:10000000001", "account"),
        ("unknown_sku", "product:douyin:380", "product"),
        ("unknown_sku", "product:douyin:", "no_product"),
        ("two_sessions", "sessions:L007, L008", "sessions"),
        ("no_contract", "payment_time:douyin", "payment_time"),
        ("no_contract", "contract:A06", "contract"),
        ("no_split_rule", "rule:A08", "rule"),
        ("no_anchor_on_line", "douyin", "line"),
    ],
)
def test_each_cause_is_read_and_has_a_way_out(reason: str, cause: str, kind: str) -> None:
    assert read_cause(reason, cause).kind == kind
    assert kind in MENDINGS


def test_a_line_without_a_product_is_linked_to_no_sku() -> None:
    """Such a link would hold for every line of the platform whose file names no product."""
    assert "no_product" not in HERE
