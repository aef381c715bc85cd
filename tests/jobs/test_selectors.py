"""Who sees which work."""

import pytest

from mcn.accounts.models import Membership
from mcn.accounts.permissions import PERMISSIONS, Role
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS, Kind
from mcn.jobs.selectors import kinds_of, visible
from tests.agencies import World


def test_every_kind_names_a_permission_that_exists() -> None:
    assert {kind.permission for kind in KINDS.values()} <= PERMISSIONS.keys()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, set(KINDS)),
        (Role.AUDITOR, set(KINDS) - {"what_if", "ghosts"}),
        (Role.TALENT, {"what_if", "ghosts"}),
        (Role.OPERATIONS, {code for code, kind in KINDS.items() if kind.permission == "sales.view"}),
        (Role.TRAINER, set()),
    ],
)
def test_a_member_sees_work_of_the_kinds_of_the_own_roles(inside: World, role: Role, allowed: set[str]) -> None:
    for code in KINDS:
        Job.objects.create(kind=code)
    member = Membership(roles=[role])
    assert set(kinds_of(member)) == allowed
    assert {job.kind for job in visible(member)} == allowed


def test_work_of_a_kind_that_nobody_knows_is_seen_by_nobody(inside: World) -> None:
    Job.objects.create(kind="forgotten")
    assert not visible(Membership(roles=[Role.OWNER])).exists()


def test_a_kind_without_a_permission_cannot_be_written_down() -> None:
    with pytest.raises(TypeError, match="permission"):
        Kind("body", "label")  # type: ignore[call-arg]
