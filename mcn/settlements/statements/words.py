"""Words for the parts of a statement: its columns, what shared it, its guarantee and its tax."""

from fractions import Fraction
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.commissions.models import Bucket
from mcn.core import formats
from mcn.core.formats import exact_percent
from mcn.settlements.models import Correction, Statement

METHODS = {
    "per_payment": gettext_lazy("labour remuneration, per payment"),
    "cumulative_platform": gettext_lazy("labour remuneration, cumulative"),
    "non_resident": gettext_lazy("labour remuneration of a non-resident"),
    "wages": gettext_lazy("wages, cumulative"),
}


def label(column: str) -> str:
    """What a statement's column is called."""
    return str(capfirst(Statement._meta.get_field(column).verbose_name))  # type: ignore[union-attr]


def bucket_rule(bucket: Bucket) -> str:
    """What the bucket's lines were shared by: an income with its scope, or an override."""
    if bucket.override is not None:
        return _("Override on %(basis)s") % {"basis": bucket.override.get_basis_display()}
    if bucket.rule is None:
        return str(bucket.get_kind_display())
    rule = bucket.rule
    is_tail = bucket.version is not None and bucket.version.tail_of_id is not None
    income = _("Tail commission") if is_tail else rule.get_income_display()
    return f"{income} · {rule.get_scope_display()} {rule.scope_text.partition(':')[2]}".rstrip()


def bucket_rate(bucket: Bucket) -> str:
    """The exact q of the bucket as a percentage; nothing where each line keeps its own rate."""
    if bucket.kind == Bucket.Kind.CLAWBACK or not bucket.rate_denominator:
        return "–"
    return exact_percent(Fraction(int(bucket.rate_numerator or 0), int(bucket.rate_denominator)))


def correction_words(correction: Correction) -> str:
    """A correction with what it puts right and why."""
    return f"{correction.code} · {corrected_words(correction)}: {correction.reason}"


def corrected_words(correction: Correction) -> str:
    """What a correction puts right: an order or an entry of a month, a month's statement, or nothing of these."""
    if correction.period is None:
        return _("no statement")
    month = formats.period(correction.period.code)
    if correction.event is not None:
        return _("order %(order)s of %(month)s") % {"order": correction.event.line.order_key, "month": month}
    if correction.entry is not None:
        return _("entry %(entry)s of %(month)s") % {"entry": correction.entry.code, "month": month}
    return _("statement of %(month)s") % {"month": month}


def tier_words(bucket: Bucket) -> str:
    """Which tier metric the month reached; empty for rules with one rate."""
    rule = bucket.rule
    if rule is None or not rule.tier_metric or bucket.metric is None:
        return ""
    value = f"{int(bucket.metric):,}" if rule.tier_metric == "orders" else formats.money(int(bucket.metric))
    return _("%(metric)s %(value)s") % {"metric": rule.get_tier_metric_display(), "value": value}


def guarantee_words(details: dict[str, Any]) -> str:
    """Why the guarantee topped up by so much, or did not."""
    guarantee, attendance = details.get("guarantee"), details.get("attendance") or {}
    if not guarantee:
        return _("no guarantee agreed")
    needs = []
    if guarantee["min_days"]:
        needs.append(
            _("%(have)s of %(need)s valid days") % {"have": attendance["valid_days"], "need": guarantee["min_days"]}
        )
    if guarantee["min_hours"]:
        needs.append(
            _("%(have)s of %(need)s valid hours") % {"have": attendance["valid_hours"], "need": guarantee["min_hours"]}
        )
    amount = formats.money(guarantee["amount"])
    counted = formats.money(details["guaranteed"])
    text = _("guaranteed %(amount)s, this month %(counted)s") % {"amount": amount, "counted": counted}
    return " · ".join([text, *needs])


def agreed_words(details: dict[str, Any]) -> str:
    """Whether the pay is agreed before tax or after it."""
    return _("after tax") if details.get("net_of_tax") else _("before tax")


def tax_borne_words(statement: Statement) -> str:
    """The agreed net, and what it is before tax; empty where the pay is agreed before tax."""
    if not statement.details.get("net_of_tax"):
        return ""
    return _("agreed after tax: %(net)s net is %(gross)s before tax") % {
        "net": formats.money(statement.taxable_fen - statement.tax_fen),
        "gross": formats.money(statement.taxable_fen),
    }


def tax_words(details: dict[str, Any]) -> str:
    """How the tax came about."""
    tax = details["withholding"]
    if tax["method"] is None:
        return _("paid against an invoice; nothing is withheld")
    base = formats.money(int(Fraction(tax["base"])))
    parts = [
        str(METHODS[tax["method"]]),
        _("income %(income)s, taxed %(base)s × %(rate)s − %(quick)s")
        % {
            "income": formats.money(tax["income"]),
            "base": base,
            "rate": exact_percent(Fraction(tax["rate"])),
            "quick": formats.money(tax["quick"]),
        },
    ]
    if tax["withheld_before"]:
        parts.append(_("withheld before %(amount)s") % {"amount": formats.money(tax["withheld_before"])})
    return " · ".join(parts)
