"""Deposits: what is held of a payee, and every change of it, posted at once (docs/money.md §13.1)."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.anchors.models import Advance, Deposit, DepositMove, InstalmentPlan
from mcn.core.errors import RuleError
from mcn.core.formats import money
from mcn.sales.services import lock_sales
from mcn.settlements import instalments
from mcn.settlements.advances import outstanding
from mcn.settlements.ledger.posting import post_deposit_move
from mcn.settlements.services.moves import check_allowed
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

Kind = DepositMove.Kind


def held(deposits: Iterable[int]) -> dict[int, int]:
    """What is held, in fen, by deposit id."""
    rows = DepositMove.objects.filter(deposit__in=list(deposits)).order_by().values_list("deposit_id", "kind")
    found: dict[int, int] = {}
    for deposit, kind, fen in rows.annotate(fen=Sum("amount_fen")):
        found[deposit] = found.get(deposit, 0) + (fen if kind == Kind.RECEIVED else -fen)
    return found


def history(deposit: Deposit) -> list[tuple[DepositMove, int]]:
    """The deposit's statement: its moves in the order in which they were recorded, each with what was held then."""
    told, balance = [], 0
    for move in deposit.moves.select_related("advance", "plan", "made_by").order_by("pk"):
        balance += move.change_fen
        told.append((move, balance))
    return told


@transaction.atomic
def deposit_move(
    *,
    actor: User | None,
    deposit: Deposit,
    kind: str,
    amount_fen: int,
    dated_on: date,
    advance: Advance | None = None,
    plan: InstalmentPlan | None = None,
    note: str = "",
) -> DepositMove:
    """Record that a deposit was received, given back, set off or kept for a claim, and post it.

    `amount_fen` is in fen and above 0. It changes no statement: the advance or the debt in instalments (`plan`) that is
    set off has so much less outstanding for the months to come. Raises NotAllowed, and RuleError for a day in the
    future, more than is held or outstanding, what is another payee's, neither or both of advance and plan, and money
    that is kept without its clause as `note`.
    """
    check_allowed(actor, "deposits.change")
    return moved(
        actor=actor,
        deposit=deposit,
        kind=kind,
        amount_fen=amount_fen,
        dated_on=dated_on,
        advance=advance,
        plan=plan,
        note=note,
    )


def moved(
    *,
    actor: User | None,
    deposit: Deposit,
    kind: str,
    amount_fen: int,
    dated_on: date,
    advance: Advance | None = None,
    plan: InstalmentPlan | None = None,
    note: str = "",
) -> DepositMove:
    """`deposit_move` for who was allowed it by another right, such as settling an exit; in the caller's transaction."""
    lock_sales()  # no month is calculated or closed while an advance gets less
    Deposit.objects.select_for_update().get(pk=deposit.pk)
    note = note.strip()
    if amount_fen <= 0:
        raise RuleError(_("The amount is more than 0."), field="amount_fen")
    if dated_on > Agency.objects.get(pk=current_agency_id()).today():
        raise RuleError(_("%(day)s lies in the future."), field="dated_on", day=dated_on)
    there = held([deposit.pk]).get(deposit.pk, 0)
    if kind != Kind.RECEIVED and amount_fen > there:
        raise RuleError(
            _("Only %(held)s of %(deposit)s is held."), field="amount_fen", held=money(there), deposit=deposit.code
        )
    if kind == Kind.KEPT and not note:
        raise RuleError(_("Say for which claim it is kept, with the clause of the contract."), field="note")
    if kind == Kind.SET_OFF:
        _check_repaid(deposit, advance, plan, amount_fen)
    move = DepositMove(
        deposit=deposit,
        kind=kind,
        amount_fen=amount_fen,
        dated_on=dated_on,
        advance=advance if kind == Kind.SET_OFF else None,
        plan=plan if kind == Kind.SET_OFF else None,
        note=note,
        made_by=actor,
    )
    move.save()
    post_deposit_move(actor=actor, move=move)
    audit.record(actor=actor, action="create", target=move, after=audit.snapshot(move))
    return move


def _check_repaid(deposit: Deposit, advance: Advance | None, plan: InstalmentPlan | None, amount_fen: int) -> None:
    repaid = advance or plan
    if repaid is None or (advance is not None and plan is not None):
        raise RuleError(_("Say which advance or which instalment plan it repays, one of them."), field="advance")
    if repaid.payee_id != deposit.payee_id:
        raise RuleError(
            _("%(advance)s is another payee's."), field="plan" if advance is None else "advance", advance=repaid.code
        )
    if isinstance(repaid, InstalmentPlan):
        left = instalments.outstanding([repaid])[repaid.pk]
    else:
        left = outstanding([repaid])[repaid.pk]
    if amount_fen > left:
        raise RuleError(
            _("Only %(left)s of %(advance)s is outstanding."),
            field="amount_fen",
            left=money(left),
            advance=repaid.code,
        )
