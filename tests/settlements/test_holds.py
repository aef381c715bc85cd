"""Holding a payee or a line of a closed month back, and releasing it."""

import pytest
from django.utils import translation

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Payee
from mcn.commissions.models import ShareLine
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements.holds import Held, held, hold_place, hold_release
from mcn.settlements.models import Hold
from mcn.settlements.places import Place, of_share, of_statement
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books


@pytest.fixture
def books(inside: World) -> Books:
    """June is closed with 35.00 and 17.50 of A01; in July 28.00 came back, of two lines nothing is left."""
    desk = Books(inside)
    desk.roster()
    desk.event("1001", 10000, JUNE)
    desk.event("1002", 5000, JUNE)
    desk.close(JUNE)
    desk.event("1001", -8000, JULY, kind="clawback")
    desk.calculate(JULY)
    return desk


def line(order: str, period: str = JUNE) -> Place:
    return of_share(ShareLine.objects.get(period=period, event__line__order_key=order).pk)


def hold(books: Books, place: Place, reason: str = "等发票") -> Hold:
    return hold_place(actor=books.people.finance, place=place, reason=reason)


def test_what_is_held_of_whom(books: Books) -> None:
    payee, other = Payee.objects.get(), Payee.objects.create(code="G01", name="x", kind="labour", legal_name="x")
    assert held([payee.pk, other.pk]) == {}
    hold(books, line("1001"), "等样品")
    second = hold(books, line("1002"), "等发票")
    assert held([payee.pk, other.pk]) == {payee.pk: Held(3500 + 1750, ("等样品", "等发票"))}
    whole = hold(books, Place(payee), "等合同")
    assert held([payee.pk]) == {payee.pk: Held(None, ("等样品", "等发票", "等合同"))}
    assert held([other.pk]) == {}
    hold_release(actor=books.people.approver, hold_id=whole.pk, reason="已签")
    hold_release(actor=books.people.approver, hold_id=second.pk)
    assert held([payee.pk]) == {payee.pk: Held(3500, ("等样品",))}


def test_the_same_is_held_once(books: Books) -> None:
    first = hold(books, line("1001"))
    hold(books, line("1002"))
    whole = hold(books, Place(Payee.objects.get()))
    for place in (line("1001"), Place(Payee.objects.get())):
        with pytest.raises(Conflict):
            hold(books, place)
    for one in (first, whole):
        hold_release(actor=books.people.finance, hold_id=one.pk)
    hold(books, line("1001"))
    hold(books, Place(Payee.objects.get()))


def test_only_lines_of_closed_months_that_pay_something(books: Books) -> None:
    with translation.override("en"):
        with pytest.raises(RuleError, match="closed month"):
            hold(books, line("1001", JULY))
        books.close(JULY)
        with pytest.raises(RuleError, match="nothing to hold"):
            hold(books, line("1001", JULY))
        with pytest.raises(RuleError, match="or one line"):
            hold(books, of_statement(books.statement(JUNE)))


def test_it_needs_a_reason(books: Books) -> None:
    with pytest.raises(RuleError) as refused:
        hold(books, Place(Payee.objects.get()), " ")
    assert refused.value.field == "reason"


@pytest.mark.parametrize("who", ["talent", "auditor", "operations", "anchor"])
def test_who_lacks_the_right_neither_holds_nor_releases(books: Books, who: str) -> None:
    kept = hold(books, line("1001"))
    with pytest.raises(NotAllowed):
        hold_place(actor=books.people.user(who), place=line("1002"), reason="x")
    with pytest.raises(NotAllowed):
        hold_release(actor=books.people.user(who), hold_id=kept.pk)


def test_a_release_is_kept_and_not_repeated(books: Books) -> None:
    kept = hold(books, line("1001"))
    done = hold_release(actor=books.people.approver, hold_id=kept.pk, reason="收到发票")
    assert (done.released_by, done.release_reason, done.is_active) == (books.people.approver, "收到发票", False)
    with pytest.raises(Conflict):
        hold_release(actor=books.people.approver, hold_id=kept.pk)
    trail = AuditEntry.objects.filter(target="settlements.hold").order_by("pk")
    assert [(entry.action, entry.actor) for entry in trail] == [
        ("hold", books.people.finance),
        ("release", books.people.approver),
    ]
