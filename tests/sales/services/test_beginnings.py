"""How lines begin: derived fees round as everything else, and the first event is dated by what the money does."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.money import LARGEST_FEN, round_ratio
from mcn.sales.importers.lines import LINE_SCHEMA
from mcn.sales.services import staging
from mcn.sales.services.beginnings import Beginning, Sums, by_table, derived_fee

CALENDAR = staging.Calendar("Asia/Shanghai", time(0))
PAID = datetime(2026, 6, 28, 12, tzinfo=UTC)
SETTLED = datetime(2026, 6, 30, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
CHANGED = datetime(2026, 6, 30, 16, tzinfo=UTC)  # the first moment of July there
EXPORTED = datetime(2026, 8, 2, 3, tzinfo=UTC)
LINE = {
    "row_number": 2, "platform": "douyin", "order_key": "1", "line_key": "1", "account_key": "a", "status_order": 4,
    "paid_at": PAID, "settled_at": SETTLED, "changed_at": CHANGED, "row_hash": 1,
}  # fmt: skip


def begun(*rows: dict[str, Any]) -> pl.DataFrame:
    """Those lines as they begin, in an agency whose June is closed."""
    frame = pl.DataFrame([{**LINE, **row} for row in rows], schema=dict(LINE_SCHEMA))
    beginning = Beginning(CALENDAR, EXPORTED, Decimal("0.1"), lambda month: max(month, "2026-07"))
    return beginning.added_to(staging.staged(frame, calendar=CALENDAR))


@given(
    amounts=st.lists(st.integers(-LARGEST_FEN, LARGEST_FEN), min_size=1),
    rate=st.decimals(0, 1, places=6, allow_nan=False),
)
def test_a_derived_fee_is_rounded_as_any_other_amount(amounts: list[int], rate: Decimal) -> None:
    fees = pl.DataFrame({"amount": amounts}).select(derived_fee(pl.col("amount"), rate)).to_series()
    assert fees.to_list() == [round_ratio(amount, int(rate * 10**6), 10**6) for amount in amounts]


@pytest.mark.parametrize(
    ("row", "kind", "at", "month", "settles"),
    [
        ({"set_gross": 100, "set_fee": 10}, None, None, "2026-06", "2026-07"),
        ({"set_gross": -100, "set_fee": -10}, "clawback", CHANGED, "2026-07", None),
        ({"set_gross": 100, "set_fee": 10, "settled_at": None}, None, CHANGED, "2026-07", None),
        ({"set_gross": 100, "set_fee": 10, "settled_at": None, "changed_at": None}, None, EXPORTED, "2026-08", None),
        ({"set_gross": 100, "set_fee": 100, "set_base": -5}, "clawback", CHANGED, "2026-07", None),
        ({"set_gross": 100, "set_fee": 100}, None, None, "2026-06", "2026-07"),
        ({"set_holder": -1}, "clawback", CHANGED, "2026-07", None),
        ({"set_base": 0, "set_gross": 0}, None, None, None, None),
        ({}, None, None, None, None),
    ],
)
def test_the_first_event_is_dated_by_what_the_money_does(
    row: dict[str, Any], kind: str | None, at: datetime | None, month: str | None, settles: str | None
) -> None:
    (line,) = begun(row).to_dicts()
    moment = None if at is None else int(at.timestamp() * 10**6)
    assert (line["event_kind"], line["event_us"]) == (kind, moment)
    assert (line["event_month"], line["settle_month"]) == (month, settles)


def test_a_fee_that_the_file_does_not_carry_is_derived() -> None:
    lines = begun({"set_gross": 105}, {"set_gross": 105, "set_fee": 0}, {"set_gross": 0}, {})
    assert lines["new_fee"].to_list() == [11, 0, 0, 0]
    assert lines["fee_derived"].to_list() == [True, None, None, None]


def test_what_the_file_does_not_carry_stays_empty_for_lines_that_are_known() -> None:
    (line,) = begun({"set_gross": 105}).select("set_base", "set_gross", "set_fee", "set_holder").to_dicts()
    assert line == {"set_base": None, "set_gross": 105, "set_fee": None, "set_holder": None}


def test_sums_of_two_batches_come_together() -> None:
    money = {"est_base": 500, "est_gross": 60, "set_base": 400, "set_gross": 50, "set_fee": 5}
    unsettled = {"status_order": 1, "est_base": 300, "est_gross": 30}
    invalid = {"status_order": 5, "est_base": 900, "est_gross": 90}
    batches = [begun(money, unsettled), begun(money, invalid, {**money, "account_key": "", "account_name": "甲"})]
    found = by_table([Sums.of(batch) for batch in batches])
    days = {row["account_key"]: row for row in found["day_changes"].to_dicts()}
    assert set(days) == {"a", "甲"}
    assert days["a"] == {
        "platform": "douyin", "account_key": "a", "day": PAID.date(), "lines": 4, "invalid_lines": 1, "gmv": 1300,
        "estimated_gross": 240, "settled_base": 800, "settled_pool": 90, "new_lines": 4, "changed_lines": 0,
        "open_lines": 1, "open_estimate": 30,
    }  # fmt: skip
    settled = {row["account_key"]: row for row in found["settled_changes"].to_dicts()}
    assert settled["a"] == {
        "platform": "douyin", "account_key": "a", "day": SETTLED.date(), "settled": 2, "supplements": 0,
        "clawbacks": 0, "base": 800, "gross": 100, "fee": 10, "holder": 0,
    }  # fmt: skip
    assert found["lag_changes"].to_dicts() == [
        {"platform": "douyin", "settled_month": "2026-06", "days": 2, "lines": 3}
    ]
    assert by_table([]) == {}
