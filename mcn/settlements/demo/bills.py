"""The demo's bills: what the platform would say of two accounts in the open month, two days of it differently."""

from django.db import transaction

from mcn.accounts.models import User
from mcn.core.periods import Period
from mcn.sales import reconciliation
from mcn.sales.models import PlatformBill
from mcn.sales.services import BilledDay, bills_save

PLATFORM, ACCOUNTS, BILLED_DAYS = "douyin", ("10000000001", "10000000002"), 20
# Account and day of the month → fen and settlements that the bill has more than the files.
DIFFERENT = {("10000000001", 9): (2346, 1), ("10000000002", 14): (-1190, 0)}


@transaction.atomic
def make_bills(*, actor: User, month: str) -> None:
    """Enter the bills of the month's first days as far as the agency in scope has the accounts."""
    measure = PlatformBill.Measure.POOL
    rows = []
    for day in reconciliation.days_of(Period.parse(month), measure, platform=PLATFORM):
        if day.account_key in ACCOUNTS and day.day.day <= BILLED_DAYS:
            fen, count = DIFFERENT.get((day.account_key, day.day.day), (0, 0))
            rows.append(BilledDay(day.account_key, day.day, day.amount_fen + fen, day.count + count))
    bills_save(actor=actor, platform=PLATFORM, measure=measure, rows=rows)
