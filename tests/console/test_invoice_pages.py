"""Invoices on the console: what is missing, registering with a scan, one invoice, cancelling."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.anchors.models import Payee
from mcn.settlements.models import Invoice
from tests.agencies import World, make_world
from tests.console.sold import seen
from tests.settlements.books import JUNE
from tests.settlements.taxed import june_and_july

Clients = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def closed(world: World) -> World:
    """June and July are closed: the sole trader A06 has 5,000.00 of June to invoice."""
    with world.open():
        june_and_july(world)
    return world


def payee_of(world: World, code: str) -> int:
    with world.open():
        return Payee.objects.get(code=code).pk


def register(client: Client, world: World, **values: Any) -> Any:
    given = {
        "number": "24332000000000000001",
        "issued_on": "2026-07-03",
        "issuer_name": "晚晚工作室",
        "issuer_tax_number": "92330106MA0000000X",
        "kind": "special",
        "gross_fen": "5000.00",
        "vat_rate": "1",
        "periods": [JUNE],
    }
    path = f"{world.console}/invoices/new/?payee={payee_of(world, 'A06')}"
    return client.post(path, given | values, follow=True)


def test_without_a_month_there_is_nothing_to_invoice(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    page = seen(client.get(f"{world.console}/invoices/").text)
    assert "Nothing is blocked" in page
    assert "No invoice is registered" in page
    assert "There is nothing to invoice yet" in seen(client.get(f"{world.console}/invoices/new/").text)


def test_what_is_still_needed_and_registering_it(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    assert "晚晚工作室 A06 · Sole trader ¥5,000.00 for Jun 2026" in seen(client.get(f"{closed.console}/invoices/").text)
    form = client.get(f"{closed.console}/invoices/new/?payee={payee_of(closed, 'A06')}").text
    assert "Jun 2026, still needed ¥5,000.00" in seen(form)
    assert 'value="5000.00"' in form
    page = seen(register(client, closed, scan=SimpleUploadedFile("六月.pdf", b"%PDF-1")).text)
    assert "Invoice 24332000000000000001 is registered." in page
    assert "Amount without tax ¥4,950.50 VAT ¥49.50 ( 1 % ) For Jun 2026 ¥5,000.00" in page
    page = seen(client.get(f"{closed.console}/invoices/").text)
    assert "Nothing is blocked" in page
    assert "All, without cancelled ones ¥5,000.00 ¥4,950.50 ¥49.50" in page


def test_employees_write_no_invoices(closed: World, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).get(f"{closed.console}/invoices/new/").text
    assert "A06" in page
    assert "A05" not in page


def test_what_is_wrong_stands_at_its_field(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    answer = register(client, closed, number="1-1")
    assert answer.status_code == 422
    assert "An invoice number has letters and digits only." in answer.text
    answer = register(client, closed, scan=SimpleUploadedFile("a.pdf", b"MZ"))
    assert "is no PDF, OFD, PNG or JPEG file." in answer.text
    with closed.open():
        assert not Invoice.objects.exists()


def test_the_scan_is_a_private_download_on_record(closed: World, client_of: Clients) -> None:
    register(client_of(Role.FINANCE), closed, scan=SimpleUploadedFile("a.pdf", b"%PDF-1"))
    with closed.open():
        invoice = Invoice.objects.get()
    answer = client_of(Role.AUDITOR).get(f"{closed.console}/invoices/{invoice.pk}/file/")
    assert b"".join(answer) == b"%PDF-1"
    assert answer["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    with closed.open():
        assert AuditEntry.objects.get(action="download").actor == closed.user(Role.AUDITOR)
    assert client_of(Role.TALENT).get(f"{closed.console}/invoices/{invoice.pk}/file/").status_code == 403


def test_cancelling_needs_a_reason_and_brings_the_month_back(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    register(client, closed)
    with closed.open():
        pk = Invoice.objects.get().pk
    path = f"{closed.console}/invoices/{pk}/cancel/"
    assert client_of(Role.AUDITOR).post(path, {"reason": "x"}).status_code == 403
    answer = client.post(path, {"reason": " "})
    assert answer.status_code == 422
    assert "Say why the invoice is cancelled." in answer.text
    page = seen(client.post(path, {"reason": "红冲"}, follow=True).text)
    assert "Invoice 24332000000000000001 is cancelled." in page
    assert "by xinghe-finance: 红冲. It counts for nothing." in page
    assert "Cancel this invoice" not in page
    assert "¥5,000.00 for Jun 2026" in seen(client.get(f"{closed.console}/invoices/").text)
    assert client.get(f"{closed.console}/invoices/{pk}/file/").status_code == 404


def test_another_issuer_and_another_account_are_told(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    page = seen(register(client, closed, issuer_name="别家工作室").text)
    assert "The issuer 别家工作室 is not the contract party 晚晚工作室" in page
    with closed.open():
        payee = Payee.objects.get(code="A06")
        payee.bank = {"name": "林晚晚"}
        payee.save()
    page = seen(client.get(f"{closed.console}/invoices/").text)
    assert "Jun 2026: invoice 24332000000000000001 was issued by 别家工作室 and counts for nothing." in page
    assert "The bank account is not in the legal name of the payee." in page
    assert "林晚晚" not in page


def test_invoices_are_found_by_number_issuer_and_payee(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    register(client, closed)
    for text in ("0001", "晚晚", "A06"):
        assert "24332000000000000001" in client.get(f"{closed.console}/invoices/", {"q": text}).text
    page = client.get(f"{closed.console}/invoices/", {"q": "nothing"}).text
    assert "No invoice fits" in page
