"""Who signs in to the demo. The passwords are published: none of this is for an agency with real data."""

from dataclasses import dataclass
from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import transaction

from mcn.accounts.models import Membership, User
from mcn.accounts.permissions import Role
from mcn.accounts.services import member_save
from mcn.anchors.models import Anchor
from mcn.anchors.services import anchor_save

PASSWORD = "xingbei-demo-2026"  # noqa: S105 -- published on purpose
OPERATOR = "operator@demo.test"


@dataclass(frozen=True)
class SignIn:
    """One of the demo's users. `agency` is the slug, empty for the operator; `anchor` the code of an anchor."""

    agency: str
    role: str
    email: str
    anchor: str = ""
    password: str = PASSWORD


def _staff(slug: str, *roles: str) -> list[SignIn]:
    return [SignIn(slug, role, f"{role}@{slug}.test") for role in roles]


DEMO_SIGN_INS = [
    *_staff("xinghe-demo", "owner", "finance", "approver", "talent", "operations"),
    *_staff("xinghe-demo", "selection", "brand", "trainer", "auditor"),
    SignIn("xinghe-demo", "anchor", "a01@xinghe-demo.test", anchor="A01"),
    SignIn("xinghe-demo", "anchor", "a02@xinghe-demo.test", anchor="A02"),
    *_staff("beichen-demo", "owner", "finance", "approver", "talent", "operations"),
    SignIn("beichen-demo", "anchor", "a01@beichen-demo.test", anchor="A01"),
    SignIn("", "operator", OPERATOR),
]


@cache
def _encoded() -> str:
    """The published password as it is stored, reckoned once: that takes a third of a second on purpose."""
    return make_password(PASSWORD)


def find(slug: str, role: str) -> User:
    """The user of the demo with this role in this agency."""
    sign_in = next(row for row in DEMO_SIGN_INS if (row.agency, row.role) == (slug, role))
    return User.objects.get(email=sign_in.email)


def make_operator() -> None:
    """The operator's user: also the mark that the demo was begun on this database."""
    if not User.objects.filter(email=OPERATOR).exists():
        operator = User(email=OPERATOR, name="平台运营", is_staff=True, is_superuser=True, password=_encoded())
        operator.save()


@transaction.atomic
def make_people(slug: str) -> None:
    """Give the members of one agency their password, and its anchors their own sign-in.

    The members are there already, from the agency's file. Runs in the agency's scope; a password that
    somebody has changed stays.
    """
    for sign_in in DEMO_SIGN_INS:
        if sign_in.agency != slug:
            continue
        if sign_in.anchor:
            anchor = Anchor.objects.select_related("payee").get(code=sign_in.anchor)
            name = anchor.stage_name
            member, _outcome = member_save(actor=None, email=sign_in.email, name=name, roles=[Role.ANCHOR])
            anchor_save(actor=None, code=anchor.code, stage_name=name, payee=anchor.payee, member=member)
        user = Membership.objects.select_related("user").get(user__email=sign_in.email).user
        if not user.has_usable_password():
            user.password = _encoded()
            user.save(update_fields=["password"])
