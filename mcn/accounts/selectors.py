"""Reads about people: where somebody may go."""

from dataclasses import dataclass

from django.db import connection, transaction

from mcn.accounts.models import User
from mcn.accounts.permissions import STAFF, Role
from mcn.tenancy.scope import current_agency_id, user_scope


@dataclass(frozen=True)
class Door:
    """A place a user may enter: an agency's console, an anchor's own pages, or the operator's site."""

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


def is_member_elsewhere(user: User) -> bool:
    """Whether the user has a membership, active or not, outside of the agency in scope."""
    here = current_agency_id()
    with user_scope(user.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from accounts_membership where user_id = %s and agency_id <> %s)", [user.pk, here]
        )
        return bool(cursor.fetchone()[0])
