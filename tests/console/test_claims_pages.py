"""Disputes, corrections and holds on the console: who sees what, what is typed, what another rate would give."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.anchors.models import Payee
from mcn.commissions.models import ShareLine
from mcn.sales.models import Entry
from mcn.settlements.disputes import services
from mcn.settlements.models import Correction, Dispute, Hold, Statement
from mcn.settlements.places import of_share, of_statement
from tests.agencies import APPROVER, World, make_world
from tests.settlements.books import JULY, JUNE, Books

Clients = Callable[..., Client]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def books(world: World) -> Books:
    """June is closed: 35 % of 100.00 and of 20.01. July holds 1.00."""
    with world.open():
        desk = Books(world)
        desk.roster()
        desk.event("1001", 10000, JUNE)
        desk.event("1002", 2001, JUNE)
        desk.close(JUNE)
        desk.event("1003", 100, JULY)
        desk.calculate(JULY)
    return desk


def statement(books: Books) -> Statement:
    with books.people.open():
        return books.statement(JUNE)


def line(books: Books, order: str = "1002") -> int:
    with books.people.open():
        return int(ShareLine.objects.get(period=JUNE, event__line__order_key=order).pk)


def dispute(books: Books, **more: object) -> Dispute:
    """A01 wishes 8.00 for the line that paid 7.00, and sends a picture."""
    with books.people.open():
        return services.dispute_file(
            actor=books.people.anchor,
            place=of_share(line(books)),
            **({"reason": "<b>40 %</b>", "wished_fen": 800, "upload": SimpleUploadedFile("合同.png", PNG)} | more),  # type: ignore[arg-type]
        )


def text(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return words(answer.text)


def words(page: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


# ── Disputes ──────────────────────────────────────────────────────────────────────────────────────


def test_the_list_shows_what_is_at_stake_and_when_the_answer_is_due(books: Books, client_of: Clients) -> None:
    console = books.people.console
    assert "No dispute waits for an answer" in text(client_of(Role.TALENT), f"{console}/disputes/")
    made = dispute(books)
    page = text(client_of(Role.TALENT), f"{console}/disputes/")
    for told in ("Order 1002 of Jun 2026", "¥7.00", "¥1.00", f"{made.answer_by}", "To be answered"):
        assert told in page
    assert "Overdue Overdue" not in page
    with books.people.open():
        Dispute.objects.update(answer_by=date(2026, 1, 1))
    assert client_of().get(f"{console}/disputes/").text.count('status-red">Overdue') == 1
    for which, shown in (("answered", False), ("done", False), ("all", True)):
        page = text(client_of(), f"{console}/disputes/?which={which}")
        assert ("Order 1002" in page, "No dispute here" in page) == (shown, not shown)


def test_the_reviewer_sees_what_another_rate_would_give(books: Books, client_of: Clients) -> None:
    path = f"{books.people.console}/disputes/{dispute(books).pk}/"
    page = text(client_of(Role.FINANCE), f"{path}?rate=40")
    assert "Running sum of the month ¥100.00 → ¥120.01, each × 35 %" in page
    # R(4800.4) − R(4000) = 8.00; all 12,001 × 40 % = 48.00, before it was 42.00
    assert "Now 35 % ¥7.00 ¥0.00 ¥42.00 ¥0.00" in page
    assert "At another rate 40 % ¥8.00 +¥1.00 ¥48.00 +¥6.00" in page
    assert "As the anchor wishes ≈ 39.980009 % ¥8.00 +¥1.00 ¥47.98 +¥5.98" in page
    assert 'value="1.00"' in client_of(Role.FINANCE).get(f"{path}?rate=40").text  # the amount to begin with
    assert "must lie between 0 % and 100 %" in text(client_of(Role.FINANCE), f"{path}?rate=101")


def test_talent_sees_and_does_not_answer(books: Books, client_of: Clients) -> None:
    made = dispute(books)
    path = f"{books.people.console}/disputes/{made.pk}/"
    page = client_of(Role.TALENT).get(path).text
    assert "&lt;b&gt;40 %" in page and "Grant this amount" not in page
    assert f"/statements/{statement(books).pk}" not in page
    for step in ("accept", "reject"):
        assert client_of(Role.TALENT).post(f"{path}{step}/", {"amount_fen": "1", "answer": "x"}).status_code == 403
        assert client_of(Role.FINANCE).get(f"{path}{step}/").status_code == 405
    assert client_of(Role.OPERATIONS).get(path).status_code == 403


def test_granting_asks_for_a_correction(books: Books, client_of: Clients) -> None:
    made = dispute(books)
    path = f"{books.people.console}/disputes/{made.pk}/"
    refused = client_of(Role.FINANCE).post(f"{path}accept/", {"amount_fen": "", "answer": "x"})
    assert refused.status_code == 422
    nothing = client_of(Role.FINANCE).post(f"{path}accept/", {"amount_fen": "0", "answer": "x"})
    assert (nothing.status_code, "above or below zero" in nothing.text) == (422, True)
    page = client_of(Role.FINANCE).post(f"{path}accept/", {"amount_fen": "1.00", "answer": "是 40 %"}, follow=True)
    assert "A second person has to approve the correction." in page.text
    with books.people.open():
        correction = Correction.objects.get()
        assert (correction.amount_fen, correction.dispute_id, correction.reason) == (100, made.pk, "是 40 %")
    again = client_of(Role.FINANCE).post(f"{path}accept/", {"amount_fen": "1.00", "answer": ""}, follow=True)
    assert "This dispute is answered already." in again.text
    assert correction.code in text(client_of(Role.FINANCE), path)


def test_rejecting_needs_an_answer(books: Books, client_of: Clients) -> None:
    path = f"{books.people.console}/disputes/{dispute(books).pk}/"
    refused = client_of(Role.FINANCE).post(f"{path}reject/", {"answer": "  "})
    assert refused.status_code == 422
    page = client_of(Role.FINANCE).post(f"{path}reject/", {"answer": "合同 35 %"}, follow=True).text
    assert "Rejected. The anchor reads your answer." in page and "合同 35 %" in page


def test_the_file_is_a_download_for_those_who_see_the_dispute(books: Books, client_of: Clients) -> None:
    made = dispute(books)
    path = f"{books.people.console}/disputes/{made.pk}/file/"
    answer = client_of(Role.TALENT).get(path)
    assert b"".join(answer.streaming_content) == PNG  # type: ignore[attr-defined]
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert answer["Content-Disposition"].startswith("attachment")
    with books.people.open():
        assert AuditEntry.objects.get(action="download").target == "settlements.dispute"
        other = services.dispute_file(
            actor=books.people.anchor, place=of_statement(books.statement(JUNE)), reason="ohne"
        )
    assert client_of(Role.OPERATIONS).get(path).status_code == 403
    assert client_of(Role.TALENT).get(f"{books.people.console}/disputes/{other.pk}/file/").status_code == 404


def test_the_home_page_tells_of_disputes_and_corrections(books: Books, client_of: Clients) -> None:
    console = books.people.console
    made = dispute(books)
    assert "1 dispute waits for an answer" in text(client_of(Role.FINANCE), f"{console}/")
    assert "dispute waits" not in text(client_of(Role.TALENT), f"{console}/")
    with books.people.open():
        Dispute.objects.update(answer_by=date(2026, 1, 1))
    assert "1 of them is overdue" in text(client_of(Role.FINANCE), f"{console}/")
    with books.people.open():
        services.dispute_accept(actor=books.people.finance, dispute_id=made.pk, amount_fen=100)
    assert "1 correction waits for your decision" in text(client_of(APPROVER), f"{console}/")
    assert "correction waits" not in text(client_of(Role.FINANCE), f"{console}/")


# ── Corrections ───────────────────────────────────────────────────────────────────────────────────


def test_a_correction_goes_from_the_statement_to_the_second_person(books: Books, client_of: Clients) -> None:
    console, pk = books.people.console, statement(books).pk
    page = client_of(Role.FINANCE).get(f"{console}/months/{JUNE}/statements/{pk}/").text
    assert f"/corrections/new/?statement={pk}" in page
    address = f"{console}/corrections/new/?statement={pk}"
    form = text(client_of(Role.FINANCE), address)
    assert "小鹿 · Statement of Jun 2026 · ¥42.00" in form
    assert "Jul 2026 pays it then" in form
    values = {"amount_fen": "-12.34", "reason": "多算了", "file": SimpleUploadedFile("a.png", PNG)}
    done = client_of(Role.FINANCE).post(address, values, follow=True).text
    assert "Requested. Somebody else has to approve it." in done
    assert "You requested this correction" in done
    with books.people.open():
        correction = Correction.objects.get()
        assert (correction.amount_fen, correction.period.code, correction.file_name) == (-1234, JUNE, "a.png")  # type: ignore[union-attr]
    path = f"{console}/corrections/{correction.pk}/"
    own = client_of(Role.FINANCE).post(f"{path}approve/", follow=True).text
    assert "a second person has to decide on it" in own
    assert "Approve" in text(client_of(APPROVER), path)
    approved = client_of(APPROVER).post(f"{path}approve/", follow=True).text
    assert "Approved. Jul 2026 pays it once it is calculated." in approved
    with books.people.open():
        assert Entry.objects.get().amount_fen == -1234
        books.calculate(JULY)
        july = books.statement(JULY).pk
    page = text(client_of(Role.FINANCE), f"{console}/months/{JULY}/statements/{july}/")
    assert "of it corrections COR-00001 · statement of Jun 2026: 多算了" in page
    assert "paid with this statement" in page
    assert "corrects this statement" in text(client_of(Role.FINANCE), f"{console}/months/{JUNE}/statements/{pk}/")
    assert b"".join(client_of(Role.AUDITOR).get(f"{path}file/").streaming_content) == PNG  # type: ignore[attr-defined]


@pytest.mark.parametrize(("month", "status"), [("", 302), (JUNE, 302), (JULY, 302)])
def test_a_correction_may_name_payee_and_month_itself(
    books: Books, client_of: Clients, month: str, status: int
) -> None:
    with books.people.open():
        payee = Payee.objects.get()
    values = {"payee": payee.pk, "month": month, "amount_fen": "1", "reason": "x"}
    address = f"{books.people.console}/corrections/new/"
    assert client_of(Role.FINANCE).post(address, values).status_code == status
    with books.people.open():
        period = Correction.objects.get().period
        assert (period.code if period else "") == month


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"amount_fen": "0"}, "amount_fen"),
        ({"amount_fen": "1.234"}, "amount_fen"),
        ({"reason": " "}, "reason"),
        ({"payee": ""}, "payee"),
        ({"file": SimpleUploadedFile("a.exe", b"MZ")}, "file"),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    books: Books, client_of: Clients, typed: dict[str, object], field: str
) -> None:
    with books.people.open():
        payee = Payee.objects.get()
    values = {"payee": payee.pk, "month": "", "amount_fen": "1", "reason": "x"} | typed
    answer = client_of(Role.FINANCE).post(f"{books.people.console}/corrections/new/", values)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    with books.people.open():
        assert not Correction.objects.exists()


def test_a_month_without_a_statement_of_the_payee_is_refused(books: Books, client_of: Clients) -> None:
    with books.people.open():
        Statement.objects.filter(period__code=JULY).delete()
        payee = Payee.objects.get()
    values = {"payee": payee.pk, "month": JULY, "amount_fen": "1", "reason": "x"}
    answer = client_of(Role.FINANCE).post(f"{books.people.console}/corrections/new/", values)
    assert answer.context["form"].errors == {"month": ["小鹿 has no statement of Jul 2026."]}


def test_rejecting_a_correction_says_why(books: Books, client_of: Clients) -> None:
    address = f"{books.people.console}/corrections/new/?share={line(books)}"
    client_of(Role.FINANCE).post(address, {"amount_fen": "1", "reason": "x"})
    with books.people.open():
        path = f"{books.people.console}/corrections/{Correction.objects.get().pk}/"
    assert "Say why it is rejected." in client_of(APPROVER).post(f"{path}reject/", {"reason": ""}, follow=True).text
    assert "合同没有" in client_of(APPROVER).post(f"{path}reject/", {"reason": "合同没有"}, follow=True).text
    assert "Order 1002 of Jun 2026" in text(client_of(Role.AUDITOR), f"{books.people.console}/corrections/")
    assert "Nothing waits" in text(client_of(Role.AUDITOR), f"{books.people.console}/corrections/?which=waiting")


@pytest.mark.parametrize("query", ["statement=999999", "share=999999999999"])
def test_what_is_not_there_is_not_corrected(books: Books, client_of: Clients, query: str) -> None:
    assert client_of(Role.FINANCE).get(f"{books.people.console}/corrections/new/?{query}").status_code == 404


def test_the_form_of_entries_offers_no_correction(books: Books, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).get(f"{books.people.console}/entries/new/").text
    assert 'value="bonus"' in page and 'value="correction"' not in page


# ── Holds ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_payee_is_held_from_the_statement_and_released_later(books: Books, client_of: Clients) -> None:
    console, kept = books.people.console, statement(books)
    page = f"{console}/months/{JUNE}/statements/{kept.pk}/"
    address = f"{console}/holds/new/?payee={kept.payee_id}"
    assert f"/holds/new/?payee={kept.payee_id}" in client_of(Role.FINANCE).get(page).text
    assert client_of(Role.FINANCE).post(address, {"reason": ""}).status_code == 422
    done = client_of(Role.FINANCE).post(address, {"reason": "等发票"}, follow=True).text
    assert "Held back until somebody releases it." in done and "等发票" in done
    assert "Nothing is paid to this payee for now." in client_of(Role.FINANCE).get(page).text
    again = client_of(Role.FINANCE).post(address, {"reason": "x"})
    assert (again.status_code, "held back already" in again.text) == (422, True)
    with books.people.open():
        path = f"{console}/holds/{Hold.objects.get().pk}/"
    assert client_of(Role.AUDITOR).post(path).status_code == 403
    assert "Released: it is paid" in client_of(APPROVER).post(path, {"reason": "收到"}, follow=True).text
    assert "Nothing is held back" in text(client_of(), f"{console}/holds/")
    assert "xinghe-approver" in text(client_of(), f"{console}/holds/?which=released")
    assert "收到" in text(client_of(), path)


def test_a_line_is_held_where_it_says_how_it_was_computed(books: Books, client_of: Clients) -> None:
    console, share = books.people.console, line(books)
    assert f"/holds/new/?share={share}" in client_of(Role.FINANCE).get(f"{console}/months/shares/{share}/").text
    address = f"{console}/holds/new/?share={share}"
    assert "Order 1002 of Jun 2026 · ¥7.00" in text(client_of(Role.FINANCE), address)
    client_of(Role.FINANCE).post(address, {"reason": "等样品"})
    page = text(client_of(Role.FINANCE), f"{console}/months/{JUNE}/statements/{statement(books).pk}/")
    assert "Of this payee's money ¥7.00 is held back." in page
    with books.people.open():
        later = ShareLine.objects.get(period=JULY).pk
    assert "/holds/new/" not in client_of(Role.FINANCE).get(f"{console}/months/shares/{later}/").text
    assert client_of(Role.FINANCE).get(f"{console}/holds/new/?statement={statement(books).pk}").status_code == 404
