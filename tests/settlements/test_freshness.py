"""A calculation is stale once anything that it read has changed, and only then; finding out reads no order lines."""

import io
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mcn.anchors.models import Anchor, Contract, ContractVersion, PlatformAccount
from mcn.commissions.models import SplitRule
from mcn.core.errors import Conflict
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements import inputs, intake, services
from mcn.settlements.models import Period
from mcn.tenancy.scope import agency_scope
from tests.sales.platform_files import as_csv, rows_of, with_cell
from tests.settlements.desk import Desk, local

pytestmark = pytest.mark.django_db(transaction=True)
MAY, JUNE = "2026-05", "2026-06"
PAID_ROW, SETTLED_ROW = 2, 4  # of the Douyin sample: the settled line is of May, the other has no money yet


@pytest.fixture
def month(desk: Desk) -> Desk:
    """May: one settled line, which belongs to A01."""
    with desk.reading():
        anchor = Anchor.objects.get(code="A01")
        contract = Contract.objects.create(
            anchor=anchor, number="C1", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
        )
        version = ContractVersion.objects.create(contract=contract, number=1, starts_on=date(2026, 1, 1))
        SplitRule.objects.create(version=version, income="commission", rate="0.35", position=0)
    desk.bring(rows_of("douyin_alliance"))
    account = desk.line("6990000000000000104").account_key
    with desk.reading():
        PlatformAccount.objects.create(anchor=anchor, platform="douyin", account_id=account, starts_on=date(2026, 1, 1))
    return desk


def calculate(desk: Desk, code: str = MAY) -> None:
    with desk.reading():
        services.calculate(actor=desk.people.finance, period=code)


def is_stale(desk: Desk, code: str = MAY) -> bool:
    with desk.reading():
        return services.is_stale(Period.objects.get(code=code))


def file(row: int, **cells: str) -> list[list[Any]]:
    """The sample's header and one row of it, with other cells."""
    rows: list[list[Any]] = rows_of("douyin_alliance")
    for column, value in cells.items():
        rows = with_cell(rows, row, column, value)
    return [rows[0], rows[row - 1]]


def test_the_same_file_again_changes_nothing(month: Desk) -> None:
    calculate(month)
    month.bring(rows_of("douyin_alliance"), exported_at="2026-06-02 00:00")
    assert not is_stale(month)


def test_a_line_that_changed_without_an_event_makes_its_month_stale(month: Desk) -> None:
    calculate(month)
    counts = month.bring(file(SETTLED_ROW, 商品id="99"), exported_at="2026-06-02 00:00")
    assert (counts["changed"], counts["events"]) == (1, 0)
    assert is_stale(month)
    with month.reading(), pytest.raises(Conflict):
        services.submit(actor=month.people.finance, period=MAY)
    calculate(month)
    assert not is_stale(month)


def test_a_month_in_review_is_not_closed_over_a_line_that_changed(month: Desk) -> None:
    calculate(month)
    with month.reading():
        services.submit(actor=month.people.finance, period=MAY)
        services.approve(actor=month.people.approver, period=MAY)
    month.bring(file(SETTLED_ROW, 商品id="99"), exported_at="2026-06-02 00:00")
    with month.reading(), pytest.raises(Conflict):
        services.close(actor=month.people.approver, period=MAY)


def test_lines_of_other_months_do_not(month: Desk) -> None:
    calculate(month)
    counts = month.bring(
        file(PAID_ROW, 订单状态="订单收货", 收货时间="2026-06-01 09:00:00"), exported_at="2026-06-02 00:00"
    )
    assert counts["changed"] == 1
    assert not is_stale(month)
    with month.reading():
        assert Period.objects.get(code=MAY).lines_changed_by is None


def test_a_new_event_makes_its_month_stale(month: Desk) -> None:
    calculate(month)
    settled = {
        "订单状态": "订单结算",
        "订单结算时间": "2026-05-30 10:00:00",
        "结算金额": "169.00",
        "实际佣金支出": "33.80",
    }
    assert month.bring(file(PAID_ROW, **settled), exported_at="2026-06-02 00:00")["kinds"] == {"settled": 1}
    assert is_stale(month)


