"""Advances, deposits and attendance."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP, differing, find, keep, save_by
from mcn.accounts.models import User
from mcn.anchors.models import Advance, Anchor, Attendance, Deposit, Payee, WageDeductions
from mcn.core.errors import RuleError
from mcn.core.periods import Period


@transaction.atomic
def advance_save(
    *,
    actor: User | None,
    payee: Payee,
    code: str,
    amount_fen: int,
    paid_on: date,
    recoup_rate: Decimal,
    taxed_when_paid: bool = KEEP,
    instalment_fen: int | None = KEEP,
    recoup_from: str = KEEP,
) -> tuple[Advance, str]:
    """Create or change an advance of `amount_fen`; at most `recoup_rate` of a month's earnings takes it back.

    No month takes back more than `instalment_fen` (fen; None: no such limit), and none before `recoup_from` (YYYY-MM;
    "": from the month in which it is paid). Returns it and the outcome. Raises RuleError for an amount or instalment
    that is not positive, a rate outside [0, 1] and a malformed month (docs/money.md §5.3). What was paid cannot change
    once a closed month took some of it back; the database refuses it.
    """
    if amount_fen <= 0:
        raise RuleError(_("An advance is more than 0."), field="amount")
    guards.rate(recoup_rate, field="recoup_rate")
    if instalment_fen is not KEEP and instalment_fen is not None and instalment_fen <= 0:
        raise RuleError(_("An instalment is more than 0."), field="instalment")
    if recoup_from is not KEEP and recoup_from:
        _month(recoup_from, field="recoup_from")
    return save_by(
        Advance,
        {"payee": payee, "code": code},
        actor=actor,
        amount_fen=amount_fen,
        paid_on=paid_on,
        recoup_rate=recoup_rate,
        taxed_when_paid=taxed_when_paid,
        instalment_fen=instalment_fen,
        recoup_from=recoup_from,
    )


def _month(text: str, *, field: str) -> Period:
    try:
        return Period.parse(text)
    except ValueError as error:
        raise RuleError(_("%(period)s is not a month such as 2026-07."), field=field, period=text) from error


@transaction.atomic
def deposit_save(*, actor: User | None, payee: Payee, code: str, purpose: str) -> tuple[Deposit, str]:
    """Create or change a deposit of a payee; money comes into it by its moves. Returns it and the outcome.

    Raises RuleError without a purpose: it is what the payee reads.
    """
    purpose = purpose.strip()
    if not purpose:
        raise RuleError(_("Say what the deposit is for."), field="purpose")
    return save_by(Deposit, {"payee": payee, "code": code}, actor=actor, purpose=purpose)


@transaction.atomic
def attendance_save(
    *,
    actor: User | None,
    anchor: Anchor,
    period: str,
    valid_days: int,
    valid_hours: Decimal,
    last_closed: str | None = None,
) -> tuple[Attendance, str]:
    """Record how many valid days and hours an anchor streamed in a month; returns it and the outcome.

    Guarantees depend on it (docs/money.md §5, line 5). Raises RuleError for a malformed month, more days or
    hours than the month has, and for a change to a month up to `last_closed`, which is settled.
    """
    month = _month(period, field="period")
    days = (month.end - month.start).days
    if not 0 <= valid_days <= days:
        raise RuleError(
            _("%(days)s valid days do not fit into %(period)s, which has %(length)s."),
            field="valid_days",
            days=valid_days,
            period=period,
            length=days,
        )
    if not 0 <= valid_hours <= days * 24:
        raise RuleError(
            _("%(hours)s valid hours do not fit into %(period)s, which has %(length)s."),
            field="valid_hours",
            hours=valid_hours,
            period=period,
            length=days * 24,
        )
    found = find(Attendance, anchor=anchor, period=period)
    values = {"anchor": anchor, "period": period, "valid_days": valid_days, "valid_hours": valid_hours}
    if last_closed and period <= last_closed and (found is None or differing(found, values)):
        raise RuleError(_("%(period)s is closed: its attendance can no longer change."), field="period", period=period)
    return keep(found, Attendance, actor=actor, **values)


@transaction.atomic
def wage_deductions_save(
    *, actor: User | None, payee: Payee, period: str, last_closed: str | None = None, **amounts: int
) -> tuple[WageDeductions, str]:
    """Record what lowers an employee's tax base in a month, fen by field; returns it and the outcome.

    Fields that are not named are 0, or stay as they are. Raises RuleError for a malformed month, an amount below 0,
    whoever is no employee, and a change to a month up to `last_closed`: its tax is withheld.
    """
    _month(period, field="period")
    guards.not_negative(**{name.removesuffix("_fen"): fen for name, fen in amounts.items()})
    if payee.kind != Payee.Kind.EMPLOYEE:
        raise RuleError(_("%(payee)s is no employee: only wages have these deductions."), field="payee", payee=payee)
    found = find(WageDeductions, payee=payee, period=period)
    values = {"payee": payee, "period": period, **amounts}
    if last_closed and period <= last_closed and (found is None or differing(found, values)):
        raise RuleError(_("%(period)s is closed: its tax has been withheld."), field="period", period=period)
    return keep(found, WageDeductions, actor=actor, **values)
