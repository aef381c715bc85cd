"""A month: calculated, submitted, approved, sent back and closed by two at once."""

from collections.abc import Callable

import pytest

from mcn.core.errors import Conflict, NotAllowed
from mcn.settlements import services
from mcn.settlements.models import (
    Period,
    Posting,
)
from mcn.tenancy.models import Agency
from tests.races import in_turn
from tests.settlements.books import JULY
from tests.settlements.paying import Paying
from tests.settlements.races.outcomes import balanced, in_state, refused

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_calculation_waits_for_another_and_gives_the_same(paying: Paying) -> None:
    one, other = in_turn(paying.people, lambda: paying.calculate(JULY), lambda: paying.calculate(JULY))
    assert one == other
    with paying.people.open():
        assert (paying.statement(JULY).earned_fen, Period.objects.get(code=JULY).state) == (7000, "calculated")


def test_two_submit_a_month(paying: Paying) -> None:
    people = paying.people
    first, second = in_turn(
        people,
        lambda: services.submit(actor=people.finance, period=JULY),
        lambda: services.submit(actor=people.approver, period=JULY),
    )
    refused(second, Conflict, "2026-07 is in review. Send it back first to change it.")
    assert first.submitted_by == people.finance


@pytest.fixture
def in_review(paying: Paying) -> Paying:
    with paying.people.open():
        services.submit(actor=paying.people.finance, period=JULY)
    return paying


def approve_as(desk: Paying, role: str) -> Callable[[], Period]:
    return lambda: services.approve(actor=desk.people.user(role), period=JULY)


def test_two_approve_a_month(in_review: Paying) -> None:
    first, second = in_turn(in_review.people, approve_as(in_review, "approver"), approve_as(in_review, "owner"))
    refused(second, Conflict, "2026-07 is approved. Send it back first to change it.")
    assert (first.state, first.approved_by) == ("approved", in_review.people.approver)


def test_two_approvals_of_a_large_month_are_both_needed(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        Agency.objects.filter(pk=people.id).update(second_approval_fen=1)
    first, second = in_turn(people, approve_as(in_review, "approver"), approve_as(in_review, "owner"))
    assert (first.state, second.state) == ("in_review", "approved")
    assert (second.first_approved_by, second.approved_by) == (people.approver, people.owner)


def test_one_person_is_not_both_approvers_of_a_large_month(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        Agency.objects.filter(pk=people.id).update(second_approval_fen=1)
    _first, second = in_turn(people, approve_as(in_review, "approver"), approve_as(in_review, "approver"))
    refused(second, NotAllowed, "approver@xinghe.test approved 2026-07 already: it needs a further person.")
    assert in_state(in_review, "in_review")


def test_the_second_approvers_of_a_large_month_are_one(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        Agency.objects.filter(pk=people.id).update(second_approval_fen=1)
        people.members["auditor"].roles = ["finance"]
        people.members["auditor"].save()
        services.approve(actor=people.approver, period=JULY)
    first, second = in_turn(people, approve_as(in_review, "owner"), approve_as(in_review, "auditor"))
    refused(second, Conflict, "2026-07 is approved.")
    assert (first.state, first.approved_by) == ("approved", people.owner)


def test_a_month_is_sent_back_while_it_is_approved(in_review: Paying) -> None:
    people = in_review.people
    send_back = lambda: services.send_back(actor=people.finance, period=JULY)  # noqa: E731
    _sent_back, second = in_turn(people, send_back, approve_as(in_review, "approver"))
    refused(second, Conflict, "2026-07 is calculated and has not been submitted for review.")
    with people.open():
        row = Period.objects.get(code=JULY)
        assert (row.state, row.approved_by, row.submitted_by) == ("calculated", None, None)


def test_two_close_a_month(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        services.approve(actor=people.approver, period=JULY)
    close = lambda: services.close(actor=people.approver, period=JULY)  # noqa: E731
    first, second = in_turn(people, close, close)
    refused(second, Conflict, "2026-07 is closed. A closed month is never changed")
    assert first.state == "closed"
    with people.open():
        assert Posting.objects.filter(kind="month", period__code=JULY).count() == 1
    balanced(in_review)
