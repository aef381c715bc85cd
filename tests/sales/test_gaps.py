"""Days that should have order lines and have none (docs/sales-files.md)."""

from datetime import date, timedelta

import pytest

from mcn.anchors.models import Anchor
from mcn.anchors.services import account_save, anchor_save, payee_save
from mcn.sales.gaps import Gap, gap_days, gaps
from mcn.sales.models import DailySales
from mcn.sales.services import BilledDay, bills_save
from tests.agencies import World

START = date(2026, 7, 1)


def days(*numbers: int) -> set[date]:
    """Days by their number: 0 is the first of July, −1 the last of June."""
    return {START + timedelta(days=number) for number in numbers}


@pytest.mark.parametrize(
    ("sold", "lacking"),
    [
        (range(-14, 0), range(14)),  # every day, then nothing: 14 days are missed, then it has stopped
        (range(-10, 0), range(14)),  # 10 of 14 are enough …
        (range(-9, 0), ()),  # … and 9 are not
        ([*range(-14, 5), *range(8, 31)], [5, 6, 7]),
        (range(-28, -13), [0]),  # stopped before: the 14th day without a sale is the first of the month
        (range(-28, -14), ()),
        ((), ()),
    ],
)
def test_which_days_lack_lines(sold: range, lacking: range) -> None:
    assert set(gap_days(days(*sold), START, date(2026, 7, 31))) == days(*lacking)


def test_days_after_a_gap_look_at_what_was_sold_up_to_the_last_sale() -> None:
    sold = days(*range(-14, 2), 7, 8)  # of the 14 days up to the last sale nine have one
    assert set(gap_days(sold, START, date(2026, 7, 12))) == days(2, 3, 4, 5, 6)


# ── With what is stored ──────────────────────────────────────────────────────────────────────────────


def sell(account: str, numbers: range, platform: str = "douyin") -> None:
    for day in days(*numbers):
        DailySales.objects.create(
            day=day, platform=platform, account_key=account, lines=1, invalid_lines=0, gmv_fen=1,
            estimated_gross_fen=0, settled_base_fen=0, settled_pool_fen=0,
        )  # fmt: skip


def hold(account: str, *, until: date | None = None, nickname: str = "") -> None:
    payee, _made = payee_save(actor=None, code="A01", name="小鹿", kind="labour", legal_name="鹿小小")
    anchor: Anchor = anchor_save(actor=None, code="A01", stage_name="小鹿", payee=payee)[0]
    account_save(
        actor=None, anchor=anchor, platform="douyin", account_id=account, starts_on=date(2026, 1, 1), ends_on=until,
        nickname=nickname,
    )  # fmt: skip


def found() -> list[Gap]:
    return gaps(START, date(2026, 7, 31))


@pytest.mark.django_db(transaction=True)
def test_days_in_a_row_are_one_gap_of_accounts_that_somebody_holds(xinghe: World) -> None:
    with xinghe.open():
        sell("1", range(-14, 5))
        sell("1", range(8, 20))
        sell("2", range(-14, 5))  # in nobody's hands
        sell("3", range(-14, 5), platform="kuaishou")  # another platform
        hold("1")
        assert found() == [Gap("douyin", "1", date(2026, 7, 6), date(2026, 7, 8))]
        assert found()[0].days == 3


@pytest.mark.django_db(transaction=True)
def test_what_the_platform_has_not_given_yet_is_no_gap(xinghe: World) -> None:
    with xinghe.open():
        sell("1", range(-14, 5))
        hold("1")
        assert found() == []
        sell("2", range(7, 8))  # the last day may be incomplete
        assert found() == [Gap("douyin", "1", date(2026, 7, 6), date(2026, 7, 7))]


@pytest.mark.django_db(transaction=True)
def test_it_ends_where_the_account_leaves_its_holder_and_a_nickname_is_as_good_as_an_id(xinghe: World) -> None:
    with xinghe.open():
        sell("鹿鹿", range(-14, 5))
        sell("2", range(20, 21))
        hold("77", until=date(2026, 7, 8), nickname="鹿鹿")
        assert found() == [Gap("douyin", "鹿鹿", date(2026, 7, 6), date(2026, 7, 7))]


@pytest.mark.django_db(transaction=True)
def test_a_bill_of_nothing_explains_a_day(xinghe: World) -> None:
    with xinghe.open():
        sell("1", range(-14, 5))
        sell("2", range(9, 10))
        hold("1")
        rows = [BilledDay("1", date(2026, 7, 7), 0), BilledDay("1", date(2026, 7, 8), 100)]
        bills_save(actor=None, platform="douyin", measure="gmv", rows=rows)
        bills_save(actor=None, platform="douyin", measure="pool", rows=[BilledDay("1", date(2026, 7, 6), 0)])
        assert found() == [
            Gap("douyin", "1", date(2026, 7, 6), date(2026, 7, 6)),
            Gap("douyin", "1", date(2026, 7, 8), date(2026, 7, 9)),
        ]
