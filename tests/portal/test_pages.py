"""The anchor's pages: own figures only, every line explained, personal data masked."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db import transaction
from django.test import Client

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Contract, ContractVersion, Payee
from mcn.commissions.models import ShareLine
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Split, Tail, Terms, terms_of
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements.exports import statement_book_job
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def books(xinghe: World) -> Iterator[Books]:
    books = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        books.roster()
        books.event("1001", 10000, JUNE)
        books.close(JUNE)
        books.event("1001", -4000, JULY, kind="clawback")
        books.event("1002", 2000, JULY)
        books.calculate(JULY)
        payee = Payee.objects.get()
        payee.id_number, payee.bank = "110101199001011234", {"account": "6222000011112222", "bank": "招商银行"}
        payee.save()
    return books


def text(client: Client, path: str) -> str:
    response = client.get(path, headers=ENGLISH)
    assert response.status_code == 200, path
    return " ".join(response.content.decode().split())


def test_months_are_final_once_closed_and_provisional_before(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    page = text(client, "/me/xinghe/")
    assert page.index("Jul 2026") < page.index("Provisional") < page.index("Jun 2026") < page.index("Final")


def test_a_month_is_told_as_a_story(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    page = text(client, f"/me/xinghe/months/{JULY}/")
    assert "1 settled order brought" in page
    assert "1 order came back after settlement" in page
    assert "−¥14.00" in page  # 35 % of the 40.00 that came back
    assert "¥7.00" in page  # 35 % of 20.00


def test_a_month_is_compared_with_an_earlier_one(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    page = text(client, f"/me/xinghe/months/{JULY}/compared/")
    assert "Jun 2026" in page
    assert "−¥42.00" in page  # earned −7.00 after 35.00
    assert "This is your first statement" in text(client, f"/me/xinghe/months/{JUNE}/compared/?month={JULY}")


def test_a_month_is_kept_with_all_its_lines(
    client: Client, books: Books, monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT, settings.CELERY_BROKER_URL = tmp_path, ""  # type: ignore[attr-defined]
    client.force_login(books.people.anchor)
    page, file = f"/me/xinghe/months/{JUNE}/", f"/me/xinghe/months/{JUNE}/xlsx/"
    assert file in text(client, page)
    answer = client.get(file)
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
    monkeypatch.setattr(statement_book_job, "MOST_AT_ONCE", 0)
    assert client.get(file).status_code == 302  # nobody has had it made
    assert "Have the xlsx with all lines made" in text(client, page)
    client.post(f"{file}order/")
    assert "is being made" in text(client, page)
    with agency_scope(books.people.id):
        with transaction.atomic():
            job = Job.objects.get(kind="statement_xlsx")
        assert jobs.run(job.pk).state == "done"
    assert client.get(file).status_code == 200
    assert client.get("/me/xinghe/months/2026-01/xlsx/").status_code == 404


def test_a_month_is_kept_as_a_paper(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    assert f"/me/xinghe/months/{JUNE}/pdf/" in text(client, f"/me/xinghe/months/{JUNE}/")
    answer = client.get(f"/me/xinghe/months/{JUNE}/pdf/")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert "no-store" in answer["Cache-Control"]
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    with books.people.open():
        entry = AuditEntry.objects.get(action="download")
        assert (entry.actor, entry.target) == (books.people.anchor, "settlements.statement")
    assert client.get("/me/xinghe/months/2026-08/pdf/").status_code == 404


def test_every_line_says_how_it_was_computed(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    page = text(client, f"/me/xinghe/months/{JULY}/lines/")
    assert "1001" in page
    assert "1002" in page
    with agency_scope(books.people.id), transaction.atomic():
        lines = {line.event.line.order_key: line.pk for line in ShareLine.objects.filter(period=JULY)}
    settled = text(client, f"/me/xinghe/lines/{lines['1002']}/")
    assert "Contract C1, version 1, Commission: 35 %" in settled
    taken_back = text(client, f"/me/xinghe/lines/{lines['1001']}/")
    assert "¥100.00" in taken_back
    assert "¥60.00" in taken_back
    assert "¥35.00" in taken_back
    assert "¥21.00" in taken_back


def test_lines_are_searched_by_order_number(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    page = text(client, f"/me/xinghe/months/{JULY}/lines/?q=1002")
    assert "1002" in page
    assert "1001" not in page
    assert "fits the search" in text(client, f"/me/xinghe/months/{JULY}/lines/?q=9999")


def test_personal_data_is_masked(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    page = text(client, "/me/xinghe/me/")
    for secret in ("110101199001011234", "6222000011112222"):
        assert secret not in page
    assert "2222" in page


def test_the_contract_in_force_is_shown(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    page = text(client, "/me/xinghe/contract/")
    assert "C1" in page
    assert "35 %" in page


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (Tail(30, share=Decimal("0.5")), "in the 30 days after the contract's end still earn you commission, at 50 %"),
        (Tail(1, rate=Decimal("0.15")), "in the 1 day after the contract's end still earn you 15 % of the commission"),
    ],
)
def test_the_tail_commission_that_is_agreed_is_told(client: Client, books: Books, tail: Tail, words: str) -> None:
    with agency_scope(books.people.id), transaction.atomic():
        terms = Terms(date(2026, 8, 1), (Split("commission", rate=Decimal("0.36")),), tail=tail)
        contract_version_save(actor=None, contract=Contract.objects.get(), terms=terms, last_closed=None)
    client.force_login(books.people.anchor)
    page = unescape(text(client, "/me/xinghe/contract/"))
    page = re.sub(r"<[^>]+>", "", page)
    assert words in page
    assert "36 %" in page and "18 %" not in page


def test_another_payees_line_is_not_found(client: Client, books: Books) -> None:
    with agency_scope(books.people.id), transaction.atomic():
        other = Payee.objects.create(code="G01", name="李强", kind="labour", legal_name="李强")
        line = ShareLine.objects.filter(period=JULY).first()
        assert line is not None
        line.bucket.payee = other
        line.bucket.save()
    client.force_login(books.people.anchor)
    assert client.get(f"/me/xinghe/lines/{line.pk}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["", f"months/{JUNE}/", f"months/{JUNE}/lines/", f"months/{JUNE}/pdf/", "contract/", "estimate/", "me/"]
)
def test_staff_and_strangers_find_nothing(client: Client, books: Books, beichen: World, path: str) -> None:
    for user in (books.people.owner, beichen.anchor, beichen.owner):
        client.force_login(user)
        assert client.get(f"/me/xinghe/{path}").status_code == 404


def test_a_month_without_a_statement_is_not_found(client: Client, books: Books) -> None:
    client.force_login(books.people.anchor)
    assert client.get("/me/xinghe/months/2026-08/").status_code == 404


def test_the_estimator_begins_with_the_own_average(client: Client, books: Books) -> None:
    """June, the only closed month, earned 35.00; labour below 800.00 is free of tax."""
    client.force_login(books.people.anchor)
    assert "/me/xinghe/estimate/" in text(client, "/me/xinghe/")
    page = text(client, "/me/xinghe/estimate/")
    assert 'value="35.00"' in page
    assert "of ¥35.00 a month remain" in plain(page)
    assert "Your average of the last closed months" in page


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("labour", ["¥8,400.00", "¥1,600.00"]),
        ("employee", ["¥9,710.00", "mean of a year", "¥9,850.00", "taken off by payroll"]),
        ("sole_trader", ["¥10,000.00", "withholds nothing", "not withheld by the agency", "¥6,750.00"]),
        ("company", ["¥10,000.00", "withholds nothing"]),
    ],
)
def test_the_estimator_tells_what_remains_and_what_it_leaves_out(
    client: Client, books: Books, kind: str, told: list[str]
) -> None:
    client.force_login(books.people.anchor)
    page = plain(text(client, f"/me/xinghe/estimate/?kind={kind}&income=10000"))
    for words in [*told, "An estimate, no promise"]:
        assert words in page, words


def test_the_estimator_knows_pay_that_is_agreed_after_tax(client: Client, books: Books) -> None:
    """10,000 ÷ 0.84 = 11,904.76 before tax."""
    client.force_login(books.people.anchor)
    page = plain(text(client, "/me/xinghe/estimate/?kind=labour&income=10000&net_of_tax=on"))
    for words in ("agreed after tax, a month leaves", "¥10,000.00", "Tax that the agency pays on top: ¥1,904.76"):
        assert words in page
    # so by default where the contract in force says so
    assert "a month leaves" not in text(client, "/me/xinghe/estimate/")
    with books.people.open():
        version = ContractVersion.objects.get()
        terms = replace(terms_of(version), net_of_tax=True, starts_on=version.starts_on + timedelta(days=1))
        contract_version_save(actor=None, contract=version.contract, terms=terms, last_closed=None)
    page = text(client, "/me/xinghe/estimate/")
    assert "a month leaves" in page
    assert "checked" in page


@pytest.mark.parametrize("asked", ["kind=labour&income=much", "kind=king&income=1", "kind=labour&income=-1"])
def test_the_estimator_refuses_what_is_no_amount(client: Client, books: Books, asked: str) -> None:
    client.force_login(books.people.anchor)
    page = text(client, f"/me/xinghe/estimate/?{asked}")
    assert "field-errors" in page
    assert "portal-hero" not in page


def plain(page: str) -> str:
    """The page's words without its tags."""
    return " ".join(re.sub("<[^>]*>", "", page).split())
