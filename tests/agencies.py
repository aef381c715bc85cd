"""Two agencies with the same names inside, and people of every kind around them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction

from mcn.accounts.models import Membership, User
from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor, Payee
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope


@dataclass(frozen=True)
class People:
    """One agency with a member for every role; `anchor` is the anchor A01's own sign-in."""

    agency: Agency
    owner: User
    finance: User
    approver: User
    anchor: User

    @property
    def id(self) -> int:
        return self.agency.pk


def make_agency(slug: str, name: str) -> People:
    """An agency with staff and one anchor, the same in every agency but for the e-mail addresses."""
    with operator_scope(), transaction.atomic():
        agency = Agency.objects.create(slug=slug, name=name)
    users: dict[str, User] = {}
    with agency_scope(agency.pk), transaction.atomic():
        for key, roles in {
            "owner": [Role.OWNER],
            "finance": [Role.FINANCE],
            "approver": [Role.FINANCE],
            "anchor": [Role.ANCHOR],
        }.items():
            users[key] = User.objects.create_user(f"{key}@{slug}.test", "correct horse battery", name=key)
            member = Membership.objects.create(user=users[key], name=key, roles=[str(role) for role in roles])
        payee = Payee.objects.create(code="A01", name="小鹿", kind=Payee.Kind.LABOUR, legal_name="鹿小小")
        Anchor.objects.create(code="A01", stage_name="小鹿", payee=payee, member=member)
    return People(agency, **users)


@pytest.fixture
def xinghe(db: None) -> People:
    """The agency that the test is about."""
    return make_agency("xinghe", "星河传媒")


@pytest.fixture
def beichen(db: None) -> People:
    """Another agency, whose data must never be met."""
    return make_agency("beichen", "北辰直播")


@pytest.fixture
def inside(xinghe: People) -> Iterator[People]:
    """The test runs in xinghe's scope and in one transaction."""
    with agency_scope(xinghe.id), transaction.atomic():
        yield xinghe


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody who is a member of nothing."""
    return User.objects.create_user("stranger@nowhere.test", "correct horse battery", name="stranger")
