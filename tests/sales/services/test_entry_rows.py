"""Other income from files: entries, and further ones with the difference (docs/money.md §4.7)."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest
from django.utils import translation

from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Payee, PlatformAccount
from mcn.core.errors import RuleError
from mcn.sales import services
from mcn.sales.models import Entry
from mcn.sales.services.entries import entry_save
from mcn.settlements.models import Period
from mcn.tenancy import files
from tests.sales.platform_files import rows_of, with_cell
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = "7000000000000000001"
SLOT = "7400000000000000001"


@pytest.fixture(autouse=True)
def anchors(desk: Desk) -> None:
    """A01 holds the account until July, then A02."""
    with desk.reading():
        for code in ("A01", "A02"):
            payee = Payee.objects.create(code=f"P-{code}", kind="company", legal_name=code)
            anchor = Anchor.objects.filter(code=code).first()
            if anchor is None:
                anchor = Anchor.objects.create(code=code, stage_name=code, payee=payee)
            starts_on, ends_on = (date(2026, 1, 1), date(2026, 7, 1)) if code == "A01" else (date(2026, 7, 1), None)
            PlatformAccount.objects.create(
                anchor=anchor, platform="douyin", account_id=ACCOUNT, starts_on=starts_on, ends_on=ends_on
            )


def slots(**cells: str) -> list[list[Any]]:
    """The header and the first slot-fee order, with other cells."""
    rows: list[list[Any]] = rows_of("douyin_slot_fees")[:2]
    for name, value in cells.items():
        rows = with_cell(rows, 2, name, value)
    return rows


def entries(desk: Desk) -> list[tuple[Any, ...]]:
    """Code, anchor, income, day, amount, month that settles it."""
    with desk.reading():
        rows = Entry.objects.order_by("code").values_list(
            "code", "anchor__code", "income", "date", "amount_fen", "settle_period"
        )
        return [(*row[:3], str(row[3]), *row[4:]) for row in rows]


def closed(desk: Desk, month: str) -> None:
    with desk.reading():
        Period.objects.update_or_create(code=month, defaults={"state": "closed", "content_hash": "0" * 64})


def test_slot_fees_that_are_completed_become_entries_of_who_held_the_account(desk: Desk) -> None:
    counts = desk.bring(rows_of("douyin_slot_fees"), account_id=ACCOUNT)
    assert (counts["created"], counts["entries"], counts["events"], counts["rejected"]) == (4, 2, 0, 0)
    assert counts["months"] == {"2026-06": 2}
    assert entries(desk) == [
        ("douyin-7400000000000000001", "A01", "slot_fee", "2026-06-05", 800000, "2026-06"),
        ("douyin-7400000000000000002", "A01", "slot_fee", "2026-06-12", 300000, "2026-06"),
    ]
    with desk.reading():
        assert Period.objects.get().code == "2026-06"
        assert str(Entry.objects.first().source) == "orders.csv · 2"


def test_the_agencys_own_list_brings_every_kind_of_income(desk: Desk) -> None:
    counts = desk.bring(rows_of("other_income"))
    assert (counts["created"], counts["entries"], counts["rejected"]) == (5, 5, 0)
    assert entries(desk) == [
        ("B-2026-06-01", "A01", "bonus", "2026-06-30", 50000, "2026-06"),
        ("C-2026-06-01", "A01", "commission_cost", "2026-06-30", -30000, "2026-06"),
        ("P-2026-06-01", "A02", "penalty", "2026-06-20", 20000, "2026-06"),
        ("T-2026-06-01", "A01", "tips", "2026-06-30", 200000, "2026-06"),
        ("T-2026-06-02", "A02", "ads", "2026-06-15", 150000, "2026-06"),
    ]
    with desk.reading():
        assert Entry.objects.get(code="P-2026-06-01").note == "迟到"


def test_a_day_is_that_day_wherever_the_agencys_day_starts(desk: Desk) -> None:
    with desk.reading():
        agency = desk.people.agency
        agency.day_starts_at = "06:00"
        agency.save(update_fields=["day_starts_at"])
    desk.bring(rows_of("other_income")[:2])
    assert entries(desk)[0][3] == "2026-06-30"


def test_the_same_file_again_changes_nothing_nor_does_an_older_one(desk: Desk) -> None:
    desk.bring(slots(), account_id=ACCOUNT)
    again = desk.bring(slots(), account_id=ACCOUNT, exported_at="2026-06-02 00:00")
    assert (again["unchanged"], again["entries"]) == (1, 0)
    older = slots(real_fee="700000", update_time="2026-06-07 00:00:00")
    assert desk.bring(older, account_id=ACCOUNT, exported_at="2026-06-03 00:00")["stale"] == 1
    assert [row[4] for row in entries(desk)] == [800000]


def test_a_refund_of_a_slot_fee_is_a_further_entry_of_the_same_day(desk: Desk) -> None:
    desk.bring(slots(), account_id=ACCOUNT)
    less = slots(refund_fee="800000", real_fee="0", status="70", update_time="2026-07-09 10:00:00")
    closed(desk, "2026-06")
    counts = desk.bring(less, account_id=ACCOUNT, exported_at="2026-07-10 00:00")
    assert (counts["changed"], counts["entries"], counts["months"]) == (1, 1, {"2026-07": 1})
    assert entries(desk) == [
        ("douyin-7400000000000000001", "A01", "slot_fee", "2026-06-05", 800000, "2026-06"),
        ("douyin-7400000000000000001/2", "A01", "slot_fee", "2026-06-05", -800000, "2026-07"),
    ]


def test_any_order_and_repetition_of_files_ends_in_the_same_sum(desk: Desk) -> None:
    states = [
        ("2026-06-06 00:00", slots(status="40", update_time="2026-06-06 00:00:00")),
        ("2026-06-09 00:00", slots()),
        ("2026-06-20 00:00", slots(real_fee="500000", refund_fee="300000", update_time="2026-06-19 00:00:00")),
    ]
    for number, order in enumerate(permutations(states)):
        key = f"74000000000000001{number:02d}"
        for exported_at, rows in [*order, order[0]]:
            desk.bring(with_cell(rows, 2, "order_id", key), account_id=ACCOUNT, exported_at=exported_at)
        with desk.reading():
            amounts = Entry.objects.filter(code__startswith=f"douyin-{key}").values_list("amount_fen", flat=True)
            assert sum(amounts) == 500000
            assert all(amounts)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (with_cell(rows_of("other_income"), 2, "主播编号", "A77"), "没有这个编号的主播。"),
        (with_cell(rows_of("other_income"), 2, "收入类型", "红包"), "不认识这个收入类型"),
        (with_cell(rows_of("other_income"), 2, "日期", ""), "日期为空。"),
        (with_cell(rows_of("other_income"), 2, "金额", ""), "金额为空"),
        (with_cell(rows_of("other_income"), 2, "金额", "-5.00"), "分摊成本写成负数"),
        (with_cell(rows_of("other_income"), 6, "金额", "5.00"), "分摊成本写成负数"),
    ],
)
def test_a_row_that_cannot_be_an_entry_is_refused_with_its_reason(
    rows: list[list[Any]], reason: str, desk: Desk
) -> None:
    with translation.override("zh-hans"):
        counts = desk.bring(rows)
    assert (counts["rejected"], counts["entries"]) == (1, 4)
    (sales_import,) = desk.imports()
    with desk.reading():
        (told,) = services.first_refused(files.path_of(sales_import.rejected_file), 5)
    assert reason in told


def test_nobody_holds_the_account(desk: Desk) -> None:
    counts = desk.bring(slots(), account_id="1")
    assert (counts["rejected"], counts["entries"], entries(desk)) == (1, 0, [])


def test_an_entry_stays_with_its_anchor(desk: Desk) -> None:
    desk.bring(rows_of("other_income"))
    moved = with_cell(with_cell(rows_of("other_income"), 2, "主播编号", "A02"), 3, "收入类型", "打赏")
    counts = desk.bring(moved, exported_at="2026-06-02 00:00")
    assert (counts["rejected"], counts["entries"], counts["unchanged"]) == (2, 0, 3)


def test_a_typed_entry_is_not_taken_over_and_a_files_entry_is_not_typed_over(desk: Desk) -> None:
    with desk.reading():
        anchor = Anchor.objects.get(code="A01")
        values: dict[str, Any] = {"anchor": anchor, "income": "tips", "date": date(2026, 6, 1), "last_closed": None}
        actor: User = desk.people.finance
        entry_save(actor=actor, code="T-2026-06-01", amount_fen=100, **values)
    counts = desk.bring(rows_of("other_income"))
    assert (counts["rejected"], counts["entries"]) == (1, 4)
    with desk.reading(), pytest.raises(RuleError, match="T-2026-06-02"):
        entry_save(actor=actor, code="T-2026-06-02", amount_fen=100, **values)


def test_the_account_must_be_given_with_slot_fees(desk: Desk) -> None:
    job = desk.job(slots())
    assert job.state == "failed"
    with translation.override("en"):
        assert job.error_text() == (
            "File “orders.csv”: this format (Douyin slot-fee orders) does not name the account; "
            "give it with the import."
        )
    with translation.override("zh-hans"):
        assert job.error_text() == "文件“orders.csv”：该格式（抖音坑位费订单）不含账号，请在导入时指定。"
