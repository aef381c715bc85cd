"""Positions and steps of an exit in the reader's language: for the page and for the paper."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from mcn.core import formats
from mcn.settlements.exits.plan import Step
from mcn.settlements.exits.sheet import TAILS, ClaimKind, Row

# What a position is, and where it comes from; claims and deposits say the latter themselves.
ROWS = {
    "payable": (_("Net pay of closed months, not paid yet"), _("payable to payees, by the books")),
    "draft": (_("Net pay of %(month)s, provisional"), _("the month is not closed")),
    "carried": (_("Carried forward from %(month)s"), _("statement, line 13")),
    "advance": (_("Advance %(code)s, outstanding"), _("paid, less what statements and deposits took")),
    "instalments": (_("Debt %(code)s in instalments, outstanding"), ""),
    "deposit": (_("Deposit %(code)s"), ""),
    "guarantee": (_("Guarantee top-ups repaid by contract %(code)s"), ""),
    "claim": ("%(claim)s", ""),
    "tail_share": (_("Tail commission by contract %(code)s, at a part of its rates"), ""),
    "tail_rate": (_("Tail commission by contract %(code)s, at a rate of its own"), ""),
    "top_up": (_("Guarantee top-up of %(month)s"), _("statement, line 5")),
    "pending": (_("Orders expected to settle in %(month)s"), _("estimated commission, before any fee")),
    "overdue": (_("Orders open for longer than any settlement took"), _("estimated commission, before any fee")),
    "undated": (_("Orders that nobody can date"), _("estimated commission; too few settlements to learn from")),
    "share": (_("What of the open orders may become the anchor's"), _("at the rate of the last closed months")),
}
OF_A_MONTH = {"draft", "carried", "top_up", "pending"}
STEPS = {
    "contract": _("Contract %(ref)s ends on %(to)s"),
    "tail": _("Orders paid afterwards earn tail commission by %(ref)s: %(to)s"),
    "left": _("Anchor %(ref)s is marked as left"),
    "penalty": _("Penalty %(ref)s is deducted from the statement"),
    "keep": _("Deposit %(ref)s pays the claim"),
    "set_off": _("Deposit %(ref)s repays advance %(to)s"),
    "set_off_plan": _("Deposit %(ref)s repays debt %(to)s"),
    "take_whole": _("Debt %(ref)s is taken back in full from all that is still paid"),
    "recoup": _("Advance %(ref)s is recouped in full from all that is still paid"),
    "give_back": _(
        "Deposit %(ref)s: the rest is to be given back, recorded when the bank has paid it"
    ),  # before payouts
    "release": _("Deposit %(ref)s: the rest goes back with the next payout"),
    "stays": _("Deposit %(ref)s: the rest stays held until nothing is owed"),
}
OF_A_CLAIM = {"penalty", "keep"}  # steps that are about a claim say which


@dataclass(frozen=True)
class Told:
    """A position: what it is, where it comes from, and its amount in fen (None: no money)."""

    label: str
    source: str
    amount_fen: int | None


def row(found: Row) -> Told:
    """A position in words."""
    label, source = ROWS[found.kind]
    values = {
        "code": found.ref,
        "month": formats.period(found.ref) if found.kind in OF_A_MONTH and found.ref else "–",
        "claim": ClaimKind(found.ref).label if found.kind == "claim" else "",
    }
    return Told(str(label) % values, found.text or str(source), None if found.kind in TAILS else found.amount_fen)


def step(found: Step) -> Told:
    """A step in words."""
    label = str(STEPS[found.what]) % {"ref": found.ref, "to": found.to}
    return Told(label, found.to if found.what in OF_A_CLAIM else "", found.amount_fen or None)
