"""A statement beside an earlier one of the payee, or beside what a former calculation said: line by line, and why.

All of it is read from what the statements keep: sums, buckets and details. No order line is looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mcn.commissions.models import Bucket
from mcn.core import formats
from mcn.settlements.models import Statement
from mcn.settlements.models.statements import StatementFigures
from mcn.settlements.statements import words
from mcn.settlements.statements.lines import INSTALMENTS, LINES, SUMS, buckets_of

NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One line of both statements; fen."""

    name: str
    label: str
    then: int
    now: int

    @property
    def difference(self) -> int:
        return self.now - self.then

    @property
    def is_pay(self) -> bool:
        return self.name == "net_pay"

    @property
    def is_sum(self) -> bool:
        return self.name in SUMS


@dataclass(frozen=True)
class Fact:
    """Something behind the lines that was another then: what it is, how it was, how it is."""

    label: str
    then: str
    now: str


@dataclass(frozen=True)
class Comparison:
    """All lines of two statements, and what else differs between them."""

    rows: list[Row]
    facts: list[Fact]

    @property
    def changed(self) -> list[Row]:
        """The lines that differ."""
        return [row for row in self.rows if row.difference]


def earlier_months(statement: Statement) -> list[str]:
    """The months before in which the payee has a statement, newest first."""
    rows = Statement.objects.filter(payee=statement.payee_id, period__code__lt=statement.period.code)
    return list(rows.order_by("-period__code").values_list("period__code", flat=True))


def earlier_statement(statement: Statement, code: str) -> Statement | None:
    """The payee's statement of that month, if it is one of the months before."""
    rows = Statement.objects.select_related("period").defer("period__inputs")
    return rows.filter(payee=statement.payee_id, period__code=code, period__code__lt=statement.period.code).first()


def with_month(statement: Statement, earlier: Statement) -> Comparison:
    """The statement beside the payee's one of an earlier month."""
    return compare(statement, earlier, buckets_of(statement), buckets_of(earlier))


def compare(
    now: StatementFigures, then: StatementFigures, buckets_now: Sequence[Any], buckets_then: Sequence[Any]
) -> Comparison:
    """All lines of both, and the facts that differ. Buckets are `Bucket` or have all its fields."""
    rows = [
        Row(name, words.label(f"{name}_fen"), getattr(then, f"{name}_fen"), getattr(now, f"{name}_fen"))
        for _number, name in LINES
        if name != INSTALMENTS or then.instalments_fen or now.instalments_fen
    ]
    facts = [
        Fact(words.label("lines"), f"{then.lines:,}", f"{now.lines:,}"),
        Fact(words.label("net_gmv_fen"), formats.money(then.net_gmv_fen), formats.money(now.net_gmv_fen)),
        Fact(words.label("pool_fen"), formats.money(then.pool_fen), formats.money(now.pool_fen)),
        Fact(_("Contract"), _contracts(buckets_then), _contracts(buckets_now)),
        *_rates(buckets_then, buckets_now),
        Fact(_("Taken back"), _taken_back(then, buckets_then), _taken_back(now, buckets_now)),
        Fact(_("Guarantee"), _guarantee(then), _guarantee(now)),
        Fact(_("Advances"), _advances(then), _advances(now)),
        Fact(_("Tax rate"), _tax_rate(then), _tax_rate(now)),
    ]
    return Comparison(rows, [fact for fact in facts if fact.then != fact.now])


def _contracts(buckets: Iterable[Any]) -> str:
    """The contract versions that shared something."""
    versions = {
        (bucket.version.contract.number, bucket.version.number) for bucket in buckets if bucket.version is not None
    }
    return formats.listed(f"{contract} v{number}" for contract, number in sorted(versions)) or NOTHING


def _rates(then: Iterable[Any], now: Iterable[Any]) -> list[Fact]:
    """Of every rule and override: its rate, without the hosts' weights, and the tier that its metric reached."""
    before, after = _reached(then), _reached(now)
    return [
        Fact(label, before.get(label, NOTHING), after.get(label, NOTHING)) for label in dict.fromkeys([*before, *after])
    ]


def _reached(buckets: Iterable[Any]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for bucket in buckets:
        if bucket.kind not in (Bucket.Kind.SHARE, Bucket.Kind.OVERRIDE):
            continue
        tier = words.tier_words(bucket)
        rate = formats.exact_percent(_rule_rate(bucket))
        told = f"{rate} ({tier})" if tier else rate
        found.setdefault(words.bucket_rule(bucket), []).append(told)
    return {label: formats.listed(sorted(set(told))) for label, told in found.items()}


def _rule_rate(bucket: Any) -> Fraction | None:
    if not bucket.rate_denominator:
        return None
    return Fraction(int(bucket.rate_numerator), int(bucket.rate_denominator)) / Fraction(bucket.weight)


def _taken_back(statement: StatementFigures, buckets: Iterable[Any]) -> str:
    lines = sum(bucket.lines for bucket in buckets if bucket.column == "clawback_share")
    if not lines:
        return NOTHING
    text = ngettext("%(lines)s line, %(amount)s", "%(lines)s lines, %(amount)s", lines)
    return text % {"lines": f"{lines:,}", "amount": formats.money(statement.clawback_share_fen)}


def _guarantee(statement: StatementFigures) -> str:
    return words.guarantee_words(statement.details) if statement.details.get("guarantee") else NOTHING


def _advances(statement: StatementFigures) -> str:
    recouped = statement.details.get("recouped") or []
    return (
        formats.listed(f"{one['code']} {formats.money(one['amount'])}" for one in recouped if one["amount"]) or NOTHING
    )


def _tax_rate(statement: StatementFigures) -> str:
    tax = statement.details.get("withholding") or {}
    if not tax.get("method"):
        return NOTHING
    return f"{words.METHODS[tax['method']]}, {formats.exact_percent(Fraction(tax['rate']))}"
