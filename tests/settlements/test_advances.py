"""The statement of each advance, and what is outstanding by payee (docs/money.md §5.3)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from mcn.anchors.models import Advance, Payee
from mcn.anchors.services import advance_save
from mcn.core.errors import RuleError
from mcn.settlements import advances
from mcn.settlements.recouped import Recouped
from mcn.settlements.verification import verify
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def books(inside: World) -> Books:
    desk = Books(inside)
    desk.roster()
    return desk


def save(books: Books, **terms: object) -> Advance:
    values = {"amount_fen": 6000, "paid_on": date(2026, 5, 10), "recoup_rate": Decimal("0.3")} | terms
    payee = Payee.objects.get(code="A01")
    return advance_save(actor=books.people.finance, payee=payee, code="ADV1", **values)[0]  # type: ignore[arg-type]


def test_paid_recouped_month_by_month_and_outstanding(books: Books) -> None:
    """35 % of 100.00 is 35.00, of which 30 % are 10.50; July's draft takes 21.00 of 70.00; 28.50 are left."""
    books.event("1", 10000, JUNE)
    books.event("2", 20000, JULY)
    books.close(JUNE)
    books.calculate(JULY)
    found = advances.statement_of(Advance.objects.get())
    assert found.rows == (Recouped(JUNE, 1050, 4950, False), Recouped(JULY, 2100, 2850, True))
    assert (found.recouped, found.in_draft, found.outstanding) == (1050, 2100, 2850)
    assert (found.earned, found.a_month, found.months) == (3500, 1050, 3)  # 28.50 at 10.50 a month


def test_an_instalment_and_a_first_month_say_how_long_it_takes(books: Books) -> None:
    """60.00 from September on, at most 8.00 a month: nothing in July and August, then 8 months."""
    save(books, instalment_fen=800, recoup_from="2026-09")
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    found = advances.statement_of(Advance.objects.get())
    assert (found.rows, found.a_month, found.months) == ((), 800, 2 + 8)


def test_without_a_closed_month_nobody_knows_how_long(books: Books) -> None:
    found = advances.statement_of(Advance.objects.get())
    assert (found.outstanding, found.earned, found.months) == (6000, None, None)


def test_by_payee_and_the_books_agree(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    save_later = Advance.objects.create(
        payee=Payee.objects.get(code="A01"), code="ADV2", amount_fen=100, paid_on=date(2026, 7, 1), recoup_rate=1
    )
    [row] = advances.by_payee()
    assert (row.paid, row.recouped, row.posted, row.not_posted) == (6100, 1050, 4950, save_later.amount_fen)
    assert (row.outstanding, row.agrees) == (5050, True)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"instalment_fen": 0}, "An instalment is more than 0"),
        ({"recoup_from": "2026-13"}, "is not a month"),
    ],
)
def test_terms_that_make_no_sense(books: Books, terms: dict[str, object], why: str) -> None:
    with pytest.raises(RuleError, match=why):
        save(books, **terms)


def test_terms_may_be_agreed_anew_after_a_closed_month_what_was_paid_stays(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.event("2", 100000, JULY)
    books.close(JUNE)
    save(books, instalment_fen=300)
    with pytest.raises(DatabaseError), transaction.atomic():
        save(books, amount_fen=7000)
    books.calculate(JULY)
    assert books.statement(JULY).advance_recouped_fen == 300
    assert verify()["differences"] == 0
