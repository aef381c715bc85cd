"""A statement beside an earlier one: every line then and now, and the facts that made the difference.

Figures by hand: June 1,000.00 pool at 35 % = 350.00, July 200.00 − 40.00 taken back.
"""

import pytest
from django.utils import translation

from mcn.settlements import pdf
from mcn.settlements.models import Statement
from mcn.settlements.statements import comparison
from mcn.settlements.statements.lines import ONLY_IF_ANY, ORDER
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.pdf.reading import text_of


@pytest.fixture
def books(inside: World) -> Books:
    books = Books(inside)
    books.roster()
    books.event("1001", 100000, JUNE)
    books.close(JUNE)
    books.event("1001", -4000, JULY, kind="clawback")
    books.event("1002", 20000, JULY)
    books.calculate(JULY)
    return books


def july(books: Books) -> Statement:
    return Statement.objects.select_related("period").get(period__code=JULY, payee=books.statement(JUNE).payee)


def test_every_line_then_and_now(books: Books) -> None:
    found = comparison.with_month(july(books), books.statement(JUNE))
    assert [row.name for row in found.rows] == [name for name in ORDER if name not in ONLY_IF_ANY]
    rows = {row.name: (row.then, row.now, row.difference) for row in found.changed}
    assert rows["commission_share"] == (35000, 7000, -28000)
    assert rows["clawback_share"] == (0, -1400, -1400)
    assert rows["earned"] == (35000, 5600, -29400)
    assert rows["advance_recouped"] == (6000, 0, -6000)
    assert "bonus" not in rows


def test_what_differs_behind_the_lines(books: Books) -> None:
    with translation.override("en"):
        found = comparison.with_month(july(books), books.statement(JUNE))
    assert [(fact.label, fact.then, fact.now) for fact in found.facts] == [
        ("Lines", "1", "2"),
        ("Net GMV", "¥10,000.00", "¥1,600.00"),
        ("Pool", "¥1,000.00", "¥160.00"),
        ("Taken back", "–", "1 line, −¥14.00"),
        ("Advances", "ADV1 ¥60.00", "–"),
    ]


def test_a_statement_beside_itself_has_no_difference(books: Books) -> None:
    found = comparison.with_month(books.statement(JUNE), books.statement(JUNE))
    assert (found.changed, found.facts) == ([], [])


def test_only_earlier_months_of_the_same_payee_are_offered(books: Books) -> None:
    assert comparison.earlier_months(july(books)) == [JUNE]
    assert comparison.earlier_months(books.statement(JUNE)) == []
    assert comparison.earlier_statement(july(books), JUNE) == books.statement(JUNE)
    for code in (JULY, "2026-08", "", "nonsense"):
        assert comparison.earlier_statement(july(books), code) is None


def test_the_paper_is_compared_if_asked_to_be(books: Books) -> None:
    agency = Agency.objects.get(pk=books.people.id)
    with translation.override("en"):
        plain, compared = (
            text_of(pdf.statement_pdf(agency, july(books), compared=compared)) for compared in (False, True)
        )
        first = text_of(pdf.statement_pdf(agency, books.statement(JUNE), compared=True))
    assert "Compared with Jun 2026" in compared and "Compared with" not in plain
    assert "350.00 70.00 −280.00" in compared
    assert "Compared with" not in first  # there is no month before
