"""The stored sums by day of settlement are those of the events, whatever was brought in (docs/money.md §2)."""

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django.db import connections

from mcn.core.periods import business_date
from mcn.sales.models import DailySales, DailySettled, EarningEvent, SettlementLag
from mcn.tenancy.models import Agency
from tests.sales.platform_files import rows_of
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
Sums = dict[tuple[Any, ...], list[int]]


def kept() -> Sums:
    return {
        (day.day, day.platform, day.account_key): [
            day.settled_events, day.supplement_events, day.clawback_events, day.base_fen, day.gross_fen, day.fee_fen,
            day.holder_fen,
        ]
        for day in DailySettled.objects.all()
    }  # fmt: skip


def counted(agency: Agency) -> Sums:
    """The same, made from the events one by one."""
    found: Sums = {}
    for event in EarningEvent.objects.select_related("line"):
        day = business_date(event.occurred_at, agency.zone, agency.day_starts_at)
        key = (day, event.line.platform, event.line.account_key or event.line.account_name)
        kinds = [int(event.kind == kind) for kind in EarningEvent.Kind.values]
        figures = [*kinds, event.base_fen, event.gross_fen, event.fee_fen, event.holder_fen]
        found[key] = [left + right for left, right in zip(found.get(key, [0] * 7), figures, strict=True)]
    return found


def check(desk: Desk) -> Sums:
    """The sums, which are those of the events."""
    with desk.reading():
        sums = kept()
        assert sums == counted(Agency.objects.get(pk=desk.people.id))
        return sums


def test_lists_refunds_and_phases_all_count(desk: Desk) -> None:
    for code in ("douyin_alliance", "taobao_refunds", "taobao_union", "wechat_league", "douyin_phases"):
        desk.bring(rows_of(code), exported_at="2026-07-01 00:00")
        before = check(desk)
        assert desk.bring(rows_of(code), exported_at="2026-07-02 00:00")["events"] == 0
        assert check(desk) == before
    assert before[date(2026, 5, 8), "taobao", "示例推广位"] == [0, 0, 1, -9900, -1782, -178, 0]


def test_events_follow_a_line_that_goes_to_another_account(desk: Desk) -> None:
    rows = rows_of("kuaishou_orders")
    desk.bring(rows, account_id="400000001")
    assert check(desk) == {(date(2026, 5, 16), "kuaishou", "400000001"): [1, 0, 0, 12900, 2902, 0, 0]}
    desk.bring(rows, account_id="400000002", exported_at="2026-06-02 00:00")
    assert check(desk) == {(date(2026, 5, 16), "kuaishou", "400000002"): [1, 0, 0, 12900, 2902, 0, 0]}


def test_the_day_is_the_agencys_business_day(desk: Desk) -> None:
    with desk.reading():
        Agency.objects.filter(pk=desk.people.id).update(day_starts_at="04:30")
    desk.bring(rows_of("kuaishou_orders"), account_id="400000001")  # settled at 04:00
    assert [day for day, _platform, _account in check(desk)] == [date(2026, 5, 15)]


def test_an_upgrade_counts_the_events_there_are(desk: Desk) -> None:
    for code in ("douyin_alliance", "taobao_refunds", "taobao_union"):
        desk.bring(rows_of(code))
    before = check(desk)
    with connections["owner"].cursor() as cursor:
        cursor.execute("delete from sales_dailysettled")
        cursor.execute(import_module("mcn.sales.migrations.0013_settled_by_day").FILL)
    assert check(desk) == before


def by_hand() -> tuple[list[Any], list[Any]]:
    """Open lines by day and account, and how long settlements took."""
    days = DailySales.objects.order_by("day", "platform", "account_key")
    lags = SettlementLag.objects.order_by("platform", "settled_month", "days")
    return (
        list(days.values_list("day", "account_key", "open_lines", "open_estimate_fen")),
        list(lags.values_list("platform", "settled_month", "days", "lines")),
    )


def test_an_upgrade_counts_what_is_open_and_how_long_settlements_took(desk: Desk) -> None:
    for code in ("douyin_alliance", "taobao_union"):
        desk.bring(rows_of(code))
    with desk.reading():
        days, lags = before = by_hand()
    assert (date(2026, 5, 20), "10000000001", 1, 3380) in days
    assert ("douyin", "2026-05", 20, 1) in lags  # paid on the 1st, settled on the 21st
    migration = import_module("mcn.sales.migrations.0014_settlement_lags")
    with connections["owner"].cursor() as cursor:
        cursor.execute("delete from sales_settlementlag")
        cursor.execute("update sales_dailysales set open_lines = 0, open_estimate_fen = 0")
        cursor.execute(migration.FILL_LAGS)
        cursor.execute(migration.FILL_OPEN)
    with desk.reading():
        assert by_hand() == before
