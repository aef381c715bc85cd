"""Corrections and disputes that two ask for or decide on at once."""

import pytest

from mcn.core.errors import Conflict
from mcn.sales.models import Entry
from mcn.settlements import services
from mcn.settlements.corrections import services as corrections
from mcn.settlements.disputes import services as disputes
from mcn.settlements.models import (
    Correction,
    Dispute,
)
from mcn.settlements.places import of_statement
from tests.races import in_turn
from tests.settlements.books import JULY, JUNE
from tests.settlements.paying import Paying
from tests.settlements.races.outcomes import balanced, refused

pytestmark = pytest.mark.django_db(transaction=True)


def ask(desk: Paying) -> Correction:
    place = of_statement(desk.statement(JUNE))
    return corrections.request(actor=desk.people.finance, place=place, amount_fen=300, reason="漏单")


@pytest.mark.parametrize("second", ["approve", "reject"])
def test_two_decide_on_a_correction(paying: Paying, second: str) -> None:
    people = paying.people
    with people.open():
        asked = ask(paying)
    decide = {
        "approve": lambda: corrections.approve(actor=people.owner, correction_id=asked.pk),
        "reject": lambda: corrections.reject(actor=people.owner, correction_id=asked.pk, reason="不成立"),
    }
    first = lambda: corrections.approve(actor=people.approver, correction_id=asked.pk)  # noqa: E731
    done, answer = in_turn(people, first, decide[second])
    refused(answer, Conflict, "COR-00001 was decided already: Approved.")
    assert done.decided_by == people.approver
    with people.open():
        assert [entry.amount_fen for entry in Entry.objects.filter(income="correction")] == [300]


def test_two_ask_for_corrections(paying: Paying) -> None:
    one, other = in_turn(paying.people, lambda: ask(paying), lambda: ask(paying))
    assert (one.number, other.number) == (1, 2)


def disputed(desk: Paying) -> Dispute:
    place = of_statement(desk.statement(JUNE))
    return disputes.dispute_file(actor=desk.people.anchor, place=place, reason="少了", wished_fen=4000)


def test_one_disputes_a_statement_twice(paying: Paying) -> None:
    _one, other = in_turn(paying.people, lambda: disputed(paying), lambda: disputed(paying))
    refused(other, Conflict, "You have disputed this already; the agency has not settled it yet.")


@pytest.mark.parametrize("second", ["accept", "reject", "withdraw"])
def test_two_answer_a_dispute(paying: Paying, second: str) -> None:
    people = paying.people
    with people.open():
        one = disputed(paying)
    answer = {
        "accept": lambda: disputes.dispute_accept(actor=people.owner, dispute_id=one.pk, amount_fen=200),
        "reject": lambda: disputes.dispute_reject(actor=people.owner, dispute_id=one.pk, answer="无误"),
        "withdraw": lambda: disputes.dispute_withdraw(actor=people.anchor, dispute_id=one.pk),
    }
    first = lambda: disputes.dispute_accept(actor=people.finance, dispute_id=one.pk, amount_fen=500)  # noqa: E731
    done, other = in_turn(people, first, answer[second])
    refused(other, Conflict, "This dispute is answered already.")
    assert (done.state, done.answered_by, done.amount_fen) == ("answered", people.finance, 500)
    with people.open():
        assert [asked.amount_fen for asked in Correction.objects.all()] == [500]


def test_a_month_is_closed_while_a_correction_of_it_is_approved(paying: Paying) -> None:
    people = paying.people
    with people.open():
        asked = ask(paying)
        services.submit(actor=people.finance, period=JULY)
        services.approve(actor=people.approver, period=JULY)
    approve = lambda: corrections.approve(actor=people.owner, correction_id=asked.pk)  # noqa: E731
    closed, second = in_turn(people, lambda: services.close(actor=people.approver, period=JULY), approve)
    refused(second, Conflict, "2026-07 is just being worked on. Try again in a moment.")
    assert closed.state == "closed"
    with people.open():
        assert not Entry.objects.filter(income="correction").exists()
    balanced(paying)
