"""Which payout a bank's line may be of: suggestions with a score and its reasons; a person decides."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mcn.settlements.invoicing import same_name
from mcn.settlements.models import BankLine, Payout

POINTS = {"name": 40, "reference": 40, "account": 30, "soon": 20, "later": 5}
SURE = 60  # from here a suggestion is chosen beforehand, if no other is as good
SOON_DAYS = 3  # between the day to be paid and the day it was booked
LATE_DAYS = 31  # a line that long after the file is of something else


@dataclass(frozen=True)
class Suggestion:
    """A line and the payout that it may pay (or return); `reasons` are keys of POINTS besides the equal amount."""

    line: BankLine
    payout: Payout
    score: int
    reasons: tuple[str, ...]
    is_sure: bool = False


def suggestions(lines: Iterable[BankLine], payouts: Iterable[Payout]) -> list[Suggestion]:
    """For each line the best payout of the same amount, the likeliest first.

    Money that left may be of a payout in a bank's file, or of one that was recorded as paid by hand; money that came in
    of one that was paid. `payouts` come with their batch, and without those that have such a line already. A suggestion
    is sure where its score is SURE and no other line or payout has as much for it.
    """
    rows = list(lines)
    by_amount: dict[int, list[Payout]] = {}
    for payout in payouts:
        by_amount.setdefault(payout.amount_fen, []).append(payout)
    scored = [
        found
        for line in rows
        for payout in by_amount.get(abs(line.amount_fen), ())
        if (found := _scored(line, payout)) is not None
    ]
    scored.sort(key=lambda one: (-one.score, one.line.booked_on, one.line.pk, one.payout.pk))
    most_of_line, most_of_payout = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    for one in scored:
        most_of_line[one.line.pk, one.score] += 1
        most_of_payout[one.payout.pk, one.score] += 1
    best: list[Suggestion] = []
    lines_done: set[int] = set()
    payouts_done: set[int] = set()
    for one in scored:
        if one.line.pk in lines_done or one.payout.pk in payouts_done:
            continue
        lines_done.add(one.line.pk)
        payouts_done.add(one.payout.pk)
        alone = most_of_line[one.line.pk, one.score] == 1 and most_of_payout[one.payout.pk, one.score] == 1
        best.append(Suggestion(one.line, one.payout, one.score, one.reasons, is_sure=alone and one.score >= SURE))
    return best


def _scored(line: BankLine, payout: Payout) -> Suggestion | None:
    """How well a line of the same amount fits a payout; None where it cannot be of it."""
    leaves = line.amount_fen > 0
    if payout.state == Payout.State.EXPORTED and not leaves:
        return None
    exported_at = payout.batch.exported_at
    since = payout.paid_on if not leaves else None
    if since is None and exported_at is not None:
        since = payout.batch.agency.business_date(exported_at)
    if since is None or not 0 <= (line.booked_on - since).days <= LATE_DAYS:
        return None
    account: Any = payout.account
    reasons = []
    if line.name and same_name(line.name, account["name"]):
        reasons.append("name")
    if payout.reference in line.text:
        reasons.append("reference")
    if line.number and line.number == account["account"]:
        reasons.append("account")
    reasons.append("soon" if abs((line.booked_on - payout.batch.pay_on).days) <= SOON_DAYS else "later")
    return Suggestion(line, payout, min(100, sum(POINTS[reason] for reason in reasons)), tuple(reasons))
