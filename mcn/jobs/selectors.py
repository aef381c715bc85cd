"""Reads of jobs."""

from django.db.models import QuerySet

from mcn.accounts.models import Membership
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS


def kinds_of(member: Membership) -> list[str]:
    """The kinds of work that this member's roles have to do with."""
    return [code for code, kind in KINDS.items() if member.can(kind.permission)]


def visible(member: Membership) -> QuerySet:
    """The agency's jobs of those kinds. `counts` of the others may hold figures that the member must not see."""
    return Job.objects.filter(kind__in=kinds_of(member)).select_related("actor")
