"""Writes to live sessions."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP, keep_parts, save_by
from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.core.errors import RuleError
from mcn.core.money import decimal_text
from mcn.live.models import Session, SessionHost

Hosts = Sequence[tuple[Anchor, Decimal]]


@transaction.atomic
def session_save(
    *,
    actor: User | None,
    code: str,
    platform: str,
    account_id: str,
    starts_at: datetime,
    ends_at: datetime,
    room_id: str = KEEP,
    title: str = KEEP,
    note: str = KEEP,
    hosts: Hosts = KEEP,
) -> tuple[Session, str]:
    """Create or change the session with this code and, if given, its hosts (anchor, weight) as a whole.

    Each host's part of a line is the weighted part (docs/money.md §3). Returns the session and the outcome.
    Raises RuleError for an end that is not after the start, a host named twice, a weight outside (0, 1], and
    weights that add up to more than 1.
    """
    guards.platform(platform)
    if ends_at <= starts_at:
        raise RuleError(
            _("ends at %(until)s, which is not after its start at %(start)s."),
            field="ends_at",
            until=ends_at.isoformat(timespec="minutes"),
            start=starts_at.isoformat(timespec="minutes"),
        )
    if hosts is not KEEP:
        _check_hosts(hosts)
    session, outcome = save_by(
        Session,
        {"code": code},
        actor=actor,
        platform=platform,
        account_id=account_id,
        starts_at=starts_at,
        ends_at=ends_at,
        room_id=room_id,
        title=title,
        note=note,
    )
    if hosts is not KEEP:
        outcome = _hosts_save(actor, session, outcome, hosts)
    return session, outcome


def _check_hosts(hosts: Hosts) -> None:
    seen: set[int] = set()
    for index, (anchor, weight) in enumerate(hosts):
        if anchor.pk in seen:
            raise RuleError(_("%(anchor)s hosts the session twice."), field=f"hosts[{index}].anchor", anchor=anchor)
        seen.add(anchor.pk)
        if not 0 < weight <= 1:
            raise RuleError(
                _("The weight %(weight)s is not above 0 and at most 1."),
                field=f"hosts[{index}].weight",
                weight=weight,
            )
    total = sum(weight for _anchor, weight in hosts)
    if total > 1:
        raise RuleError(_("The hosts' weights add up to %(total)s, which is more than 1."), field="hosts", total=total)


def _hosts_save(actor: User | None, session: Session, outcome: str, hosts: Hosts) -> str:
    present = [(host.anchor, host.weight) for host in session.hosts.select_related("anchor")]
    if present == list(hosts):
        return outcome
    session.hosts.all().delete()
    SessionHost.objects.bulk_create(
        SessionHost(session=session, anchor=anchor, weight=weight, position=position)
        for position, (anchor, weight) in enumerate(hosts)
    )
    return keep_parts(
        session,
        outcome,
        actor=actor,
        name="hosts",
        before=[f"{anchor.code} {decimal_text(weight)}" for anchor, weight in present],
        after=[f"{anchor.code} {decimal_text(weight)}" for anchor, weight in hosts],
    )
