"""Bills are entered, brought in and withdrawn; the page of reconciliation shows what differs and what is missing."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.sales.models import DailySales, OrderLine, PlatformBill
from tests.agencies import World
from tests.console.sold import ACCOUNT, SETTLED_ORDER, bring, plain, sold
from tests.sales.platform_files import as_csv, rows_of, with_cell

Clients = Callable[..., Client]
PAGE = "/sales/reconciliation/"
MAY = f"{PAGE}?month=2026-05&measure=pool"
BILL = {"platform": "douyin", "account": ACCOUNT, "day": "2026-05-21", "measure": "pool", "amount_fen": "30.00"}


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def enter(client: Client, world: World, **changes: str) -> Any:
    return client.post(f"{world.console}{PAGE}bills/", BILL | changes)


def bring_bill(client: Client, world: World, text: str, name: str = "bill.csv") -> Any:
    values = {"platform": "douyin", "measure": "pool", "upload": SimpleUploadedFile(name, text.encode())}
    return client.post(f"{world.console}{PAGE}bills/upload/", values)


def test_without_sales_the_page_says_what_to_do(world: World, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).get(f"{world.console}{PAGE}").text
    assert "No sales yet" in page
    assert f"{world.console}/sales/upload/" in page


def test_a_bill_that_differs_stands_first_and_leads_to_the_order_lines(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    assert "No bill of this month has been entered" in client.get(f"{world.console}{MAY}").text
    answer = enter(client, world, count="2")
    assert answer.status_code == 302
    page = plain(client.get(answer["Location"]).text)
    assert "The bill of 2026-05-21 is kept." in page
    assert page.count('class="is-off"') == 1
    for text in ("¥31.82", "¥30.00", "−¥1.82"):
        assert text in page
    overall = plain(client.get(f"{world.console}{MAY}").text)
    assert "Days that differ" in overall
    link = f"{PAGE}day/?platform=douyin&amp;account={ACCOUNT}&amp;day=2026-05-21"
    assert link in overall
    assert SETTLED_ORDER in client.get(f"{world.console}{link.replace('&amp;', '&')}").text
    nothing = client.get(f"{world.console}{PAGE}day/?platform=douyin&account={ACCOUNT}&day=2026-05-22").text
    assert "Nothing was settled on this day" in nothing


def test_days_of_payment_lead_to_the_list_of_lines(world: World, client_of: Clients) -> None:
    sold(world)
    page = client_of(Role.AUDITOR).get(f"{world.console}{PAGE}?month=2026-05&measure=gmv&account=douyin:{ACCOUNT}").text
    assert f"/sales/lines/?account=douyin%3A{ACCOUNT}&amp;since=2026-05-20&amp;until=2026-05-20" in page
    assert "Enter a bill" not in page  # who may not import may not enter bills


def test_what_cannot_be_is_told_at_its_field(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    assert "The agency has no such account there: 999." in enter(client, world, account="999").text
    assert enter(client, world, amount_fen="1.234").status_code == 422
    assert enter(client, world, day="2026-02-30").status_code == 422
    assert client_of(Role.AUDITOR).post(f"{world.console}{PAGE}bills/", BILL).status_code == 403
    with world.open():
        assert not PlatformBill.objects.exists()


def test_a_known_bill_is_shown_corrected_and_withdrawn(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.OPERATIONS)
    address = f"{world.console}{PAGE}bills/?platform=douyin&account={ACCOUNT}&day=2026-05-21&measure=pool"
    assert "Withdraw this bill" not in client.get(address).text
    enter(client, world)
    page = client.get(address).text
    assert 'value="30.00"' in page
    assert "Withdraw this bill" in page
    enter(client, world, amount_fen="31.82")
    with world.open():
        bill = PlatformBill.objects.get()
    assert bill.amount_fen == 3182
    withdraw = f"{world.console}{PAGE}bills/{bill.pk}/withdraw/"
    done = client.post(withdraw)
    assert "The bill of 2026-05-21 is withdrawn." in client.get(done["Location"]).text
    again = client.post(withdraw)
    assert "This bill was withdrawn already." in client.get(again["Location"]).text
    assert client.get(f"{world.console}{PAGE}bills/?day=gestern").status_code == 200


def test_a_file_is_kept_as_a_whole_or_each_fault_is_named(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    good = f"日期,账号,金额,笔数\n2026-05-21,{ACCOUNT},31.82,1\n"
    faulty = bring_bill(client, world, f"{good}2026-05-22,999,x,\n")
    assert faulty.status_code == 422
    assert "row 3, column “Amount”: “x” is no amount." in faulty.text
    assert "row 3, column “Account”: The agency has no such account there: 999." in faulty.text
    with world.open():
        assert not PlatformBill.objects.exists()
    for told in ("1 new, 0 corrected, 0 unchanged", "0 new, 0 corrected, 1 unchanged"):
        assert told in client.get(bring_bill(client, world, good)["Location"]).text
    changed = bring_bill(client, world, good.replace("31.82", "31.00"))
    assert "0 new, 1 corrected, 0 unchanged" in client.get(changed["Location"]).text


def test_files_that_are_no_bill_are_refused_with_the_reason(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    for text, reason in (
        ("日期,什么\n1,2\n", "These columns are missing: 账号, 金额."),
        ("日期,账号,金额\n2026-05-21,,\n", "No row of the file has an amount."),
        ("[]", "Such a file is brought in as csv or xlsx."),
        ("", "empty"),
    ):
        answer = bring_bill(client, world, text)
        assert answer.status_code == 422
        assert reason in answer.text


def test_the_template_lists_the_days_that_the_files_have(world: World, client_of: Clients) -> None:
    sold(world)
    address = f"{world.console}{PAGE}bills/template/"
    answer = client_of(Role.FINANCE).get(f"{address}?month=2026-05&platform=douyin&measure=pool")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows(max_col=3)] == [
        ["日期", "账号", "Name"],
        ["2026-05-21", ACCOUNT, "小鹿"],
    ]
    assert client_of(Role.FINANCE).get(f"{address}?month=x").status_code == 302
    assert client_of(Role.AUDITOR).get(address).status_code == 403


def lines_until(world: World, last: date) -> None:
    """The account sells on each of the 20 days before the last five, another one until the end."""
    with world.open():
        for account, days in ((ACCOUNT, range(5, 25)), ("2", range(25))):
            for back in days:
                DailySales.objects.update_or_create(
                    day=last - timedelta(days=back), platform="douyin", account_key=account,
                    defaults={
                        "lines": 1, "invalid_lines": 0, "gmv_fen": 1, "estimated_gross_fen": 0,
                        "settled_base_fen": 0, "settled_pool_fen": 0,
                    },
                )  # fmt: skip


def test_days_without_lines_are_shown_here_and_at_home(world: World, client_of: Clients) -> None:
    sold(world)
    with world.open():
        today = world.agency.today()
    lines_until(world, today)
    client = client_of(Role.OPERATIONS)
    home = client.get(f"{world.console}/").text
    assert "1 account lacks order lines on some days" in home
    last = today - timedelta(days=1)
    assert f"Last on {last:%Y-%m-%d}: a file may be missing" in home
    assert f"{PAGE}?month={last:%Y-%m}" in home
    page = client.get(f"{world.console}{PAGE}?month={last:%Y-%m}&measure=gmv&account=douyin:{ACCOUNT}").text
    assert "Days without order lines" in page
    assert "No order lines" in page
    first = max(today - timedelta(days=4), last.replace(day=1))
    enter(client, world, day=f"{first:%Y-%m-%d}", measure="gmv", amount_fen="0")
    again = client.get(f"{world.console}{PAGE}?month={last:%Y-%m}&measure=gmv&account=douyin:{ACCOUNT}").text
    assert again.count("No order lines") == page.count("No order lines") - 1


def test_a_line_names_the_files_that_wrote_to_it(world: World, client_of: Clients) -> None:
    first = sold(world)
    rows = rows_of("douyin_alliance")
    place = next(number for number, row in enumerate(rows, start=1) if row[0].startswith(SETTLED_ORDER))
    with world.open():
        line = OrderLine.objects.get(order_key=SETTLED_ORDER)
    client = client_of(Role.FINANCE)
    address = f"{world.console}/sales/lines/{line.pk}/"
    assert "Files that wrote to it" not in client.get(address).text
    second = bring(world, as_csv(with_cell(rows, place, "实际佣金支出", "30.00")).encode(), "六月.csv")
    page = client.get(address).text
    assert "Files that wrote to it" in page
    for one in (first, second):
        assert f"/sales/imports/{one.pk}/" in page


def test_a_file_whose_word_was_replaced_is_named_too(world: World, client_of: Clients) -> None:
    first = sold(world)
    rows = rows_of("douyin_alliance")
    second = bring(world, as_csv(with_cell(rows, 2, "预估佣金支出", "30.00")[:2]).encode(), "六月.csv")
    with world.open():
        line = OrderLine.objects.get(order_key=rows[1][0].strip())
        assert not line.events.exists()
    page = client_of(Role.FINANCE).get(f"{world.console}/sales/lines/{line.pk}/")
    assert [file.pk for file, _format in page.context["files"]] == [first.pk, second.pk]
