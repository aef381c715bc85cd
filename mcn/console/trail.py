"""The audit trail in words: who acted, and each detail of an entry by its name, from what to what."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Payee
from mcn.commissions.models import Unmatched
from mcn.console.generic import display
from mcn.console.templatetags import figures
from mcn.sales.models import EarningEvent
from mcn.settlements.exports import LABELS as EXPORTS
from mcn.settlements.models import Statement

Change = tuple[str, Any, Any]  # label, from, to
Model = type[models.Model]
NEVER_SHOWN = {"id", "token_hash", "id_fingerprint"}  # the machinery's own


def who(entry: AuditEntry) -> str:
    """The person's name at the time, or that it was the system."""
    return _("The system") if entry.actor_id is None else entry.actor_name


def changes(model: Model, entry: AuditEntry) -> list[Change]:
    """Each detail of an entry about a record of `model`; of what was just made, only what is filled."""
    before, after = entry.before or {}, entry.after or {}
    fields = {field.attname: field.name for field in model._meta.concrete_fields}
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if key in NEVER_SHOWN or (entry.before is None and new in (None, "", False, [], {})):
            continue
        tell = _field if key in fields else _further
        found.append(tell(model, fields.get(key, key), old, new))
    return found


def _field(model: Model, name: str, old: Any, new: Any) -> Change:
    kind = display.kind_of(model, name)
    if kind == "reference":
        old, new = (_referred(model, name, value) for value in (old, new))
    elif isinstance(old, list) or isinstance(new, list):
        old, new = (value and _shown(model, name, value) for value in (old, new))
    elif kind in {"money", "rate", "choice", "flag"}:
        old, new = (_shown(model, name, value) for value in (old, new))
    elif isinstance(old, bool) or isinstance(new, bool):
        # Of encrypted data the trail says only whether there is any.
        old, new = ("•" if value else None for value in (old, new))
    return str(PEOPLE.get(name) or display.label_of(model, name)), old, "–" if new is None or new == "" else new


def _shown(model: Model, name: str, value: Any) -> Any:
    """A value as a page shows it; decimals are text in the trail."""
    if value is None:
        return None
    return display.show_value(
        model, name, Decimal(value) if isinstance(value, str) and name.endswith("rate") else value
    )


def _referred(model: Model, name: str, pk: Any) -> Any:
    """The name of what a reference pointed to; its number where that is gone."""
    other: Any = model._meta.get_field(name).related_model
    return (pk and other._default_manager.filter(pk=pk).first()) or pk


def _further(model: Model, key: str, old: Any, new: Any) -> Change:
    """A detail that is no field of the record: parts in tables of their own, and what a piece of work did."""
    label, tell = LABELS.get(key, key), TOLD.get(key, display.plain)
    if key not in LABELS and hasattr(Statement, f"{key}_fen"):  # a calculation's totals: the lines of statements
        label, tell = display.label_of(Statement, f"{key}_fen"), figures.money
    old, new = (None if value is None else tell(value) for value in (old, new))
    return capfirst(str(label)), old, "–" if new is None or new == "" else new


def _named(word: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Tells a code, a list of codes, or counts by code; `word` gives the words for a code."""

    def tell(value: Any) -> Any:
        if isinstance(value, dict):
            return display.plain([f"{word(code)} {count:,}" for code, count in value.items()])
        return display.plain([word(code) for code in value] if isinstance(value, list) else word(value))

    return tell


def _reason(code: str) -> str:
    return str(dict(Unmatched.Reason.choices).get(code, code))


PEOPLE = {"user": gettext_lazy("Member"), "created_by": gettext_lazy("By"), "invited_by": gettext_lazy("By")}
LABELS: dict[str, Any] = {
    # parts of a record
    "skus": gettext_lazy("SKUs"),
    "products": gettext_lazy("Platform products"),
    "hosts": gettext_lazy("Hosts"),
    # a look at personal data, a month that was sent back or an import that failed, an operator's entry
    "fields": gettext_lazy("Personal data"),
    "reason": gettext_lazy("Reason"),
    "until": gettext_lazy("Entered until"),
    # a column mapping
    "version": gettext_lazy("Version"),
    # an export
    "period": gettext_lazy("Month"),
    "what": gettext_lazy("Content"),
    "formats": gettext_lazy("Format"),
    "language": gettext_lazy("Language"),
    # an import
    "rows": gettext_lazy("Rows"),
    "created": gettext_lazy("New lines"),
    "changed": gettext_lazy("Changed lines"),
    "unchanged": gettext_lazy("Known already, nothing new"),
    "stale": gettext_lazy("Older than what is known: left alone"),
    "repeated": gettext_lazy("Twice in the file"),
    "totals": gettext_lazy("Totals rows, left out"),
    "not_paid": gettext_lazy("Orders not paid, left out"),
    "rejected": gettext_lazy("Refused rows"),
    "events": gettext_lazy("Earning events"),
    "kinds": gettext_lazy("Kinds of event"),
    "months": gettext_lazy("Months"),
    # a calculation, beside the lines of the statement
    "lines": gettext_lazy("Order lines"),
    "shares": gettext_lazy("shares of lines"),
    "payees": gettext_lazy("payees"),
    "agency_share": gettext_lazy("Agency's share"),
    "unmatched": gettext_lazy("unmatched lines"),
    "unmatched_fen": gettext_lazy("Unmatched money"),
}
TOLD: dict[str, Callable[[Any], Any]] = {
    "fields": _named(lambda name: display.label_of(Payee, name)),
    "until": lambda text: figures.business_time(datetime.fromisoformat(text)),
    "period": figures.period,
    "what": _named(lambda name: EXPORTS.get(name, name)),
    "language": _named(lambda code: dict(settings.LANGUAGES).get(code, code)),
    "kinds": _named(lambda code: dict(EarningEvent.Kind.choices).get(code, code)),
    "months": _named(figures.period),
    "agency_share": figures.money,
    "unmatched": lambda causes: _named(_reason)({cause["reason"]: cause["count"] for cause in causes}),
    "unmatched_fen": figures.money,
}
