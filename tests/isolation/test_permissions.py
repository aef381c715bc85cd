"""Who may do what: the whole table, line by line, and that two persons are needed for a month."""

from pathlib import Path

import pytest
from django.db import Error, transaction

from mcn.accounts import services as people
from mcn.accounts.permissions import PERMISSIONS, Role, allowed
from mcn.core.errors import Conflict, DomainError, NotAllowed
from mcn.jobs import services as jobs
from mcn.settlements import services
from mcn.settlements.models import Period
from mcn.settlements.services import closing
from mcn.tenancy.scope import agency_scope
from tests.isolation.addresses import addresses
from tests.isolation.twins import PERIOD, Twin, inside

TABLE = Path(__file__).with_name("permissions.txt")
ROLES = [Role.OWNER, *(role for role in Role if role != Role.OWNER)]


# Pages that a right to see opens for POST, and what they ask for besides.
ASKS_FURTHER = {
    "console:sales-unmatched-mend": "the permission of the record that it mends",
    "console:sales-unmatched-several": "the same, row by row",
    "console:month-send-back": "to be the one who submitted, or may approve",
    "console:month-verify": "nothing: it recomputes and changes no figure",
}


def table() -> str:
    """One line a permission: its code and the roles that have it."""
    width = max(map(len, PERMISSIONS))
    return "".join(
        f"{code:<{width}}  {' '.join(role for role in ROLES if allowed([role], code))}\n" for code in PERMISSIONS
    )


def test_the_table_of_roles_and_permissions_is_the_one_agreed_on() -> None:
    """A change of who may do what is to be seen in this file."""
    assert table() == TABLE.read_text(encoding="utf-8")


def test_the_anchor_has_the_own_pages_only_and_nobody_else_has_them() -> None:
    assert [code for code in PERMISSIONS if allowed([Role.ANCHOR], code)] == [
        "portal.view", "portal.answer",
    ]  # fmt: skip
    for code in ("portal.view", "portal.answer"):
        assert [role for role in Role if allowed([role], code)] == [Role.ANCHOR]


def test_every_page_names_a_permission_and_every_writing_one_more_than_seeing() -> None:
    for address in [*addresses("a"), *addresses("me")]:
        assert address.permission() in PERMISSIONS, address
        if address.takes("POST") and address.name not in ASKS_FURTHER:
            assert not address.permission("POST").endswith(".view"), f"{address} writes with the right to see"


def test_the_auditor_sees_and_changes_nothing() -> None:
    codes = {code for code in PERMISSIONS if allowed([Role.AUDITOR], code)}
    assert {code.split(".")[1] for code in codes} == {"view", "create"}
    assert [code for code in codes if code.endswith(".create")] == ["exports.create"]


# ── Two persons ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def submitted(twins: tuple[Twin, Twin]) -> Twin:
    """July, submitted by the finance member."""
    own = twins[0]
    with inside(own):
        services.calculate(actor=own.user(Role.FINANCE), period=PERIOD)
        services.submit(actor=own.user(Role.FINANCE), period=PERIOD)
    return own


def state(twin: Twin) -> str:
    with inside(twin):
        return Period.objects.get(code=PERIOD).state


def test_the_service_refuses_the_own_submission(submitted: Twin) -> None:
    with inside(submitted), pytest.raises(NotAllowed):
        services.approve(actor=submitted.user(Role.FINANCE), period=PERIOD)


def test_the_command_refuses_one_person_in_both_roles(submitted: Twin) -> None:
    email = submitted.user(Role.FINANCE).email
    with agency_scope(submitted.agency.pk), pytest.raises(DomainError):
        closing.close_with(actor=None, period=PERIOD, submitted_by=email, approved_by=email.upper())
    assert state(submitted) == "in_review"


def test_a_job_refuses_one_person_in_both_roles(submitted: Twin) -> None:
    email = submitted.user(Role.FINANCE).email
    with inside(submitted):
        named = {"period": PERIOD, "submitted_by": email, "approved_by": email}
        job = jobs.create(actor=None, kind="close", parameters=named)
    with agency_scope(submitted.agency.pk):
        assert jobs.run(job.pk).state == "failed"
    assert state(submitted) == "in_review"


def test_the_pages_refuse_the_own_submission(submitted: Twin) -> None:
    client = submitted.client(Role.FINANCE)
    for address in addresses("a"):
        if address.takes("POST") and address.permission("POST") in {"settlements.approve", "settlements.close"}:
            client.post("/a/xinghe" + address.fill(submitted))
    assert state(submitted) in {"in_review", "calculated"}  # sent back at most


def test_the_database_refuses_it_too(submitted: Twin) -> None:
    with inside(submitted), pytest.raises(Error, match="period_second_person"), transaction.atomic():
        Period.objects.filter(code=PERIOD).update(approved_by=submitted.user(Role.FINANCE))


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.TALENT, Role.AUDITOR, Role.ANCHOR])
def test_who_lacks_the_right_moves_no_month(submitted: Twin, role: str) -> None:
    actor = submitted.user(role)
    for move in (services.approve, services.send_back, services.close):
        with inside(submitted), pytest.raises((NotAllowed, Conflict)):
            move(actor=actor, period=PERIOD)
    assert state(submitted) == "in_review"


def test_an_approver_who_left_does_not_approve(submitted: Twin) -> None:
    owner = submitted.user(Role.OWNER)
    with inside(submitted):
        people.member_save(actor=None, email="boss@xinghe.test", name="boss", roles=[Role.OWNER])
        people.member_save(actor=None, email=owner.email, name="x", roles=[Role.OWNER], is_active=False)
        with pytest.raises(NotAllowed):
            services.approve(actor=owner, period=PERIOD)
