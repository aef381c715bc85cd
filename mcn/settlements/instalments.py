"""Debts that are taken back in instalments: agreed, posted at once, and what became of each (docs/money.md §5.7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit, guards
from mcn.accounts.keeping import find, keep
from mcn.accounts.models import User
from mcn.anchors.models import InstalmentPlan, Payee
from mcn.core.errors import Conflict, RuleError
from mcn.core.formats import money
from mcn.core.periods import Period as Month
from mcn.sales.services import lock_sales
from mcn.settlements import recouped
from mcn.settlements.ledger.posting import lock_books, post_plan
from mcn.settlements.models import Period, PlanCancellation, Statement
from mcn.settlements.recouped import SoFar
from mcn.settlements.selectors import last_closed_period
from mcn.settlements.services.moves import check_allowed
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

Kind = InstalmentPlan.Kind


@dataclass(frozen=True)
class PlanStatement(SoFar):
    """One plan from its agreement to today, in fen; `cancelled` if it was, with what was left then."""

    plan: InstalmentPlan
    cancelled: PlanCancellation | None = None

    @property
    def outstanding(self) -> int:
        return super().outstanding if self.cancelled is None else 0

    @property
    def months(self) -> int:
        """How many further months it takes at least: what is left ÷ the most that a month takes, rounded up."""
        return -(-self.outstanding // self.plan.instalment_fen)


def outstanding(plans: Iterable[InstalmentPlan]) -> dict[int, int]:
    """What is left of each plan, in fen by its id: nothing of a cancelled one."""
    wanted = list(plans)
    cancelled = _cancelled(wanted)
    left = recouped.outstanding(InstalmentPlan, wanted)
    return {pk: 0 if pk in cancelled else fen for pk, fen in left.items()}


def _cancelled(plans: list[InstalmentPlan]) -> dict[int, PlanCancellation]:
    rows = PlanCancellation.objects.filter(plan__in=plans, state=PlanCancellation.State.DONE)
    return {row.plan_id: row for row in rows}


def statements_of(plans: Iterable[InstalmentPlan]) -> list[PlanStatement]:
    """The statements of these plans, in their order."""
    wanted = list(plans)
    found = recouped.so_far(InstalmentPlan, wanted)
    cancelled = _cancelled(wanted)
    return [PlanStatement(**vars(found[plan.pk]), plan=plan, cancelled=cancelled.get(plan.pk)) for plan in wanted]


def carried(payee: Payee) -> tuple[str, int]:
    """The last closed month's balance below zero that no plan took over yet: its month (YYYY-MM) and fen, > 0.

    The month is "" where the payee has no closed statement.
    """
    statement = (
        Statement.objects.filter(payee=payee, period__state=Period.State.CLOSED)
        .order_by("-period__code")
        .values_list("period__code", "carried_forward_fen")
        .first()
    )
    if statement is None:
        return "", 0
    code, fen = statement
    return code, -fen - recouped.taken_over().get((payee.pk, code), 0)


@transaction.atomic
def plan_agree(
    *,
    actor: User | None,
    payee: Payee,
    code: str,
    kind: str,
    amount_fen: int,
    agreed_on: date,
    reason: str,
    instalment_fen: int,
    most_rate: Decimal,
    first_month: str,
) -> InstalmentPlan:
    """Agree that a debt of a payee is taken back in instalments, and post it.

    Months from `first_month` (YYYY-MM) on take at most `instalment_fen` and `most_rate` of what is earned, before tax.
    A `carried` debt takes over what the payee's last closed statement carries forward below zero; a guarantee that was
    not earned and a penalty are claims of their own and need their clause as `reason`. Raises NotAllowed; RuleError for
    amounts that are not above 0, a rate outside [0, 1], a month that is closed or none, a day in the future or before
    the month that it comes from is over, more than is carried forward, no reason, and a code that is used.
    """
    check_allowed(actor, "instalments.change")
    lock_sales()  # no month is calculated or closed while what it brings forward changes
    lock_books()
    reason = reason.strip()
    if amount_fen <= 0:
        raise RuleError(_("The amount is more than 0."), field="amount_fen")
    _check_terms(instalment_fen, most_rate, first_month)
    guards.one_of(Kind, kind, field="kind")
    if not reason:
        raise RuleError(_("Say what is owed, with the clause of the contract or the agreement."), field="reason")
    if agreed_on > Agency.objects.get(pk=current_agency_id()).today():
        raise RuleError(_("%(day)s lies in the future."), field="agreed_on", day=agreed_on)
    if InstalmentPlan.objects.filter(payee=payee, code=code).exists():
        raise RuleError(_("%(payee)s has a plan %(code)s already."), field="code", payee=payee, code=code)
    plan = InstalmentPlan(
        payee=payee,
        code=code,
        kind=kind,
        amount_fen=amount_fen,
        carried_from=_carried_from(payee, amount_fen, agreed_on) if kind == Kind.CARRIED else "",
        agreed_on=agreed_on,
        reason=reason,
        instalment_fen=instalment_fen,
        most_rate=most_rate,
        first_month=first_month,
        made_by=actor,
    )
    plan.save()
    post_plan(actor=actor, plan=plan)
    audit.record(actor=actor, action="create", target=plan, after=audit.snapshot(plan))
    return plan


@transaction.atomic
def plan_change(
    *, actor: User | None, plan: InstalmentPlan, instalment_fen: int, most_rate: Decimal, first_month: str
) -> InstalmentPlan:
    """Agree anew how much the open months take; the debt stays. Raises NotAllowed, Conflict for a cancelled plan, and
    RuleError as `plan_agree`.
    """
    check_allowed(actor, "instalments.change")
    if _cancelled([plan]):
        raise Conflict(_("%(plan)s is cancelled already."), plan=plan.code)
    return schedule(actor=actor, plan=plan, instalment_fen=instalment_fen, most_rate=most_rate, first_month=first_month)


def schedule(
    *, actor: User | None, plan: InstalmentPlan, instalment_fen: int, most_rate: Decimal, first_month: str
) -> InstalmentPlan:
    """`plan_change` for who was allowed it by another right, such as settling an exit; in the caller's transaction."""
    lock_sales()
    if first_month == plan.first_month:
        _check_terms(instalment_fen, most_rate, None)
    else:
        _check_terms(instalment_fen, most_rate, first_month)
    kept, _outcome = keep(
        find(InstalmentPlan, pk=plan.pk),
        InstalmentPlan,
        actor=actor,
        instalment_fen=instalment_fen,
        most_rate=most_rate,
        first_month=first_month,
    )
    return kept


def _check_terms(instalment_fen: int, most_rate: Decimal, first_month: str | None) -> None:
    if instalment_fen <= 0:
        raise RuleError(_("An instalment is more than 0."), field="instalment_fen")
    guards.rate(most_rate, field="most_rate")
    if first_month is None:
        return
    try:
        Month.parse(first_month)
    except ValueError as error:
        raise RuleError(
            _("%(period)s is not a month such as 2026-07."), field="first_month", period=first_month
        ) from error
    last = last_closed_period()
    if last is not None and first_month <= last:
        raise RuleError(
            _("%(period)s is closed: the first month is a later one."), field="first_month", period=first_month
        )


def _carried_from(payee: Payee, amount_fen: int, agreed_on: date) -> str:
    month, there = carried(payee)
    if amount_fen > there:
        raise RuleError(
            _("%(payee)s carries %(there)s forward below zero that no plan has taken over."),
            field="amount_fen",
            payee=payee,
            there=money(max(there, 0)),
        )
    if agreed_on < Month.parse(month).last_day:
        raise RuleError(
            _("%(day)s lies before the end of %(period)s, which the debt comes from."),
            field="agreed_on",
            day=agreed_on,
            period=month,
        )
    return month
