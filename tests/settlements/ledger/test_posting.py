"""What is posted, once, and what the database refuses (docs/money.md §9)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.utils import Error
from hypothesis import given, settings

from mcn.anchors.models import Advance, Anchor
from mcn.sales.models import Entry
from mcn.settlements.ledger import posting as ledger
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.ledger.posting import DoesNotBalance, Side, post_closed_months, statement_sides, unposted_months
from mcn.settlements.models import Account, LedgerEntry, Posting, Statement
from mcn.settlements.services.calculation import COLUMNS
from tests import worlds
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(inside: World) -> Books:
    desk = Books(inside)
    desk.roster()
    return desk


def entries(posting: Posting) -> dict[tuple[str, str], int]:
    """Fen by account and payee; debits are positive."""
    return {
        (entry.account, entry.payee.code if entry.payee else ""): entry.debit_fen - entry.credit_fen
        for entry in posting.entries.select_related("payee")
    }


def of_month(period: str) -> dict[tuple[str, str], int]:
    return entries(Posting.objects.get(kind="month", period__code=period))


# ── what is posted ───────────────────────────────────────────────────────────────────────────────────


def test_a_closed_month_is_posted_with_the_advances_before_its_end(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    advance, month = Posting.objects.order_by("number")
    assert (advance.number, advance.kind, advance.dated_on) == (1, "advance", date(2026, 5, 10))
    assert entries(advance) == {("advances", "A01"): 6000, ("bank", ""): -6000}
    assert (month.number, month.kind, month.dated_on) == (2, "month", date(2026, 6, 30))
    assert month.actor == books.people.approver
    assert entries(month) == {
        ("platform_receivable", ""): 10000,
        ("commission_income", ""): -10000,
        ("anchor_cost", "A01"): 3500,
        ("advances", "A01"): -1050,
        ("payable", "A01"): -2450,
    }


def test_a_negative_month_is_owed_and_the_next_one_pays_it_back(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.event("1", -8000, JULY, kind="clawback")
    books.close(JUNE)
    books.close(JULY)
    assert of_month(JULY) == {
        ("platform_receivable", ""): -8000,
        ("commission_income", ""): 8000,
        ("anchor_cost", "A01"): -2800,
        ("clawback_receivable", "A01"): 2800,
    }
    books.event("2", 20000, "2026-08")
    books.close("2026-08")
    posted = of_month("2026-08")
    assert posted["anchor_cost", "A01"] == 7000
    assert posted["clawback_receivable", "A01"] == -2800
    assert posted["advances", "A01"] + posted["payable", "A01"] == -4200


def test_other_income_and_costs_are_posted_by_what_they_are(books: Books) -> None:
    books.event("1", 10000, JUNE)
    anchor = Anchor.objects.get(code="A01")
    for code, income, amount in (
        ("B", "bonus", 500),
        ("P", "penalty", 200),
        ("C", "commission_cost", -1000),
    ):
        Entry.objects.create(
            code=code, anchor=anchor, income=income, date=date(2026, 6, 9), amount_fen=amount, settle_period=JUNE
        )
    books.close(JUNE)
    posted, statement = of_month(JUNE), books.statement(JUNE)
    assert posted["platform_receivable", ""] == 10000
    assert (posted["shared_cost", ""], posted["other_payable", ""]) == (1000, -1000)
    assert posted["anchor_cost", "A01"] == statement.earned_fen == 3150 + 500
    assert posted["penalty_income", "A01"] == statement.penalties_fen == -200
    assert all(check.agrees for month in month_checks() for check in month.checks)


def test_a_month_is_posted_once(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    assert post_closed_months(actor=None) == []
    assert Posting.objects.count() == 2


def test_months_closed_before_there_was_a_ledger_are_posted_in_their_order(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    books.event("1", 10000, JUNE)
    books.event("2", 5000, JULY)
    with monkeypatch.context() as patched:
        patched.setattr("mcn.settlements.services.periods.post_closed_months", lambda *, actor: [])
        books.close(JUNE)
        books.close(JULY)
    assert unposted_months() == [JUNE, JULY]
    made = post_closed_months(actor=books.people.approver)
    assert [(posting.number, posting.period.code) for posting in made] == [(2, JUNE), (3, JULY)]
    assert unposted_months() == []


def test_a_month_without_money_has_no_posting_and_is_not_missed(books: Books) -> None:
    Advance.objects.all().delete()
    books.event("1", 0, JUNE)
    books.close(JUNE)
    assert not Posting.objects.exists()
    assert unposted_months() == []


def test_a_changed_advance_is_reversed_and_posted_anew(books: Books) -> None:
    books.event("1", 0, JUNE)  # recoups nothing: what a closed month recouped from cannot change any more
    books.event("2", 10000, JULY)
    books.close(JUNE)
    Advance.objects.update(amount_fen=7000)
    books.close(JULY)
    first, reversal, again, _july = Posting.objects.order_by("number")
    assert (reversal.kind, reversal.reverses, reversal.dated_on) == ("reversal", first, first.dated_on)
    assert entries(reversal) == {("advances", "A01"): -6000, ("bank", ""): 6000}
    assert entries(again) == {("advances", "A01"): 7000, ("bank", ""): -7000}
    assert all(check.agrees for check in agency_checks())


@given(worlds.worlds())
@settings(max_examples=60)
def test_every_statement_balances(world: worlds.World) -> None:
    for month in worlds.run_world(world):
        for found in month.statements:
            columns = {f"{name}_fen": getattr(found, name) for name in COLUMNS}
            assert sum(side.fen for side in statement_sides(Statement(payee_id=1, **columns))) == 0


def test_what_does_not_balance_is_not_posted(books: Books) -> None:
    with pytest.raises(DoesNotBalance):
        ledger._post(
            Posting(kind="advance", dated_on=date(2026, 6, 1), advance=Advance.objects.get()),
            [Side(Account.ADVANCES, 1, None)],
        )
    assert not Posting.objects.exists()


# ── what the database refuses ────────────────────────────────────────────────────────────────────────


def _posting(**values: Any) -> Posting:
    row = {"number": 900, "kind": "advance", "dated_on": date(2026, 6, 1), "advance": Advance.objects.get()}
    return Posting.objects.create(**(row | values))


def _side(posting: Posting, **values: Any) -> LedgerEntry:
    return LedgerEntry.objects.create(**({"posting": posting, "account": "bank"} | values))


def _look_now() -> None:
    """What the database looks at when the transaction ends."""
    with connections["default"].cursor() as cursor:
        cursor.execute("set constraints all immediate")


@pytest.mark.parametrize(
    "sides",
    [
        [{"debit_fen": 5}],
        [{"debit_fen": 5}, {"credit_fen": 4}],
        [],
    ],
    ids=["one side", "debits are more", "no entry"],
)
def test_the_database_refuses_a_posting_that_does_not_balance(books: Books, sides: list[dict[str, int]]) -> None:
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        posting = _posting()
        for side in sides:
            _side(posting, **side)
        _look_now()
    assert not Posting.objects.exists()


@pytest.mark.parametrize(
    "amounts",
    [{"debit_fen": 1, "credit_fen": 1}, {"debit_fen": -1}, {}, {"debit_fen": 1, "account": "petty_cash"}],
    ids=["both sides", "negative", "nothing", "unknown account"],
)
def test_the_database_refuses_an_entry_that_is_none(books: Books, amounts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        _side(_posting(), **amounts)


@pytest.mark.django_db(transaction=True)
def test_a_posting_takes_no_entry_later(xinghe: World) -> None:
    with xinghe.open():
        desk = Books(xinghe)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.close(JUNE)
    with pytest.raises(IntegrityError, match="after the transaction"), xinghe.open():
        _side(Posting.objects.get(kind="month"), debit_fen=1)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Posting.objects.update(dated_on=date(2026, 1, 1)),
        lambda: Posting.objects.all().delete(),
        lambda: LedgerEntry.objects.update(debit_fen=1),
        lambda: LedgerEntry.objects.all().delete(),
    ],
    ids=["change posting", "remove posting", "change entry", "remove entry"],
)
def test_nothing_posted_is_changed_or_removed(books: Books, change: Callable[[], Any]) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    with pytest.raises(Error), transaction.atomic():
        change()


def test_a_posting_is_reversed_once(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    advance = Posting.objects.get(kind="advance")
    ledger._reverse(advance, actor=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger._reverse(advance, actor=None)
