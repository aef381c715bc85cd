"""What settling an exit does, step by step: a sheet shows it first, settling does exactly that."""

from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from mcn.anchors.models import Advance, Anchor, Contract, Deposit, InstalmentPlan
from mcn.settlements import deposits, instalments
from mcn.settlements.advances import outstanding
from mcn.settlements.exits.sheet import TAILS, Claim, from_json
from mcn.settlements.models import Exit

WHOLE = Decimal(1)


@dataclass(frozen=True)
class Step:
    """One thing that is done: `ref` is the contract, entry, deposit or advance that it is done to, `to` what it goes
    to (an advance, a claim's text). `amount_fen` where money is moved."""

    what: str
    ref: str
    amount_fen: int = 0
    to: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form in which a settlement keeps it."""
        return asdict(self)


def plan_of(sheet: Exit) -> list[Step]:
    """The steps for a sheet as the agency's data stands now.

    Claims that the deposit pays come first, then what deposits repay of advances and of debts, the oldest first; other
    claims become penalties, and what is left of an advance or debt is taken from all that is still paid. What is left
    of a deposit goes back with the next payout, unless something is still owed.
    """
    contract = contract_to_end(sheet.anchor, sheet)
    steps = [Step("contract", contract.number, to=f"{sheet.ends_on}")] if contract else []
    steps += [Step("tail", row.ref, to=row.text) for row in from_json(sheet.rows) if row.kind in TAILS]
    steps.append(Step("left", sheet.anchor.code))
    claims: list[Claim] = sheet.claims
    pots = _Pots(sheet.anchor)
    for number, claim in enumerate(claims, 1):
        if claim["from_deposit"]:
            steps += pots.take("keep", claim["amount_fen"], claim["text"])
        else:
            steps.append(Step("penalty", f"{sheet.code}-{number}", claim["amount_fen"], claim["text"]))
    for row in from_json(sheet.rows):
        if row.kind == "guarantee":
            steps.append(Step("penalty", f"{sheet.code}-G", -row.amount_fen, f"{row.ref} {row.text}"))
    advances = list(Advance.objects.filter(payee=sheet.anchor.payee_id).order_by("paid_on", "code"))
    left = outstanding(advances)
    owing = False
    for advance in advances:
        owed = left[advance.pk]
        if sheet.set_off:
            taken = pots.take("set_off", owed, advance.code)
            steps += taken
            owed -= sum(step.amount_fen for step in taken)
        owing = owing or owed > 0
        if owed and (advance.recoup_rate, advance.instalment_fen, advance.recoup_from) != (WHOLE, None, ""):
            steps.append(Step("recoup", advance.code, owed))
    plans = list(InstalmentPlan.objects.filter(payee=sheet.anchor.payee_id))
    open_debts = instalments.outstanding(plans)
    for plan in plans:
        owed = open_debts[plan.pk]
        if sheet.set_off:
            taken = pots.take("set_off_plan", owed, plan.code)
            steps += taken
            owed -= sum(step.amount_fen for step in taken)
        owing = owing or owed > 0
        if owed:
            steps.append(Step("take_whole", plan.code, owed))
    # Who still owes something has the deposit kept: it is given back once nothing is open.
    rest = "stays" if owing else "release"
    return [*steps, *(Step(rest, code, fen) for code, fen in pots.left.items() if fen)]


def contract_to_end(anchor: Anchor, sheet: Exit) -> Contract | None:
    """The contract whose last day becomes that of the exit; None where it ends by then anyway."""
    rows = Contract.objects.filter(anchor=anchor, starts_on__lte=sheet.ends_on, ends_on__gt=sheet.ends_on)
    return rows.first()


class _Pots:
    """What is held of an anchor, by deposit, the lower code first: it is taken once."""

    def __init__(self, anchor: Anchor) -> None:
        rows = list(Deposit.objects.filter(payee=anchor.payee_id).order_by("code"))
        held = deposits.held(one.pk for one in rows)
        self.left = {one.code: held.get(one.pk, 0) for one in rows}

    def take(self, what: str, fen: int, to: str) -> list[Step]:
        """Up to `fen` from the deposits in their order."""
        steps = []
        for code, held in self.left.items():
            part = min(held, fen)
            if part > 0:
                self.left[code] -= part
                fen -= part
                steps.append(Step(what, code, part, to))
        return steps
