"""What an anchor may read: own statements, the lines behind them, the contract in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from mcn.accounts.models import Membership
from mcn.anchors.models import Advance, Anchor, Contract, ContractVersion, Deposit, InstalmentPlan
from mcn.commissions.models import Bucket, Override, ShareLine, SplitRule
from mcn.settlements import deposits as deposit_reads
from mcn.settlements.advances import AdvanceStatement, statements_of
from mcn.settlements.instalments import PlanStatement
from mcn.settlements.instalments import statements_of as plan_statements_of
from mcn.settlements.models import Period, Statement

PAGE = 50


def own_anchor(member: Membership) -> Anchor | None:
    """The anchor whose pages these are."""
    return Anchor.objects.select_related("payee").filter(member=member).first()


def own_statements(anchor: Anchor) -> QuerySet[Statement]:
    """The anchor's statements, newest month first; open months have a provisional one once calculated."""
    return (
        Statement.objects.filter(payee_id=anchor.payee_id)
        .select_related("period")
        .defer("period__inputs")
        .order_by("-period__code")
    )


def own_lines(anchor: Anchor, period: str, *, search: str = "", before: int | None = None) -> list[ShareLine]:
    """The newest lines of a month, `PAGE` at a time from `before` on, with their orders; one more than a page
    if there are further ones."""
    buckets = Bucket.objects.filter(period=period, payee_id=anchor.payee_id).values_list("pk", flat=True)
    lines = ShareLine.objects.filter(period=period, bucket_id__in=list(buckets))
    if before is not None:
        lines = lines.filter(pk__lt=before)
    if search:
        lines = lines.filter(
            Q(event__line__order_key__startswith=search)
            | Q(event__line__product_name__icontains=search)
            | Q(entry__code__startswith=search)
        )
    return list(lines.select_related("event__line", "entry", "bucket").order_by("-pk")[: PAGE + 1])


def own_line(anchor: Anchor, pk: int) -> ShareLine | None:
    """One line of the anchor's own."""
    return (
        ShareLine.objects.numbered(pk)
        .filter(bucket__payee_id=anchor.payee_id)
        .select_related("event__line", "entry", "bucket")
        .first()
    )


def has_advances(anchor: Anchor) -> bool:
    """Whether the anchor ever had an advance, left a deposit, or pays a debt back in instalments."""
    return any(model.objects.filter(payee=anchor.payee_id).exists() for model in (Advance, Deposit, InstalmentPlan))


def own_plans(anchor: Anchor) -> list[PlanStatement]:
    """The anchor's debts in instalments with their statements, the newest first."""
    return plan_statements_of(InstalmentPlan.objects.filter(payee=anchor.payee_id).order_by("-agreed_on", "code"))


def own_advances(anchor: Anchor) -> tuple[list[AdvanceStatement], list[tuple[Deposit, list[Any], int]]]:
    """The anchor's advances with their statements, and deposits with their moves and what is held (fen)."""
    advances = Advance.objects.filter(payee=anchor.payee_id).order_by("-paid_on", "code")
    deposits = list(Deposit.objects.filter(payee=anchor.payee_id).order_by("code"))
    held = deposit_reads.held(deposit.pk for deposit in deposits)
    told = [(deposit, deposit_reads.history(deposit), held.get(deposit.pk, 0)) for deposit in deposits]
    return statements_of(advances), told


@dataclass(frozen=True)
class Terms:
    """A contract with the version in force and what it divides."""

    contract: Contract
    version: ContractVersion
    splits: Sequence[SplitRule]
    overrides: Sequence[Override]


def terms_on(anchor: Anchor, day: date) -> Terms | None:
    """The anchor's contract terms in force on a business date."""
    version = (
        ContractVersion.objects.filter(
            contract__anchor=anchor,
            contract__starts_on__lte=day,
            contract__ends_on__gte=day,
            superseded_at__isnull=True,
            tail_of__isnull=True,
            starts_on__lte=day,
        )
        .select_related("contract")
        .order_by("-starts_on", "-number")
        .first()
    )
    if version is None:
        return None
    splits = version.splits.select_related("sku", "deal", "brand").prefetch_related("steps")
    return Terms(version.contract, version, list(splits), list(version.overrides.select_related("payee")))


def month_state(period: Period) -> str:
    """`final` once the month is closed, `provisional` before."""
    return "final" if period.state == Period.State.CLOSED else "provisional"
