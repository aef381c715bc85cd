"""Finance pays what a closed month owes: a batch's whole way, its results by hand and by the bank's statement."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mcn.settlements.models import PayingAccount
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.settlements.paying import Paying

Opener = Callable[..., Watched]
NUMBERS = "6222020000000000101", "6222020000000000002", "6222020000000000003"


@pytest.fixture
def account(xinghe: World) -> PayingAccount:
    """24.50 are owed to A01, 5.00 to A02 and 7.00 to A03."""
    with xinghe.open():
        return Paying(xinghe).owe()


def row(name: str) -> str:
    return f".table.data tbody tr:has-text('{name}')"


def choose(watched: Watched, *names: str) -> None:
    """Tick these and no others."""
    for box in watched.page.locator("input[name=payout]").all():
        box.set_checked(box.get_attribute("aria-label") in names)


def exported(account: PayingAccount, world: World, open_as: Opener, language: str, size: str) -> tuple[Watched, str]:
    """Draft everybody, approve as a second person, make the file; returns finance's page and the batch's address."""
    finance = open_as(world.finance, language=language, size=size)
    finance.visit(f"{world.console}/payouts/")
    page = finance.follow("a[href$='/payouts/new/']")
    assert page.locator("input[name=payee]:checked").count() == 3
    page = finance.follow("main form [type=submit]")
    batch = page.url
    assert page.locator("[data-dialog=approve]").count() == 0  # not the person who drafted it
    second = open_as(world.approver, language=language, size=size)
    second.visit(batch)
    second.agree("approve")
    finance.visit(batch)
    page = finance.follow("form[action$='/export/'] [type=submit]")
    with page.expect_download() as download:
        page.locator("a[href$='/file/']").click()
    file = Path(download.value.path()).read_bytes()
    assert all(number in file.decode("gb18030") for number in NUMBERS)
    return finance, batch


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_a_batch_is_paid_and_what_fails_or_comes_back_is_payable_again(
    xinghe: World, account: PayingAccount, open_as: Opener, language: str, size: str
) -> None:
    finance, batch = exported(account, xinghe, open_as, language, size)
    choose(finance, "小鹿", "晚晚")
    finance.follow("[name=result][value=paid]")
    choose(finance, "阿木")
    finance.page.locator("#result-reason").fill("账户已销户")
    finance.follow("[name=result][value=failed]")
    choose(finance, "晚晚")
    finance.page.locator("#result-reason").fill("户名不符")
    page = finance.follow("[name=result][value=returned]")
    assert "账户已销户" in page.locator(row("阿木")).inner_text()
    assert "户名不符" in page.locator(row("晚晚")).inner_text()
    page = finance.visit(f"{xinghe.console}/payouts/new/")
    assert [text.split()[0] for text in page.locator("label[for^=payee-]").all_inner_texts()] == ["阿木", "晚晚"]


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_the_bank_s_statement_marks_what_a_person_confirms(
    xinghe: World, account: PayingAccount, open_as: Opener, language: str, size: str
) -> None:
    finance, batch = exported(account, xinghe, open_as, language, size)
    with xinghe.open():
        day = xinghe.agency.today()
    lines = (
        "交易日期,借方金额,贷方金额,对方户名,对方账号,摘要",
        f"{day},24.50,,鹿小小,{NUMBERS[0]},转账",  # name, account and day: sure
        f"{day},5.00,,某人,,转账",  # nothing but amount and day: a person has to tick it
        f"{day},12.50,,,,手续费",  # of no payout
    )
    page = finance.visit(f"{xinghe.console}/bank-statements/")
    file = {"name": "流水.csv", "mimeType": "text/csv", "buffer": "\r\n".join(lines).encode()}
    page.locator("input[name=upload]").set_input_files(file)
    finance.follow("main form:has(input[name=upload]) [type=submit]")
    assert [box.is_checked() for box in page.locator("input[name=pair]").all()] == [True, False]
    finance.follow("form[action$='/confirm/'] [type=submit]")
    page.locator(row("鹿小小")).locator("a", has_text="P0001-001").wait_for()
    page = finance.visit(batch)
    states = [page.locator(row(name)).locator("a[href*='/postings/']").count() for name in ("小鹿", "阿木", "晚晚")]
    assert states == [1, 0, 0]
