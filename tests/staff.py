"""Small worlds for tests: an agency with one member per role."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction

from mcn.accounts.models import Membership, User
from mcn.accounts.permissions import Role
from mcn.accounts.services import member_save
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope

PASSWORD = "correct horse battery"


@dataclass
class World:
    """An agency and its members by role."""

    agency: Agency
    members: dict[str, Membership]

    def user(self, role: str = Role.OWNER) -> User:
        return self.members[role].user

    @property
    def console(self) -> str:
        return f"/a/{self.agency.slug}"

    @contextmanager
    def open(self) -> Iterator[None]:
        """Inside the agency, in a transaction."""
        with agency_scope(self.agency.pk), transaction.atomic():
            yield


def make_world(slug: str = "xinghe", name: str = "星河传媒") -> World:
    """An agency and a member for each role, all with `PASSWORD`."""
    with operator_scope(), transaction.atomic():
        agency = Agency.objects.create(slug=slug, name=name)
    members = {}
    with agency_scope(agency.pk), transaction.atomic():
        for role in Role:
            member, _outcome = member_save(
                actor=None, email=f"{role}@{slug}.test", name=f"{slug}-{role.value}", roles=[role]
            )
            member.user.set_password(PASSWORD)
            member.user.save()
            members[role] = member
    return World(agency, members)
