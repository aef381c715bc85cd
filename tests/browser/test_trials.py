"""Other terms are tried out on closed months, and a month's report is made: the jobs are waited for on the page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcn.settlements.reports import sums as report_sums
from mcn.settlements.services import calculate
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.console.sold import run_jobs, sold
from tests.settlements.books import JULY, JUNE, Books

Opener = Callable[..., Watched]
MAY = "2026-05"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_a_trial_of_terms_tells_who_gains_and_is_kept(xinghe: World, open_as: Opener, language: str, size: str) -> None:
    with xinghe.open():
        desk = Books(xinghe)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.close(JUNE)
        desk.event("2", 2000, JULY)
    finance = open_as(xinghe.finance, language=language, size=size)
    page = finance.visit(f"{xinghe.console}/what-if/")
    page.locator("[name=points]").fill("5")
    finance.follow("main form [type=submit]")
    run_jobs(xinghe)
    winner = page.locator(".table.data tr", has_text="小鹿").first
    winner.wait_for()
    finance.check()
    # 35 % of 100.00 is 35.00, 40 % is 40.00
    assert all(figure in winner.inner_text() for figure in ("¥35.00", "¥40.00", "+¥5.00"))
    assert "−¥5.00" in page.locator(".grid-cards").inner_text()
    page.locator("[name=name]").fill("加 5 个点")
    finance.follow("form[action$='/keep/'] [type=submit]")
    page = finance.visit(f"{xinghe.console}/what-if/")
    page.get_by_text("加 5 个点").first.wait_for()


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_a_report_is_made_and_downloaded(world: World, open_as: Opener, language: str, size: str) -> None:
    sold(world)
    with world.open():
        calculate(actor=None, period=MAY)
        report_sums.bring_all_up_to_date()
    finance = open_as(world.finance, language=language, size=size)
    page = finance.visit(f"{world.console}/reports/?month={MAY}")
    # half of 31.82 is the anchor's, the other half the agency's
    assert "¥31.82" in page.locator(".is-total").inner_text()
    finance.follow("form[action$='/reports/order/'] [type=submit]")
    run_jobs(world)
    page.locator("a[href$='/download/']").wait_for()
    finance.check()
    page = finance.visit(f"{world.console}/reports/?month={MAY}")
    with page.expect_download() as download:
        page.locator("a[href$='/download/']").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
