"""Locks of one agency: who takes one waits for who has it, in this agency alone."""

from django.db import connections

from mcn.tenancy.scope import current_agency_id


def agency_lock(space: int) -> None:
    """Hold the agency's lock of this kind until the transaction ends.

    `space` tells kinds of locks apart: a number of 32 bits, by custom four letters of what it guards. Raises ScopeError
    where there is no agency.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [space, current_agency_id() % 2**31])
