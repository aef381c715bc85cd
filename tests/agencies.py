"""Small agencies for tests: a member for every role, and, where a test needs one, the anchor A01."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction

from mcn.accounts.models import Membership, User
from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor, Payee
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope

PASSWORD = "correct horse battery"
APPROVER = "approver"  # a second member of the finance role: a month needs two persons


@dataclass
class World:
    """An agency, and its members by role."""

    agency: Agency
    members: dict[str, Membership]

    def user(self, role: str = Role.OWNER) -> User:
        return self.members[role].user

    @property
    def id(self) -> int:
        return self.agency.pk

    @property
    def owner(self) -> User:
        return self.user(Role.OWNER)

    @property
    def finance(self) -> User:
        return self.user(Role.FINANCE)

    @property
    def approver(self) -> User:
        return self.user(APPROVER)

    @property
    def anchor(self) -> User:
        return self.user(Role.ANCHOR)

    @property
    def console(self) -> str:
        return f"/a/{self.agency.slug}"

    @contextmanager
    def open(self) -> Iterator[None]:
        """Inside the agency, in a transaction."""
        with agency_scope(self.id), transaction.atomic():
            yield


@cache
def hashed_password() -> str:
    """`PASSWORD` as it is stored, hashed once for all."""
    return make_password(PASSWORD)


def make_world(slug: str = "xinghe", name: str = "星河传媒", *, anchor: bool = False) -> World:
    """An agency whose members are `<role>@<slug>.test` with `PASSWORD`; with `anchor`, A01 who signs in as its anchor.

    Agencies are the same inside but for the e-mail addresses and names of their members.
    """
    with operator_scope(), transaction.atomic():
        agency = Agency.objects.create(slug=slug, name=name)
    world = World(agency, {})
    roles: dict[str, Role] = {role.value: role for role in Role} | {APPROVER: Role.FINANCE}
    with world.open():
        users = User.objects.bulk_create(
            User(email=f"{key}@{slug}.test", name=f"{slug}-{key}", password=hashed_password()) for key in roles
        )
        members = Membership.objects.bulk_create(
            Membership(user=user, name=user.name, roles=[role.value])
            for user, role in zip(users, roles.values(), strict=True)
        )
        world.members.update(zip(roles, members, strict=True))
        if anchor:
            payee = Payee.objects.create(code="A01", name="小鹿", kind=Payee.Kind.LABOUR, legal_name="鹿小小")
            Anchor.objects.create(code="A01", stage_name="小鹿", payee=payee, member=world.members[Role.ANCHOR])
    return world


@pytest.fixture
def world(db: None) -> World:
    """An agency in which nothing but its members has been entered."""
    return make_world()


@pytest.fixture
def xinghe(db: None) -> World:
    """The agency that the test is about, with the anchor A01."""
    return make_world(anchor=True)


@pytest.fixture
def beichen(db: None) -> World:
    """Another agency, whose data must never be met."""
    return make_world("beichen", "北辰直播", anchor=True)


@pytest.fixture
def inside(xinghe: World) -> Iterator[World]:
    """The test runs in xinghe's scope and in one transaction."""
    with xinghe.open():
        yield xinghe


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody who is a member of nothing."""
    return User.objects.create_user("stranger@nowhere.test", PASSWORD, name="stranger")
