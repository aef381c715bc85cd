"""What the platforms' own bills say, to compare our sums with."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit, guards
from mcn.accounts.keeping import CHANGED, CREATED, UNCHANGED
from mcn.accounts.models import User
from mcn.core.errors import Conflict, RuleError
from mcn.sales.models import PlatformBill
from mcn.sales.reconciliation import accounts_by_text


@dataclass(frozen=True)
class BilledDay:
    """What a bill says of one day of one account; `amount_fen` is in fen, `count` None where it counts nothing."""

    account_key: str
    day: date
    amount_fen: int
    count: int | None = None


@transaction.atomic
def bills_save(*, actor: User | None, platform: str, measure: str, rows: Sequence[BilledDay]) -> Counter[str]:
    """Keep these days of the platform's bill; returns how many were created, changed and unchanged.

    A day that is known is replaced, also if it was withdrawn; each change is in the audit trail. Raises RuleError for
    an account that the agency has neither in its order lines nor in anybody's hands, a day that stands twice in `rows`,
    and a negative count.
    """
    guards.platform(platform)
    guards.one_of(PlatformBill.Measure, measure, field="measure")
    known = set(accounts_by_text(platform).values())
    given: dict[tuple[str, date], BilledDay] = {}
    for row in rows:
        guards.not_negative(count=row.count)
        if row.account_key not in known:
            raise RuleError(
                _("The agency has no such account there: %(account)s."), field="account", account=row.account_key
            )
        if given.setdefault((row.account_key, row.day), row) is not row:
            raise RuleError(_("%(day)s stands twice."), field="day", day=row.day)
    return _keep(actor, platform, measure, given)


def _keep(actor: User | None, platform: str, measure: str, given: dict[tuple[str, date], BilledDay]) -> Counter[str]:
    """Write what differs, in as many statements for a year as for a day."""
    of_bill = PlatformBill.objects.select_for_update().filter(platform=platform, measure=measure)
    stored = {(bill.account_key, bill.day): bill for bill in of_bill.filter(day__in={day for _account, day in given})}
    new: list[PlatformBill] = []
    changes: list[audit.Change] = []
    for (account_key, day), row in given.items():
        values: dict[str, Any] = {"amount_fen": row.amount_fen, "count": row.count, "is_withdrawn": False}
        bill = stored.get((account_key, day))
        if bill is None:
            new.append(PlatformBill(platform=platform, account_key=account_key, day=day, measure=measure, **values))
        elif any(getattr(bill, name) != value for name, value in values.items()):
            before = audit.snapshot(bill)
            for name, value in values.items():
                setattr(bill, name, value)
            changes.append(audit.Change(bill, before, audit.snapshot(bill)))
    PlatformBill.objects.bulk_create(new)
    PlatformBill.objects.bulk_update(
        [change.target for change in changes], ["amount_fen", "count", "is_withdrawn"], batch_size=1000
    )
    audit.record_all(
        actor=actor, action="create", changes=[audit.Change(bill, None, audit.snapshot(bill)) for bill in new]
    )
    audit.record_all(actor=actor, action="change", changes=changes)
    return Counter({CREATED: len(new), CHANGED: len(changes), UNCHANGED: len(given) - len(new) - len(changes)})


@transaction.atomic
def bill_withdraw(*, actor: User | None, bill_id: int) -> PlatformBill:
    """Take back a day's bill that was wrong altogether: it stays, and is compared with nothing.

    Raises Conflict where it was withdrawn already, PlatformBill.DoesNotExist.
    """
    bill = PlatformBill.objects.select_for_update().get(pk=bill_id)
    if bill.is_withdrawn:
        raise Conflict(_("This bill was withdrawn already."))
    before = audit.snapshot(bill)
    bill.is_withdrawn = True
    bill.save()
    audit.record(actor=actor, action="change", target=bill, before=before, after=audit.snapshot(bill))
    return bill
