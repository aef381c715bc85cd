"""Reads about people: where somebody may go."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from mcn.accounts.models import User
from mcn.accounts.permissions import STAFF, Role
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id, operator_scope, user_scope


@dataclass(frozen=True)
class Door:
    """A place a user may enter: an agency's console, an anchor's own pages, the operator's site, or an invitation."""

    kind: str
    name: str
    url: str


def doors(user: User) -> list[Door]:
    """Every place of this user, in the order of the agencies' names. Reads own memberships only."""
    with user_scope(user.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select agency.slug, agency.name, membership.roles"
            " from accounts_membership membership join tenancy_agency agency on agency.id = membership.agency_id"
            " where membership.user_id = %s and membership.is_active and agency.is_active"
            " order by agency.name, agency.slug",
            [user.pk],
        )
        rows = cursor.fetchall()
    found = []
    for slug, name, roles in rows:
        if STAFF & set(roles):
            found.append(Door("console", name, f"/a/{slug}/"))
        if Role.ANCHOR in roles:
            found.append(Door("portal", name, f"/me/{slug}/"))
    if user.is_staff:
        found.append(Door("ops", "", "/ops/"))
    return found


def invitations(user: User) -> list[Door]:
    """The agencies that wait for this user's word, in the order of their names."""
    with user_scope(user.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select distinct agency_id from accounts_invitation invitation"
            " where email = %s and accepted_at is null and expires_at > %s and not exists"
            " (select from accounts_membership where user_id = %s and agency_id = invitation.agency_id and is_active)",
            [user.email, timezone.now(), user.pk],
        )
        waiting = [agency_id for (agency_id,) in cursor.fetchall()]
    with operator_scope(), transaction.atomic():  # who is invited may know the name of who invites
        agencies = list(Agency.objects.filter(pk__in=waiting, is_active=True).order_by("name", "slug"))
    return [Door("invitation", agency.name, f"/join/{agency.slug}/") for agency in agencies]


def is_member_elsewhere(user: User) -> bool:
    """Whether the user has a membership, active or not, outside of the agency in scope."""
    here = current_agency_id()
    with user_scope(user.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from accounts_membership where user_id = %s and agency_id <> %s)", [user.pk, here]
        )
        return bool(cursor.fetchone()[0])
