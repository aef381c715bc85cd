"""A sole trader is paid once an invoice of the contract party covers the month."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.settlements.paying import Paying

Opener = Callable[..., Watched]
SCAN = {"name": "六月.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1"}


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def register(finance: Watched, number: str, issuer: str) -> Any:
    """From the list's button of whoever is blocked, with a scan."""
    finance.follow("a[href*='/invoices/new/?payee=']")
    page = finance.page
    assert page.locator("[name=gross_fen]").input_value() == "5.00"
    page.locator("[name=number]").fill(number)
    page.locator("[name=issued_on]").fill("2026-07-03")
    page.locator("[name=issuer_name]").fill(issuer)
    page.locator("[name=issuer_tax_number]").fill("92330106MA0000000X")
    page.locator("[name=vat_rate]").fill("1")
    page.locator("[name=scan]").set_input_files(SCAN)
    return finance.follow("main form [type=submit]")


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_invoices_block_a_payment(xinghe: World, open_as: Opener, language: str, size: str) -> None:
    with xinghe.open():
        Paying(xinghe).owe(trader="A02")
    finance = open_as(xinghe.finance, language=language, size=size)
    payees = finance.page.locator("input[name=payee]")
    waiting = finance.page.locator(".todo li")
    draft, invoices = f"{xinghe.console}/payouts/new/", f"{xinghe.console}/invoices/"
    finance.visit(draft)
    assert (payees.count(), "¥5.00" in waiting.inner_text()) == (2, True)

    finance.visit(invoices)
    page = register(finance, "24332000000000000001", "别人工作室")
    assert page.locator(".note-error").count() == 1  # somebody else's
    finance.visit(draft)
    assert payees.count() == 2
    page = finance.visit(invoices)
    finance.follow("a:has-text('24332000000000000001')")
    page.locator("[data-dialog=cancel]").click()
    page.locator("dialog#cancel [name=reason]").fill("开票方有误")
    finance.follow("dialog#cancel [type=submit]")

    finance.visit(invoices)
    register(finance, "24332000000000000002", "阿木")
    page = finance.visit(invoices)
    assert page.locator(".empty-state").count() == 1  # nothing is blocked
    finance.visit(draft)
    assert (payees.count(), waiting.count()) == (3, 0)
