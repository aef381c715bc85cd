"""Reads of the unmatched desk: what belongs to nobody, by the cause that one mending removes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, QuerySet, Sum

from mcn.anchors.models import Anchor
from mcn.commissions.models import Unmatched

Reason = Unmatched.Reason


@dataclass(frozen=True)
class Cause:
    """Why lines are nobody's. `kind` says what is missing; the other fields name it, as far as the cause does."""

    kind: str
    platform: str = ""
    account: str = ""
    product: str = ""
    anchor: str = ""
    sessions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Everything that one mending helps: so many lines and so much pool (fen) in these months."""

    reason: str
    cause: str
    lines: int
    pool_fen: int
    first_month: str
    last_month: str
    what: Cause
    anchor: Anchor | None = field(default=None, compare=False)

    @property
    def reason_label(self) -> str:
        return str(Reason(self.reason).label)


def waiting() -> QuerySet:
    """What waits for its cause to be mended: the months that can still settle it."""
    return Unmatched.objects.exclude(reason="")


def groups(period: str = "") -> list[Group]:
    """The unmatched queue by reason and cause, the largest amount first; of one month if `period` is given."""
    rows = waiting()
    if period:
        rows = rows.filter(period=period)
    found = list(
        rows.order_by()
        .values("reason", "cause")
        .annotate(lines=Count("id"), pool=Sum("pool_fen"), first=Min("period"), last=Max("period"))
    )
    causes = {(row["reason"], row["cause"]): read_cause(row["reason"], row["cause"]) for row in found}
    codes = {cause.anchor for cause in causes.values() if cause.anchor}
    anchors = {anchor.code: anchor for anchor in Anchor.objects.filter(code__in=codes)}
    made = [
        Group(
            reason=row["reason"],
            cause=row["cause"],
            lines=row["lines"],
            pool_fen=int(row["pool"]),
            first_month=row["first"],
            last_month=row["last"],
            what=(what := causes[row["reason"], row["cause"]]),
            anchor=anchors.get(what.anchor),
        )
        for row in found
    ]
    return sorted(made, key=lambda group: (-abs(group.pool_fen), group.reason, group.cause))


def first_payments(groups: Iterable[Group]) -> dict[str, date]:
    """By cause of an unknown account, the business day of the earliest payment that waits, in whatever month.

    Nobody held the account then, so from this day on it may be given to somebody.
    """
    causes = [group.cause for group in groups if group.what.kind == "account"]
    if not causes:
        return {}
    rows = waiting().filter(reason=Reason.UNKNOWN_ACCOUNT, cause__in=causes, event__line__paid_on__isnull=False)
    return dict(rows.order_by().values_list("cause").annotate(Min("event__line__paid_on")))


def read_cause(reason: str, cause: str) -> Cause:
    """The parts of a cause as `mcn.commissions.matching` writes it."""
    kind, _colon, rest = cause.partition(":")
    if reason == Reason.UNKNOWN_ACCOUNT:
        return Cause("account", platform=kind, account=rest)
    if reason == Reason.UNKNOWN_SKU:
        platform, _colon, product = rest.partition(":")
        return Cause("product" if product else "no_product", platform=platform, product=product)
    if reason == Reason.TWO_SESSIONS:
        return Cause("sessions", sessions=tuple(code.strip() for code in rest.split(",") if code.strip()))
    if reason == Reason.NO_CONTRACT and kind == "payment_time":
        return Cause("payment_time", platform=rest)
    if reason == Reason.NO_CONTRACT:
        return Cause("contract", anchor=rest)
    if reason == Reason.NO_SPLIT_RULE:
        return Cause("rule", anchor=rest)
    return Cause("line", platform=rest)


def totals(period: str = "") -> dict[str, int]:
    """Lines and pool (fen) of the whole queue, or of one month."""
    rows = waiting().filter(period=period) if period else waiting()
    found: dict[str, Any] = rows.aggregate(lines=Count("id"), pool=Sum("pool_fen"))
    return {"lines": found["lines"], "pool_fen": int(found["pool"] or 0)}


def members(reason: str, cause: str) -> QuerySet:
    """The queue's rows of one group, with their lines and entries."""
    return waiting().filter(reason=reason, cause=cause).select_related("event__line", "entry__anchor")


def of_import(sales_import_id: int) -> list[dict[str, Any]]:
    """What an import's events left unmatched, by reason: lines and pool in fen."""
    rows = (
        waiting()
        .filter(event__sales_import_id=sales_import_id)
        .order_by()
        .values("reason")
        .annotate(lines=Count("id"), pool_fen=Sum("pool_fen"))
    )
    return sorted(
        ({**row, "label": str(Reason(row["reason"]).label)} for row in rows), key=lambda row: -abs(row["pool_fen"])
    )
