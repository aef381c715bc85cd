"""An anchor disputes a line on the phone, the agency answers and corrects it; a payee is held back and released."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mcn.commissions.models import ShareLine
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.settlements.books import JULY, JUNE, Books

Opener = Callable[..., Watched]
PHOTO = {"name": "合同.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"}


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def books(xinghe: World) -> Iterator[Books]:
    """June is closed: 35 % of 100.00 and of 20.01. July holds 1.00."""
    desk = Books(xinghe)
    with xinghe.open():
        desk.roster()
        desk.event("1001", 10000, JUNE)
        desk.event("1002", 2001, JUNE)
        desk.close(JUNE)
        desk.event("1003", 100, JULY)
        desk.calculate(JULY)
    yield desk


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_disputed_line_becomes_a_correction_of_the_open_month(books: Books, open_as: Opener, language: str) -> None:
    world = books.people
    with world.open():
        share = ShareLine.objects.get(period=JUNE, event__line__order_key="1002").pk
    anchor = open_as(world.anchor, language=language, size="phone")
    anchor.visit(f"/me/xinghe/lines/{share}/")
    page = anchor.follow("a[href$='/dispute/']")
    page.locator("[name=reason]").fill("合同写的是 40 %")
    page.locator("[name=wished]").fill("8.00")
    page.locator("[name=file]").set_input_files(PHOTO)
    page = anchor.follow("main form [type=submit]")
    own = page.url

    finance = open_as(world.finance, language=language)
    finance.visit(f"{world.console}/disputes/")
    page = finance.follow("main td a")
    with page.expect_download() as download:
        page.locator("a[href$='/file/']").click()
    assert Path(download.value.path()).read_bytes() == PHOTO["buffer"]
    page.locator("[name=rate]").fill("40")
    page = finance.follow("form.filters [type=submit]")
    # R(4800.4) − R(4000) = 8.00 of the line; all 120.01 × 40 % = 48.00, at 35 % 42.00
    asked = page.locator(".table.data tbody tr").nth(1).inner_text()
    assert all(figure in asked for figure in ("40 %", "¥8.00", "+¥1.00", "¥48.00", "+¥6.00")), asked
    assert page.locator("[name=amount_fen]").input_value() == "1.00"
    page.locator("[name=answer]").first.fill("同意，是 40 %")
    page = finance.follow("form[action$='/accept/'] [type=submit]")

    second = open_as(world.approver, language=language)
    second.visit(page.url)
    second.follow("a[href*='/corrections/']:has-text('COR-')")
    page = second.agree("approve")
    page.locator(f"a[href$='/months/{JULY}/']").wait_for()
    with world.open():
        books.calculate(JULY)
        # 35 % of 1.00, and the 1.00 that was granted
        assert books.statement(JULY).earned_fen == 135
        assert books.statement(JUNE).earned_fen == 4200
    page = anchor.visit(own)
    assert "同意，是 40 %" in page.locator("main").inner_text()
    anchor.follow(f"main a[href$='/months/{JULY}/']")


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_a_payee_is_held_back_and_released(books: Books, open_as: Opener, language: str, size: str) -> None:
    world = books.people
    finance = open_as(world.finance, language=language, size=size)
    finance.visit(f"{world.console}/holds/")
    page = finance.follow("main a[href$='/holds/new/']")
    page.locator("[name=payee]").select_option(index=1)
    page.locator("[name=reason]").fill("等待账户核实")
    finance.follow("main form [type=submit]")
    page = finance.visit(f"{world.console}/payouts/")
    assert "等待账户核实" in page.locator(".todo").inner_text()
    finance.visit(f"{world.console}/holds/")
    page = finance.follow("main td a[href*='/holds/']")
    page.locator("[name=reason]").fill("已核实")
    finance.follow("main form [type=submit]")
    page = finance.visit(f"{world.console}/payouts/")
    assert "等待账户核实" not in page.locator("main").inner_text()


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_a_correction_is_requested_turned_down_and_seen(
    books: Books, open_as: Opener, language: str, size: str
) -> None:
    world = books.people
    finance = open_as(world.finance, language=language, size=size)
    finance.visit(f"{world.console}/corrections/")
    page = finance.follow("main a[href$='/corrections/new/']")
    page.locator("[name=payee]").select_option(index=1)
    page.locator("[name=month]").select_option(JUNE)
    page.locator("[name=amount_fen]").fill("-3.00")
    page.locator("[name=reason]").fill("重复计算的奖金")
    page = finance.follow("main form [type=submit]")
    assert page.locator("[data-dialog=approve]").count() == 0  # not the person who asked
    second = open_as(world.approver, language=language, size=size)
    page = second.visit(page.url)
    page.locator("[data-dialog=reject]").click()
    page.locator("#reject-reason").fill("奖金只发过一次")
    page = second.follow("dialog#reject [type=submit]")
    assert "奖金只发过一次" in page.locator("main").inner_text()
    with world.open():
        books.calculate(JULY)
        assert books.statement(JULY).earned_fen == 35
