"""The positions of an exit, from the anchor's side: what the agency owes is above zero (docs/money.md §13.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.anchors.models import Advance, Anchor, Contract, Deposit, InstalmentPlan
from mcn.commissions.terms import version_on
from mcn.core.formats import percent
from mcn.core.money import R
from mcn.core.periods import Period as Month
from mcn.settlements import deposits, instalments
from mcn.settlements.advances import outstanding
from mcn.settlements.exits.pending import pending
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.models import Account, Period, Statement
from mcn.settlements.recouped import taken_over


class ClaimKind(models.TextChoices):
    """What an agency may claim when an anchor leaves."""

    PENALTY = "penalty", _("Penalty")
    DAMAGES = "damages", _("Liquidated damages")
    SAMPLES = "samples", _("Samples not returned")
    GUARANTEE = "guarantee", _("Guarantee to be repaid")
    OTHER = "other", pgettext_lazy("claim", "Other")


TAILS = {"tail_share", "tail_rate"}  # positions without an amount


class Claim(TypedDict):
    """A claim as it was typed: `text` names the clause of the contract, `amount_fen` is above 0."""

    kind: str
    text: str
    amount_fen: int
    from_deposit: bool


@dataclass(frozen=True)
class Row:
    """One position: `ref` is the month or code that it comes from. Only what `counts` is in the total; what `binds` is
    carried out with the sheet, so it has to be the same when it is settled."""

    kind: str
    ref: str
    amount_fen: int
    counts: bool = True
    text: str = ""

    @property
    def binds(self) -> bool:
        """Whether settling depends on it."""
        return self.counts or self.kind in TAILS


def rows_of(anchor: Anchor, ends_on: date, claims: Sequence[Claim]) -> list[Row]:
    """Every position as the agency's data stands now; first what counts, then what is only told."""
    return [
        *_pay(anchor),
        *_advances(anchor),
        *_instalments(anchor),
        *_deposits(anchor),
        *_repaid_guarantee(anchor, ends_on),
        *(Row("claim", claim["kind"], -claim["amount_fen"], text=claim["text"]) for claim in claims),
        *_told(anchor, ends_on),
    ]


def total_of(rows: Iterable[Row]) -> int:
    """What the agency owes, in fen; below zero the anchor does."""
    return sum(row.amount_fen for row in rows if row.counts)


def as_json(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """The form in which a sheet keeps them."""
    return [asdict(row) for row in rows]


def from_json(kept: Iterable[dict[str, Any]]) -> list[Row]:
    """The positions that a sheet kept."""
    return [Row(**row) for row in kept]


def _pay(anchor: Anchor) -> Iterable[Row]:
    """Net pay of closed months that is not paid yet, that of calculated ones, and what the latest statement carries."""
    payable = -balances_by_payee(Account.PAYABLE).get(anchor.payee_id, 0)
    if payable:
        yield Row("payable", "", payable)
    statements = list(
        Statement.objects.filter(payee=anchor.payee_id)
        .order_by("period__code")
        .values_list("period__code", "period__state", "net_pay_fen", "carried_forward_fen")
    )
    for code, state, net_pay, _carried in statements:
        if state != Period.State.CLOSED and net_pay:
            yield Row("draft", code, net_pay)
    code, _state, _net_pay, carried = statements[-1] if statements else ("", "", 0, 0)
    carried += taken_over().get((anchor.payee_id, code), 0)  # plans stand for themselves
    if carried:
        yield Row("carried", code, carried)


def _advances(anchor: Anchor) -> Iterable[Row]:
    advances = list(Advance.objects.filter(payee=anchor.payee_id).order_by("paid_on", "code"))
    left = outstanding(advances)
    return [Row("advance", one.code, -left[one.pk]) for one in advances if left[one.pk]]


def _instalments(anchor: Anchor) -> Iterable[Row]:
    plans = list(InstalmentPlan.objects.filter(payee=anchor.payee_id))
    left = instalments.outstanding(plans)
    return [Row("instalments", one.code, -left[one.pk], text=one.reason) for one in plans if left[one.pk]]


def _deposits(anchor: Anchor) -> Iterable[Row]:
    rows = list(Deposit.objects.filter(payee=anchor.payee_id).order_by("code"))
    held = deposits.held(one.pk for one in rows)
    return [Row("deposit", one.code, held[one.pk], text=one.purpose) for one in rows if held.get(one.pk)]


def _repaid_guarantee(anchor: Anchor, ends_on: date) -> Iterable[Row]:
    """What the contract takes back of top-ups because it ends before its own last day: R(part × Σ top-ups)."""
    contract = Contract.objects.filter(anchor=anchor, starts_on__lte=ends_on, ends_on__gt=ends_on).first()
    if contract is None:
        return
    version = version_on(contract, ends_on)
    if version is None or version.guarantee_repay_months is None:
        return
    last = first = Month.of(ends_on)
    for _month in range(version.guarantee_repay_months - 1):
        first = first.previous
    rows = Statement.objects.filter(payee=anchor.payee_id, period__code__gte=f"{first}", period__code__lte=f"{last}")
    top_ups = rows.aggregate(fen=models.Sum("guarantee_top_up_fen"))["fen"] or 0
    repaid = R(Fraction(version.guarantee_repay_rate) * top_ups)
    if repaid:
        yield Row("guarantee", f"{version}", -repaid, text=f"{first} – {last}")


def tail(anchor: Anchor, ends_on: date) -> Iterable[Row]:
    """The tail commission that follows where the contract ends on `ends_on`, or ended before (docs/money.md §3.3)."""
    contract = Contract.objects.filter(anchor=anchor, starts_on__lte=ends_on).order_by("starts_on").last()
    if contract is None:
        return
    last = min(contract.ends_on, ends_on)
    version = version_on(contract, last)
    if version is None or version.tail_days is None or last + timedelta(days=version.tail_days) <= ends_on:
        return
    days = f"{last + timedelta(days=1)} – {last + timedelta(days=version.tail_days)}"
    kind, rate = "tail_rate", version.tail_rate
    if version.tail_share_rate is not None:
        kind, rate = "tail_share", version.tail_share_rate
    yield Row(kind, f"{version}", 0, counts=False, text=f"{days} · {percent(rate)}")


def _told(anchor: Anchor, ends_on: date) -> Iterable[Row]:
    """What is no debt yet, or none by itself: the tail commission, top-ups that were paid, orders that settle later."""
    yield from tail(anchor, ends_on)
    top_ups = Statement.objects.filter(payee=anchor.payee_id, guarantee_top_up_fen__gt=0).order_by("period__code")
    for code, fen in top_ups.values_list("period__code", "guarantee_top_up_fen"):
        yield Row("top_up", code, fen, counts=False)
    to_come = pending(anchor, ends_on)
    for code, fen in to_come.months.items():
        yield Row("pending", code, fen, counts=False)
    for kind, amount in (("overdue", to_come.overdue), ("undated", to_come.undated)):
        if amount:
            yield Row(kind, "", amount, counts=False)
    if to_come.share:
        yield Row("share", "", to_come.share, counts=False)
