"""What was known of a line, and when: former states are kept as they were, and never touched again."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.utils import InternalError, ProgrammingError

from mcn.sales import history
from mcn.sales.models import EarningEvent, FormerLine, FormerPart, OrderLine, SalesImport
from mcn.tenancy.models import Agency
from tests.sales.platform_files import rows_of, with_cell
from tests.settlements.desk import Desk, local

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "6990000000000000104"
SUB_ORDER = "990000000000000301"


def order(**cells: str) -> list[list[Any]]:
    """The sample's settled order alone, with other cells."""
    rows: list[list[Any]] = rows_of("douyin_alliance")
    for column, value in cells.items():
        rows = with_cell(rows, 4, column, value)
    return [rows[0], rows[3]]


def paid() -> list[list[Any]]:
    return order(订单状态="订单付款", 结算金额="0.00", 实际佣金支出="0.00", 订单结算时间="-")


def recorded(desk: Desk, *days: str) -> None:
    """As if the imports had been recorded on these days, in the order in which they came."""
    with desk.reading(), connections["owner"].cursor() as cursor:
        for row, day in zip(SalesImport.objects.order_by("pk"), days, strict=True):
            SalesImport.objects.filter(pk=row.pk).update(recorded_at=local(f"{day} 12:00"))
            # Events are never changed: only who owns the tables can put the clock back, without the trigger.
            cursor.execute("alter table sales_earningevent disable trigger all")
            cursor.execute(
                "update sales_earningevent set created_at = %s where sales_import_id = %s",
                [local(f"{day} 12:00"), row.pk],
            )
            cursor.execute("alter table sales_earningevent enable trigger all")


def told(desk: Desk, until: datetime | None = None) -> list[tuple[str, int, int]]:
    """Status, estimated and settled commission of every state that was known."""
    with desk.reading():
        line = OrderLine.objects.get(order_key=ORDER)
        return [
            (state.platform_status, state.estimated_gross_fen, state.settled_gross_fen)
            for state in history.states_of(line, until)
        ]


def end_of(desk: Desk, day: str) -> datetime:
    with desk.reading():
        return history.end_of_day(Agency.objects.get(pk=desk.people.id), date.fromisoformat(day))


def test_every_state_is_kept_in_the_order_in_which_it_was_recorded(desk: Desk) -> None:
    desk.bring(paid(), exported_at="2026-05-10 00:00")
    desk.bring(order(), exported_at="2026-06-01 00:00")
    desk.bring(order(实际佣金支出="21.00"), exported_at="2026-07-01 00:00")
    assert told(desk) == [("订单付款", 3549, 0), ("订单结算", 3549, 3182), ("订单结算", 3549, 2100)]
    with desk.reading():
        files = list(FormerLine.objects.order_by("pk").values_list("sales_import_id", "row_number"))
        assert files == [(row.pk, 2) for row in SalesImport.objects.order_by("pk")[:2]]


def test_the_same_file_again_and_an_older_one_keep_no_state(desk: Desk) -> None:
    desk.bring(order(), exported_at="2026-06-01 00:00")
    desk.bring(order(), exported_at="2026-06-02 00:00")
    desk.bring(paid(), exported_at="2026-05-10 00:00")
    assert len(told(desk)) == 1


def test_only_what_was_recorded_by_the_end_of_the_day_was_known(desk: Desk) -> None:
    desk.bring(paid(), exported_at="2026-05-10 00:00")
    desk.bring(order(), exported_at="2026-06-01 00:00")
    desk.bring(order(实际佣金支出="21.00"), exported_at="2026-07-01 00:00")
    recorded(desk, "2026-05-11", "2026-06-02", "2026-07-02")
    assert told(desk, end_of(desk, "2026-05-10")) == []
    assert told(desk, end_of(desk, "2026-05-11")) == [("订单付款", 3549, 0)]
    assert told(desk, end_of(desk, "2026-07-01"))[-1] == ("订单结算", 3549, 3182)
    with desk.reading():
        line = OrderLine.objects.get(order_key=ORDER)
        known = [event.pool_fen for event in history.events_of(line, local("2026-06-03 00:00"))]
        assert known == [3182]
        assert [event.pool_fen for event in history.events_of(line)] == [3182, -1082]


def test_a_day_ends_when_the_agencys_own_does(desk: Desk) -> None:
    with desk.reading():
        agency = Agency.objects.get(pk=desk.people.id)
        agency.day_starts_at = agency.day_starts_at.replace(hour=4)
        assert history.end_of_day(agency, date(2026, 7, 1)) == local("2026-07-02 04:00")


def test_states_and_events_of_an_import_are_recorded_at_one_moment(desk: Desk) -> None:
    desk.bring(order())
    with desk.reading():
        assert SalesImport.objects.get().recorded_at == EarningEvent.objects.get().created_at


def test_refund_records_keep_what_they_said(desk: Desk) -> None:
    rows = rows_of("taobao_refunds")
    desk.bring(rows, exported_at="2026-06-01 00:00")
    with desk.reading():
        first = EarningEvent.objects.order_by("pk")[0]
    column = rows[0].index("show_return_fee")
    place = next(number for number, row in enumerate(rows) if row[0] == first.part_key or first.part_key in row)
    desk.bring(with_cell(rows, place + 1, "show_return_fee", "1.00"), exported_at="2026-07-01 00:00", name="later.csv")
    with desk.reading():
        line = OrderLine.objects.get(pk=first.line_id)
        parts = [one for one in history.parts_of(line) if one.part.part_key == first.part_key]
        before, now = (one.state for one in parts)
        assert (before.gross_fen, now.gross_fen) == (first.gross_fen, -100)
        assert before.sales_import.file_name == "orders.csv" and now.sales_import.file_name == "later.csv"
        newest = [one.state for one in history.newest_parts(history.parts_of(line))]
        assert now in newest and before not in newest
        assert FormerPart.objects.count() == 1
    assert rows[place][column] != "1.00"


def test_former_states_are_never_changed_or_deleted(desk: Desk) -> None:
    desk.bring(paid(), exported_at="2026-05-10 00:00")
    desk.bring(order(), exported_at="2026-06-01 00:00")
    for change in (lambda rows: rows.update(status=1), lambda rows: rows.delete()):
        with pytest.raises((InternalError, ProgrammingError)), desk.reading():
            change(FormerLine.objects.all())


def test_a_line_that_only_a_refund_named_was_known_as_that(desk: Desk) -> None:
    desk.bring(rows_of("taobao_refunds"), exported_at="2026-06-01 00:00")
    desk.bring(rows_of("taobao_union"), exported_at="2026-07-01 00:00")
    with desk.reading():
        former = FormerLine.objects.select_related("line")
        assert {row.status for row in former} == {OrderLine.Status.UNKNOWN}
        assert all(len(history.states_of(row.line)) == 2 for row in former)


def test_what_is_recorded_just_at_the_end_of_a_day_was_not_known_in_it(desk: Desk) -> None:
    desk.bring(order())
    with desk.reading():
        at = SalesImport.objects.get().recorded_at
    assert at is not None
    assert told(desk, at) == []
    assert len(told(desk, at + timedelta(microseconds=1))) == 1
