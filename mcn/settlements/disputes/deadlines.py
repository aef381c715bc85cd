"""How long a statement may be disputed, and when it counts as accepted (docs/money.md §10)."""

from dataclasses import dataclass
from datetime import date, timedelta

from mcn.settlements.models import Period, StatementAnswer
from mcn.tenancy.models import Agency


@dataclass(frozen=True)
class Standing:
    """Where a payee stands with a statement: `provisional`, `disputable` (until and with `until`) or `accepted`.

    `accepted_on` is the day from which it counts as accepted; `by_payee` that the payee said so.
    """

    state: str
    until: date | None = None
    accepted_on: date | None = None
    by_payee: bool = False

    @property
    def may_be_disputed(self) -> bool:
        return self.state != "accepted"


def promised(agency: Agency, closed_on: date) -> date:
    """The last day on which a month that closes on this day may be disputed, by the agency's setting."""
    return closed_on + timedelta(days=agency.dispute_days)


def last_day(agency: Agency, period: Period) -> date | None:
    """The last day on which statements of the month may be disputed; None while it is not closed.

    Kept with the month when it closes; for months closed before that, by the agency's setting now.
    """
    if period.closed_at is None:
        return None
    return period.disputable_until or promised(agency, agency.business_date(period.closed_at))


def standing(agency: Agency, period: Period, payee_id: int) -> Standing:
    """Where the payee stands with the statement of the month today."""
    until = last_day(agency, period)
    if until is None:
        return Standing("provisional")
    answer = StatementAnswer.objects.filter(period=period, payee=payee_id).first()
    if answer is not None:
        return Standing("accepted", until, agency.business_date(answer.accepted_at), by_payee=True)
    if agency.today() > until:
        return Standing("accepted", until, until + timedelta(days=1))
    return Standing("disputable", until)
