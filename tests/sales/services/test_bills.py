"""Platforms' bills: kept by day and account, replaced and withdrawn, every change in the audit trail."""

from datetime import date
from typing import Any

import pytest

from mcn.accounts.models import AuditEntry
from mcn.core.errors import Conflict, RuleError
from mcn.sales.models import PlatformBill
from mcn.sales.services import BilledDay, bill_withdraw, bills_save
from tests.agencies import World
from tests.sales.test_gaps import hold

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 7, 3)


def save(people: World, *rows: BilledDay, **more: Any) -> dict[str, int]:
    values = {"platform": "douyin", "measure": "pool"} | more
    return dict(bills_save(actor=people.user(), rows=rows, **values))


def trail() -> list[tuple[str, Any, Any]]:
    rows = AuditEntry.objects.filter(target="sales.platformbill").order_by("pk")
    return [(row.action, row.before, row.after) for row in rows]


def test_a_day_is_created_left_alone_corrected_and_withdrawn(xinghe: World) -> None:
    with xinghe.open():
        hold("1")
        row = BilledDay("1", DAY, 31_82, 4)
        assert save(xinghe, row) == {"created": 1, "changed": 0, "unchanged": 0}
        assert save(xinghe, row) == {"created": 0, "changed": 0, "unchanged": 1}
        assert save(xinghe, BilledDay("1", DAY, 30_00, 4)) == {"created": 0, "changed": 1, "unchanged": 0}
        bill = PlatformBill.objects.get()
        assert (bill.amount_fen, bill.count, bill.is_withdrawn) == (30_00, 4, False)
        bill_withdraw(actor=xinghe.user(), bill_id=bill.pk)
        with pytest.raises(Conflict):
            bill_withdraw(actor=xinghe.user(), bill_id=bill.pk)
        assert save(xinghe, BilledDay("1", DAY, 30_00, 4))["changed"] == 1
        created, *changes = trail()
        assert (created[0], created[1], created[2]["amount_fen"]) == ("create", None, 31_82)
        assert changes == [
            ("change", {"amount_fen": 31_82}, {"amount_fen": 30_00}),
            ("change", {"is_withdrawn": False}, {"is_withdrawn": True}),
            ("change", {"is_withdrawn": True}, {"is_withdrawn": False}),
        ]


def test_each_measure_is_a_bill_of_its_own(xinghe: World) -> None:
    with xinghe.open():
        hold("1")
        save(xinghe, BilledDay("1", DAY, 1))
        save(xinghe, BilledDay("1", DAY, 2), measure="gmv")
        found = PlatformBill.objects.order_by("amount_fen").values_list("measure", "amount_fen", "count")
        assert list(found) == [("pool", 1, None), ("gmv", 2, None)]


@pytest.mark.parametrize(
    ("rows", "more", "field"),
    [
        ([BilledDay("2", DAY, 1)], {}, "account"),
        ([BilledDay("1", DAY, 1), BilledDay("1", DAY, 1)], {}, "day"),
        ([BilledDay("1", DAY, 1, -1)], {}, "count"),
        ([BilledDay("1", DAY, 1)], {"platform": "nowhere"}, "platform"),
        ([BilledDay("1", DAY, 1)], {"platform": "kuaishou"}, "account"),
        ([BilledDay("1", DAY, 1)], {"measure": "weight"}, "measure"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_kept(
    xinghe: World, rows: list[BilledDay], more: dict[str, Any], field: str
) -> None:
    with xinghe.open():
        hold("1")
        with pytest.raises(RuleError) as refused:
            save(xinghe, BilledDay("1", date(2026, 7, 1), 5), *rows, **more)
        assert refused.value.field == field
        assert not PlatformBill.objects.exists()


def test_a_year_of_days_takes_as_many_queries_as_two(xinghe: World, django_assert_max_num_queries: Any) -> None:
    with xinghe.open():
        hold("1")
        rows = [BilledDay("1", date.fromordinal(DAY.toordinal() + number), number) for number in range(365)]
        with django_assert_max_num_queries(12):
            assert save(xinghe, *rows)["created"] == 365
