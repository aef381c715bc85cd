"""Our sums against the platforms' bills, by day and account (docs/money.md §1.1)."""

from datetime import date

import pytest

from mcn.core.periods import Period
from mcn.sales import reconciliation
from mcn.sales.models import PlatformBill
from mcn.sales.services import BilledDay, bill_withdraw, bills_save
from tests.sales.platform_files import rows_of
from tests.sales.test_gaps import hold
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)
MAY, ACCOUNT = Period(2026, 5), "10000000001"
SETTLED_ON, PAID_ON = date(2026, 5, 21), date(2026, 5, 1)


@pytest.fixture(autouse=True)
def sold(desk: Desk) -> None:
    desk.bring(rows_of("douyin_alliance"))


def bill(measure: str, day: date, fen: int, count: int | None = None, account: str = ACCOUNT) -> None:
    bills_save(actor=None, platform="douyin", measure=measure, rows=[BilledDay(account, day, fen, count)])


def one(measure: str, day: date) -> reconciliation.Day:
    return next(found for found in reconciliation.days_of(MAY, measure, account_key=ACCOUNT) if found.day == day)


@pytest.mark.parametrize(("measure", "fen"), [("pool", 3182), ("commission", 3182), ("base", 15153)])
def test_settled_money_is_compared_by_day_of_settlement(desk: Desk, measure: str, fen: int) -> None:
    with desk.reading():
        bill(measure, SETTLED_ON, fen + 100, 2)
        day = one(measure, SETTLED_ON)
        assert (day.amount_fen, day.count, day.taken_back) == (fen, 1, 0)
        assert (day.difference_fen, day.difference_count, day.differs) == (100, 1, True)


def test_a_clawback_is_in_the_amount_and_no_settlement(desk: Desk) -> None:
    rows = rows_of("douyin_alliance")
    number, state = rows[0].index("结算金额"), rows[0].index("订单状态")
    for row in rows[1:]:
        if row[state] == "订单结算":
            row[number] = "0.00"
            row[state] = "订单退货退款"
    desk.bring(rows, exported_at="2026-06-02 12:00")
    with desk.reading():
        days = reconciliation.days_of(Period(2026, 6), "pool", account_key=ACCOUNT)
        assert [(day.amount_fen, day.count, day.taken_back) for day in days] == [(-3182, 0, 1)]


def test_payments_are_compared_by_day_of_payment(desk: Desk) -> None:
    with desk.reading():
        days = reconciliation.days_of(MAY, "gmv", platform="douyin")
        assert [day.bill for day in days] == [None] * len(days)
        first = next(day for day in days if day.account_key == ACCOUNT)
        bill("gmv", first.day, first.amount_fen, first.count)
        again = one("gmv", first.day)
        assert (again.difference_fen, again.difference_count, again.differs) == (0, 0, False)
        assert one("estimate", first.day).bill is None


def test_a_bill_of_a_day_that_we_have_nothing_of_differs_by_all_of_it(desk: Desk) -> None:
    with desk.reading():
        bill("pool", date(2026, 5, 30), 500)
        day = one("pool", date(2026, 5, 30))
        assert (day.amount_fen, day.difference_fen, day.difference_count, day.differs) == (0, 500, None, True)
        bill_withdraw(actor=None, bill_id=PlatformBill.objects.get().pk)
        assert all(found.day != date(2026, 5, 30) for found in reconciliation.days_of(MAY, "pool"))


def test_totals_compare_the_days_that_have_a_bill(desk: Desk) -> None:
    with desk.reading():
        days = reconciliation.days_of(MAY, "pool")
        assert reconciliation.total(days).difference_fen is None
        bill("pool", SETTLED_ON, 3000)
        hold("2")
        bill("pool", SETTLED_ON, 10, account="2")
        days = reconciliation.days_of(MAY, "pool")
        total = reconciliation.total(days)
        assert (total.amount_fen, total.compared_fen, total.billed_fen) == (3182, 3182, 3010)
        assert (total.difference_fen, total.billed_days, total.differing_days) == (-172, 2, 2)
        found = [(row.account_key, row.difference_fen) for row in reconciliation.by_account(days)]
        assert found == [(ACCOUNT, -182), ("2", 10)]  # the largest difference first


def test_the_measure_shown_first_is_that_of_most_bills(desk: Desk) -> None:
    with desk.reading():
        assert reconciliation.measure_of(MAY) == "pool"
        bill("gmv", PAID_ON, 1)
        assert reconciliation.measure_of(MAY) == "gmv"
        assert reconciliation.months_with_bills() == {"2026-05"}


def test_accounts_are_named_by_id_or_by_a_nickname_that_only_one_has(desk: Desk) -> None:
    with desk.reading():
        hold("2", nickname="鹿鹿")
        hold("3", nickname="双")
        hold("4", nickname="双")
        known = reconciliation.accounts_by_text("douyin")
        assert known["鹿鹿"] == "2"
        assert known[ACCOUNT] == ACCOUNT
        assert known["4"] == "4"
        assert "双" not in known
        assert "" not in known
        assert reconciliation.account_names()["douyin", "2"] == "鹿鹿"
