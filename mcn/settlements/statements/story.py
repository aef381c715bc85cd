"""A statement told in plain sentences, for the person it is about."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Func, IntegerField, Sum, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mcn.commissions.models import Bucket, ShareBlock
from mcn.settlements.corrections.reads import in_statement
from mcn.settlements.models import Correction, Statement
from mcn.settlements.statements import words

# What may happen in a month in the order it is told, and its sentence; the first two name how many orders.
SENTENCES: dict[str, Any] = {
    "commission_share": None,
    "clawback_share": None,
    "slot_fee_share": gettext_lazy("Your part of slot fees"),
    "tips_share": gettext_lazy("Your part of tips"),
    "ads_share": gettext_lazy("Your part of ads"),
    "override_share": gettext_lazy("Your override on other anchors' sales"),
    "bonus": gettext_lazy("Bonus"),
    "guarantee_top_up": gettext_lazy("The guarantee makes up the difference"),
    "penalties": gettext_lazy("Penalties"),
    "paid_by_platform": gettext_lazy("The platform has paid you directly"),
    "brought_forward": gettext_lazy("A negative balance of the month before"),
    "instalments": gettext_lazy("A debt, taken back in instalments as agreed"),
    "tax_borne": gettext_lazy("Your pay is agreed after tax: the agency adds the tax"),
    "tax": gettext_lazy("Tax that the agency withholds for you"),
    "advance_recouped": gettext_lazy("Advances taken back"),
}
DEDUCTED = {"tax", "advance_recouped"}


@dataclass(frozen=True)
class Fact:
    """One thing that happened, as a sentence; `amount` in fen has the sign that it has for the payee.

    `corrects` is the month (YYYY-MM) that a correction puts right.
    """

    sentence: str
    amount: int
    corrects: str = ""


def story(statement: Statement, buckets: list[Bucket]) -> list[Fact]:
    """What happened in the month, without what came to nothing. `buckets`: those of the statement."""
    orders, corrections = _orders(buckets), in_statement(statement, buckets)
    told = []
    for name, sentence in SENTENCES.items():
        amount = getattr(statement, f"{name}_fen")
        if name == "bonus":
            amount -= sum(correction.amount_fen for correction in corrections)
        if amount:
            sentence = str(sentence) if sentence else _counted(name, orders.get(name, 0))
            told.append(Fact(sentence, -amount if name in DEDUCTED else amount))
        if name == "bonus":
            told += [_corrected(correction) for correction in corrections]
    return told


def _corrected(correction: Correction) -> Fact:
    if correction.period is None:
        return Fact(_("Correction: %(reason)s") % {"reason": correction.reason}, correction.amount_fen)
    text = _("Correction, %(what)s: %(reason)s")
    sentence = text % {"what": words.corrected_words(correction), "reason": correction.reason}
    return Fact(sentence, correction.amount_fen, correction.period.code)


def ending(statement: Statement) -> list[Fact]:
    """What it comes to: the net pay, and what goes into the next month."""
    facts = [Fact(_("Net pay"), statement.net_pay_fen)]
    if statement.carried_forward_fen:
        facts.append(Fact(_("Carried into the next month"), statement.carried_forward_fen))
    return facts


def _counted(name: str, lines: int) -> str:
    if name == "clawback_share":
        text = ngettext(
            "%(lines)s order came back after settlement", "%(lines)s orders came back after settlement", lines
        )
    else:
        text = ngettext(
            "%(lines)s settled order brought your share of the commission",
            "%(lines)s settled orders brought your share of the commission",
            lines,
        )
    return text % {"lines": f"{lines:,}"}


def _orders(buckets: list[Bucket]) -> dict[str, int]:
    """How many events of orders each of the counted lines is of: entries (shared costs) are no orders."""
    counted = {b.pk: b.column for b in buckets if b.column in ("commission_share", "clawback_share")}
    if not counted:
        return {}
    events = Func(F("events"), Value(None), function="array_remove")
    number = Func(events, function="cardinality", output_field=IntegerField())
    rows = ShareBlock.objects.filter(period=buckets[0].period, bucket_id__in=list(counted)).values("bucket_id")
    found: dict[str, int] = {}
    for row in rows.annotate(orders=Sum(number)):
        column = counted[row["bucket_id"]]
        found[column] = found.get(column, 0) + row["orders"]
    return found
