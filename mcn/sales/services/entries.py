"""Income and costs that are not platform orders."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP, differing, find, keep
from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.brands.models import Deal
from mcn.core.errors import RuleError
from mcn.core.periods import Period, settling_period
from mcn.sales.models import Entry


@transaction.atomic
def entry_save(
    *,
    actor: User | None,
    code: str,
    anchor: Anchor,
    income: str,
    date: date,
    amount_fen: int,
    deal: Deal | None = KEEP,
    note: str = KEEP,
    last_closed: str | None,
) -> tuple[Entry, str]:
    """Create or change the entry with this code; `amount_fen` is in fen. Returns it and the outcome.

    The month that settles it is its own or, if that is closed, the one after `last_closed`, the agency's last
    closed month (docs/money.md §2). Raises RuleError for the wrong sign (a shared cost is negative, all else
    positive), for a correction, which is requested and approved instead, and for a change to an entry that a closed
    month has settled.
    """
    guards.one_of(Entry.Income, income, field="income")
    if income == Entry.Income.CORRECTION:
        raise RuleError(_("A correction is requested, and approved by a second person."), field="income")
    if income == Entry.Income.COMMISSION_COST and amount_fen >= 0:
        raise RuleError(_("A shared cost is written as a negative amount."), field="amount")
    if income != Entry.Income.COMMISSION_COST and amount_fen <= 0:
        raise RuleError(
            _("%(income)s is written as a positive amount."), field="amount", income=Entry.Income(income).label
        )
    closed = Period.parse(last_closed) if last_closed else None
    entry = find(Entry, code=code)
    if entry is not None and entry.income == Entry.Income.CORRECTION:
        raise RuleError(
            _("The entry %(code)s is an approved correction: correct it by a further one."), field="code", code=code
        )
    if entry is not None and entry.source_id is not None:
        raise RuleError(
            _("The entry %(code)s is from a file: bring in a newer file to change it."), field="code", code=code
        )
    values = {
        "code": code,
        "anchor": anchor,
        "income": income,
        "date": date,
        "amount_fen": amount_fen,
        "deal": deal,
        "note": note,
    }
    if entry is not None and last_closed and entry.settle_period <= last_closed:
        if differing(entry, values):
            raise RuleError(
                _("The entry %(code)s was settled in %(period)s, which is closed: write a further entry instead."),
                field="code",
                code=code,
                period=entry.settle_period,
            )
        return keep(entry, Entry, actor=actor)
    settle_period = str(settling_period(Period.of(date), closed))
    if entry is None:
        values["created_by"] = actor
    return keep(entry, Entry, actor=actor, settle_period=settle_period, **values)


@transaction.atomic
def correction_entry_add(
    *, actor: User | None, code: str, anchor: Anchor, date: date, amount_fen: int, note: str
) -> Entry:
    """The entry of a correction that was approved; `amount_fen` (fen) has either sign and is the payee's whole.

    `date` lies in the month that settles it; who calls has seen to it that this month is open. Raises RuleError for a
    code that another entry has.
    """
    if find(Entry, code=code) is not None:
        raise RuleError(_("Another entry has the code %(code)s."), field="code", code=code)
    return keep(
        None,
        Entry,
        actor=actor,
        code=code,
        anchor=anchor,
        income=Entry.Income.CORRECTION,
        date=date,
        amount_fen=amount_fen,
        note=note,
        settle_period=str(Period.of(date)),
        created_by=actor,
    )[0]
