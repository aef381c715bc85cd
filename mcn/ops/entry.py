"""How the operator gets to see an agency's data: for one agency, for a reason, for a while, on record."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import NotAllowed, RuleError
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope

KEY = "operator_entries"
MINUTES = 15

Session = MutableMapping[str, Any]


@transaction.atomic
def enter(*, actor: User, session: Session, agency: Agency, reason: str) -> datetime:
    """Open the agency to this session for a quarter of an hour; returns until when.

    The entry stands in the agency's own audit trail, where its owner reads it. Raises RuleError without a
    reason, NotAllowed for somebody who is no operator.
    """
    if not (actor.is_active and actor.is_staff):
        raise NotAllowed(_("Only operators may enter an agency."))
    if not reason.strip():
        raise RuleError(_("Say why you enter."), field="reason")
    until = timezone.now() + timedelta(minutes=MINUTES)
    with agency_scope(agency.pk):
        after = {"reason": reason.strip()[:200], "until": until.isoformat(timespec="seconds")}
        audit.record(actor=actor, action="operator entered", target=agency, after=after)
    session[KEY] = {**session.get(KEY, {}), str(agency.pk): until.isoformat()}
    return until


def entered_until(session: Session, agency: Agency) -> datetime | None:
    """Until when this session may look into the agency; None if it may not."""
    text = session.get(KEY, {}).get(str(agency.pk))
    until = datetime.fromisoformat(text) if text else None
    return until if until is not None and until > timezone.now() else None


@contextmanager
def inside(session: Session, agency: Agency) -> Iterator[None]:
    """The agency's scope, for a session that has entered it. Raises NotAllowed otherwise."""
    if entered_until(session, agency) is None:
        raise NotAllowed(_("Enter the agency first: it is written to its audit trail."))
    with agency_scope(agency.pk):
        yield