def test_a_file_that_was_uploaded_first_and_imported_last_is_noticed(month: Desk) -> None:
    """The number of an import says when it was uploaded, not when it changed the lines."""

    def upload(product: str, exported_at: str) -> Job:
        with month.reading():
            _import, job = intake.submit(
                actor=None,
                name="orders.csv",
                source=io.BytesIO(as_csv(file(SETTLED_ROW, 商品id=product)).encode()),
                exported_at=local(exported_at),
                hand_over=False,
            )
        return job

    def run(job: Job) -> Job:
        with agency_scope(month.people.id):
            return jobs.run(job.pk)

    first, second = upload("98", "2026-06-03 00:00"), upload("99", "2026-06-02 00:00")
    assert run(second).counts["changed"] == 1
    calculate(month)
    assert run(first).counts["changed"] == 1
    assert is_stale(month)


def test_a_line_that_a_closed_month_left_over_concerns_the_month_that_will_settle_it(month: Desk) -> None:
    with month.reading():
        PlatformAccount.objects.all().delete()
    calculate(month)
    with month.reading():
        services.submit(actor=month.people.finance, period=MAY)
        services.approve(actor=month.people.approver, period=MAY)
        pool = Period.objects.get(code=MAY).totals["unmatched_fen"]
        services.close(actor=month.people.approver, period=MAY, accepted_unmatched_fen=pool)
    calculate(month, JUNE)
    assert not is_stale(month, JUNE)
    month.bring(file(SETTLED_ROW, 商品id="99"), exported_at="2026-06-02 00:00")
    assert is_stale(month, JUNE)
    with month.reading():
        assert Period.objects.get(code=MAY).lines_changed_by is None  # closed, and as it was


def test_what_an_earlier_month_leaves_over_makes_a_later_calculation_stale(month: Desk) -> None:
    with month.reading():
        PlatformAccount.objects.all().delete()
    calculate(month)
    calculate(month, JUNE)
    with month.reading():
        services.submit(actor=month.people.finance, period=MAY)
        services.approve(actor=month.people.approver, period=MAY)
        pool = Period.objects.get(code=MAY).totals["unmatched_fen"]
        services.close(actor=month.people.approver, period=MAY, accepted_unmatched_fen=pool)
    assert is_stale(month, JUNE)


def test_a_month_that_was_never_calculated_is_not_noted(month: Desk) -> None:
    month.bring(file(SETTLED_ROW, 商品id="99"), exported_at="2026-06-02 00:00")
    with month.reading():
        assert Period.objects.get(code=MAY).lines_changed_by is None


def test_it_reads_neither_lines_nor_the_frozen_inputs_of_other_months(month: Desk) -> None:
    calculate(month)
    with month.reading():
        with CaptureQueriesContext(connection) as queries:
            inputs.mark(inputs.load(MAY))
        asked = [query["sql"] for query in queries]
        assert not [sql for sql in asked if "sales_orderline" in sql]
        assert not [sql for sql in asked if '"settlements_period"."inputs"' in sql]
        (events,) = [
            sql for sql in asked if "sales_earningevent" in sql and "max" not in sql and "recursive" not in sql
        ]
        with connection.cursor() as cursor:
            # In a table of a few rows the order of costs is chance; left is the way that reads nothing but the index.
            cursor.execute("set local enable_seqscan = off")
            cursor.execute("set local enable_sort = off")
            cursor.execute(f"explain {events}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Backward using event_period" in plan, plan


def test_a_change_that_is_rolled_back_is_not_noted(month: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    calculate(month)

    def broken(*args: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(intake, "mark_months_of_changed_lines", broken)
        assert month.job(file(SETTLED_ROW, 商品id="99"), exported_at="2026-06-02 00:00").state == "failed"
    assert month.line("6990000000000000104").product_id != "99"
    assert not is_stale(month)
