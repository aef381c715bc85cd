"""An anchor leaves: talent draws up what is open between both, finance settles it."""

from collections.abc import Callable

import pytest

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.settlements.books import JULY, JUNE, Books


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_an_exit_is_simulated_and_settled(
    xinghe: World, open_as: Callable[..., Watched], language: str, size: str
) -> None:
    with xinghe.open():
        desk = Books(xinghe)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.event("2", 20000, JULY)
        desk.close(JUNE)
        desk.calculate(JULY)
        anchor = Anchor.objects.get()
    talent = open_as(xinghe.user(Role.TALENT), language=language, size=size)
    talent.visit(f"{xinghe.console}/exits/")
    page = talent.follow("main a[href$='/exits/new/'] >> nth=0")
    page.locator("[name=anchor]").select_option(f"{anchor.pk}")
    page.locator("[name=ends_on]").fill("2026-07-31")
    page.locator("[name=reason]").fill("主播个人原因")
    page.locator("[name=form-0-text]").fill("合同第 8 条")
    page.locator("[name=form-0-amount_fen]").fill("5.00")
    page = talent.follow("main form [type=submit]")
    sheet = page.url
    # June's 24.50 and July's 70.00 less 21.00 for the advance, what is left of the advance 28.50, the claim 5.00
    assert "¥40.00" in page.locator(".grid-cards").inner_text()
    assert page.locator("[data-dialog=settle]").count() == 0

    finance = open_as(xinghe.finance, language=language, size=size)
    finance.visit(f"{xinghe.console}/exits/")
    page = finance.follow("main td a[href*='/exits/']")
    assert page.url == sheet
    finance.agree("settle")
    assert page.locator("[data-dialog=settle]").count() == 0
    with xinghe.open():
        assert Anchor.objects.get().status == Anchor.Status.LEFT
