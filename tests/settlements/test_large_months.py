"""Large months need two approvers besides whoever submitted them (docs/money.md §8)."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from mcn.core.errors import Conflict, NotAllowed
from mcn.settlements import services
from mcn.settlements.models import Period
from mcn.settlements.services.closing import close_with
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JUNE, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(inside: World) -> Books:
    """June pays 24.50 net, and so much needs two approvers."""
    Agency.objects.filter(pk=inside.id).update(second_approval_fen=2450)
    made = Books(inside)
    made.roster()
    made.event("1", 10000, JUNE)
    return made


def submitted(desk: Books) -> None:
    desk.calculate(JUNE)
    services.submit(actor=desk.people.finance, period=JUNE)


def test_two_persons_approve_a_large_month(desk: Books) -> None:
    submitted(desk)
    row = services.approve(actor=desk.people.approver, period=JUNE)
    assert (row.state, row.first_approved_by, row.approved_by) == ("in_review", desk.people.approver, None)
    with translation.override("en"), pytest.raises(NotAllowed, match="needs a further person"):
        services.approve(actor=desk.people.approver, period=JUNE)
    with pytest.raises(NotAllowed):
        services.approve(actor=desk.people.finance, period=JUNE)
    with pytest.raises(Conflict):
        services.close(actor=desk.people.finance, period=JUNE)
    row = services.approve(actor=desk.people.owner, period=JUNE)
    assert (row.state, row.first_approved_by, row.approved_by) == ("approved", desk.people.approver, desk.people.owner)
    assert services.close(actor=desk.people.owner, period=JUNE).state == "closed"


def test_sending_back_takes_the_first_approval_away(desk: Books) -> None:
    submitted(desk)
    services.approve(actor=desk.people.approver, period=JUNE)
    row = services.send_back(actor=desk.people.finance, period=JUNE)
    assert (row.state, row.first_approved_by, row.first_approved_at) == ("calculated", None, None)


@pytest.mark.parametrize("limit", [None, 2451])
def test_smaller_months_need_one(desk: Books, limit: int | None) -> None:
    Agency.objects.filter(pk=desk.people.id).update(second_approval_fen=limit)
    submitted(desk)
    assert services.approve(actor=desk.people.approver, period=JUNE).state == "approved"


def test_the_database_refuses_one_person_twice(desk: Books) -> None:
    submitted(desk)
    services.approve(actor=desk.people.approver, period=JUNE)
    for changes in (
        {"approved_by": desk.people.approver},
        {"first_approved_by": desk.people.finance},
    ):
        with pytest.raises(IntegrityError, match="period_third_person"), transaction.atomic():
            Period.objects.filter(code=JUNE).update(**changes)


def test_the_command_line_names_the_further_person(desk: Books) -> None:
    people = {"submitted_by": desk.people.finance.email, "approved_by": desk.people.approver.email}
    with translation.override("en"), pytest.raises(Conflict, match="two persons"):
        close_with(actor=None, period=JUNE, **people)
    assert Period.objects.get(code=JUNE).state == "calculated"
    closed = close_with(actor=None, period=JUNE, **people, also_approved_by=desk.people.owner.email)
    row = Period.objects.get(code=JUNE)
    assert closed["content_hash"] == row.content_hash
    assert (row.first_approved_by, row.approved_by) == (desk.people.owner, desk.people.approver)
