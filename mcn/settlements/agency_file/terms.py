"""The terms of a contract version as the file writes them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import ContractVersion, Payee
from mcn.commissions.models import Override, SplitRule
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Step, Tail, Terms, Tiers
from mcn.core.errors import RuleError
from mcn.settlements.agency_file.parts import Part, inside

Find = Callable[[str, Part, str], Any]  # (kind of record, part, key) → the record, or an error with its place
RECORDS = ("sku", "deal", "brand")


def terms(part: Part, find: Find) -> Terms:
    """The terms of one entry of `versions`. Raises RuleError with the place inside the version."""
    return Terms(
        starts_on=part.date("from"),
        splits=tuple(_within(part, split, _split, find) for split in part.parts("splits")),
        overrides=tuple(_within(part, override, _override, find) for override in part.parts("overrides")),
        guarantee=_within(part, part.part("guarantee"), _guarantee, find),
        clawback_window_days=part.count("clawback_window_days", absent=None),
        net_of_tax=part.flag("net_of_tax", absent=False),
        tail=_within(part, part.part("tail"), _tail, find),
    )


def _within(above: Part, part: Part | None, build: Callable[[Part, Find], Any], find: Find) -> Any:
    """Build from a part; an error names its place relative to the part above."""
    if part is None:
        return None
    with inside(above, part):
        return build(part, find)


def _split(part: Part, find: Find) -> Split:
    scope, target = SplitRule.Scope.NONE.value, None
    if (scoped := part.part("scope")) is not None:
        scope = next(iter(scoped.data))
        target = _within(part, scoped, lambda inner, find: _target(inner, scope, find), find)
    tiers = _within(part, part.part("tiers"), _tiers, find)
    return Split(part.text("income"), scope, target, part.rate("rate", absent=None), tiers)


def _target(part: Part, scope: str, find: Find) -> Any:
    return find(scope, part, scope) if scope in RECORDS else part.text(scope)


def _tiers(part: Part, find: Find) -> Tiers:
    metric = part.text("metric")

    def step(inner: Part, find: Find) -> Step:
        if metric == SplitRule.Metric.ORDERS:
            return Step(_orders(inner), inner.rate("rate"))
        return Step(inner.fen("up_to", absent=None), inner.rate("rate"))

    return Tiers(metric, part.text("mode"), tuple(_within(part, item, step, find) for item in part.parts("steps")))


def _orders(part: Part) -> int | None:
    text = part.text("up_to", absent=None)
    if not text:
        return None
    if Decimal(text) != int(Decimal(text)):
        raise RuleError(_("%(value)s is not a whole number of orders."), field="up_to", value=text)
    return int(Decimal(text))


def _override(part: Part, find: Find) -> OverrideTerms:
    payee: Payee = find("payee", part, "payee")
    return OverrideTerms(
        payee=payee,
        basis=part.text("basis"),
        rate=part.rate("rate"),
        starts_on=part.date("from"),
        ends_on=part.date("until", absent=None),
        income=part.text("income", absent=SplitRule.Income.COMMISSION.value),
        borne_by=part.text("borne_by", absent=Override.BorneBy.AGENCY.value),
    )


def _guarantee(part: Part, find: Find) -> Guarantee:
    return Guarantee(
        amount_fen=part.fen("amount"),
        min_days=part.count("min_days", absent=None),
        min_hours=part.hours("min_hours", absent=None),
        when_short=part.text("when_short", absent=ContractVersion.WhenShort.VOID.value),
        tested=part.text("tested", absent=ContractVersion.Tested.BEFORE_RECOUP.value),
        repay_months=part.count("repay_months", absent=None),
        repay_rate=part.rate("repay_rate", absent=Decimal(1)),
    )


def _tail(part: Part, find: Find) -> Tail:
    return Tail(part.count("days"), part.rate("share", absent=None), part.rate("rate", absent=None))
