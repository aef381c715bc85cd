"""The audit trail: one entry for every change that a person causes, in the same transaction."""

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import AuditEntry, User
from mcn.core.encryption import EncryptedTextField
from mcn.tenancy.models import Agency, TenantModel

# Every action that is recorded, and what people call it.
ACTIONS: Final[dict[str, Any]] = {
    "create": _("Created"),
    "change": _("Changed"),
    "supersede": _("Superseded"),
    "reveal": _("Looked at personal data"),
    "invite": _("Invited"),
    "revoke": _("Revoked"),
    "import": _("Imported"),
    "import failed": _("Import failed"),
    "drop": _("Dropped"),
    "cancel": _("Cancelled"),
    "calculate": _("Calculated"),
    "submit": _("Submitted"),
    "approve": _("Approved"),
    "set_logo": _("Changed the logo"),
    "send_back": _("Sent back"),
    "close": _("Closed"),
    "pay": _("Paid"),
    "fail": _("Failed"),
    "return": _("Returned"),
    "request": _("Requested"),
    "reject": _("Rejected"),
    "dispute": _("Disputed"),
    "withdraw": _("Withdrawn"),
    "answer": _("Answered"),
    "reopen": _("Opened again"),
    "accept": _("Accepted"),
    "hold": _("Held back"),
    "release": _("Released"),
    "export": _("Exported"),
    "download": _("Downloaded"),
    "try_out": _("Tried out"),
    "operator entered": _("Operator entered"),
}


class Change(NamedTuple):
    """What was done to one record: its fields before (None: it is new) and after."""

    target: TenantModel | Agency
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


remote_address: ContextVar[str | None] = ContextVar("mcn_remote_address", default=None)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, models.Model):
        return value.pk
    return value


def snapshot(record: models.Model) -> dict[str, Any]:
    """The record's own fields as JSON; encrypted personal data only as whether it is filled."""
    return {
        field.attname: bool(field.value_from_object(record))
        if isinstance(field, EncryptedTextField)
        else _plain(field.value_from_object(record))
        for field in record._meta.concrete_fields
        if field.attname != "agency_id"
    }


def action_label(action: str) -> str:
    """The words for an action; the code itself of one that nothing records any more."""
    return str(ACTIONS.get(action, action))


def record(
    *,
    actor: User | None,
    action: str,
    target: TenantModel | Agency,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write who did `action` to `target`; only the fields that differ are kept. `actor` None = the system.

    Raises ValueError for an action that has no words in ACTIONS: people could not read what happened.
    """
    entry = _entry(actor, action, Change(target, before, after))
    entry.save()
    return entry


def record_all(*, actor: User | None, action: str, changes: Iterable[Change]) -> None:
    """The same for many records at once, such as the rows of a file. Raises ValueError as `record` does."""
    AuditEntry.objects.bulk_create([_entry(actor, action, change) for change in changes])


def _entry(actor: User | None, action: str, change: Change) -> AuditEntry:
    if action not in ACTIONS:
        raise ValueError(f"{action!r} is no action of the audit trail")
    target, before, after = change
    if before is not None and after is not None:
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        before = {key: before[key] for key in sorted(changed) if key in before}
        after = {key: after[key] for key in sorted(changed) if key in after}
    return AuditEntry(
        actor=actor,
        actor_name=str(actor) if actor else "system",
        action=action,
        target=target._meta.label_lower,
        target_id=target.pk,
        target_name=str(target)[:200],
        before=before,
        after=after,
        address=remote_address.get(),
    )
