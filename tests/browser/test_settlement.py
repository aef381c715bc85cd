"""Finance takes a month to its end and opens every figure, in both languages, at the desk and on the phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcn.accounts.permissions import Role
from mcn.commissions.models import Bucket, ShareLine
from mcn.sales.models import OrderLine
from mcn.settlements.models import Statement
from mcn.settlements.reports import sums as report_sums
from mcn.settlements.services import calculate
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.console.exposed import JUNE, MAY, summed
from tests.console.sold import SETTLED_ORDER, run_jobs, sold
from tests.settlements.books import JUNE as BOOKED
from tests.settlements.books import Books

MONTH = "2026-05"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_pages_of_settlement(world: World, open_as: Callable[..., Watched], language: str, size: str) -> None:
    sold(world)
    with world.open():
        calculate(actor=None, period=MONTH)
        report_sums.bring_all_up_to_date()
        statement, bucket, share = Statement.objects.get(), Bucket.objects.get(), ShareLine.objects.get()
    watched = open_as(world.user(Role.FINANCE), language=language, size=size)
    for path in (
        f"/?month={MONTH}",
        "/months/",
        f"/months/{MONTH}/",
        f"/months/{MONTH}/?all=1&sort=-net_pay_fen",
        f"/months/{MONTH}/statements/{statement.pk}/",
        f"/months/{MONTH}/buckets/{bucket.pk}/",
        f"/months/shares/{share.pk}/",
        "/entries/",
        "/entries/new/",
        "/reports/",
        "/reports/?by=session&sort=share",
        "/reports/schedule/",
        "/vouchers/",
        "/vouchers/subjects/",
        "/jobs/",
    ):
        watched.visit(world.console + path)


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_refund_exposure(world: World, open_as: Callable[..., Watched], language: str, size: str) -> None:
    summed(world)
    watched = open_as(world.user(Role.FINANCE), language=language, size=size)
    for month in (MAY, JUNE):
        page = watched.visit(f"{world.console}/exposure/?month={month}")
        page.locator(".is-total").first.wait_for()


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_vouchers(xinghe: World, open_as: Callable[..., Watched], language: str, size: str) -> None:
    with xinghe.open():
        desk = Books(xinghe)
        desk.roster()
        desk.event("1", 10000, BOOKED)
        desk.close(BOOKED)
    page = open_as(xinghe.finance, language=language, size=size).visit(f"{xinghe.console}/vouchers/")
    page.locator(".is-total").first.wait_for()


def test_a_month_is_calculated_and_submitted_and_a_share_explained(
    world: World, open_as: Callable[..., Watched]
) -> None:
    sold(world)
    watched = open_as(world.user(Role.FINANCE))
    page = watched.visit(f"{world.console}/months/{MONTH}/")
    page.get_by_role("button", name="计算").click()
    page.get_by_role("progressbar").wait_for()
    watched.check()
    run_jobs(world)
    page.get_by_role("link", name="小鹿", exact=True).wait_for()
    page.get_by_role("button", name="提交复核").click()
    page.get_by_role("dialog").get_by_role("button", name="提交复核").click()
    page.get_by_role("progressbar").wait_for()
    run_jobs(world)
    page.get_by_text("本月由您提交").wait_for()
    watched.check()
    with world.open():
        line = OrderLine.objects.get(order_key=SETTLED_ORDER)
    page = watched.visit(f"{world.console}/sales/lines/{line.pk}/")
    page.evaluate("() => { window.__same = true; }")
    page.get_by_role("link", name="如何计算").click()
    page.locator(".reckoning-share").wait_for()
    assert page.locator(".reckoning-share").inner_text() == "分成 ¥15.91"
    assert page.evaluate("() => window.__same") is True
    watched.check()
