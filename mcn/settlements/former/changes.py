"""What the newest calculation changed: payee by payee against the former one, and what was done in between."""

from dataclasses import dataclass

from mcn.accounts.models import AuditEntry
from mcn.commissions.models import Mending
from mcn.settlements import readiness
from mcn.settlements.models import FormerBucket, FormerCalculation, FormerStatement, Period, Statement
from mcn.settlements.models.statements import StatementFigures
from mcn.settlements.statements.comparison import Comparison, Row, compare
from mcn.settlements.statements.lines import LINES, buckets_of
from mcn.settlements.statements.words import label

MOST_CAUSES = 50
MONTH_MOVES = ("calculate", "close")  # of an earlier month: it gives balances and tax to this one
BUCKET_PARTS = ("anchor", "version__contract", "rule__sku", "rule__deal", "rule__brand", "override", "payee")


@dataclass(frozen=True)
class PayeeChange:
    """One payee whose statement differs; `statement` is None for who has none any more, `former` for who is new."""

    statement: Statement | None
    former: FormerStatement | None
    rows: list[Row]

    @property
    def any(self) -> Statement | FormerStatement:
        """Whichever of both there is."""
        one = self.statement or self.former
        assert one is not None
        return one

    @property
    def net_pay(self) -> Row:
        """The net pay of both."""
        return Row("net_pay", label("net_pay_fen"), _fen(self.former, "net_pay"), _fen(self.statement, "net_pay"))


def former_of(period: Period) -> FormerCalculation | None:
    """The calculation before the one that stands, of a month that is not closed."""
    return FormerCalculation.objects.select_related("calculated_by").filter(period=period).first()


def changed_payees(period: Period, former: FormerCalculation) -> list[PayeeChange]:
    """Every payee whose statement says something else than before, in the order of codes."""
    now = {row.payee_id: row for row in Statement.objects.filter(period=period)}
    then = {row.payee_id: row for row in former.statements.all()}
    found = []
    for payee in now.keys() | then.keys():
        one, other = now.get(payee), then.get(payee)
        rows = [row for row in _rows(one, other) if row.difference]
        if rows or one is None or other is None:
            found.append(PayeeChange(one, other, rows))
    return sorted(found, key=lambda change: change.any.code)


def _rows(now: StatementFigures | None, then: StatementFigures | None) -> list[Row]:
    names = ["net_gmv", "pool", *(name for _number, name in LINES)]
    return [Row(name, label(f"{name}_fen"), _fen(then, name), _fen(now, name)) for name in names]


def _fen(statement: StatementFigures | None, name: str) -> int:
    return getattr(statement, f"{name}_fen") if statement is not None else 0


def of_statement(statement: Statement, former: FormerCalculation) -> Comparison | None:
    """One statement beside what it said before; None for a payee who is new."""
    then = former.statements.filter(payee=statement.payee_id).first()
    if then is None:
        return None
    buckets = FormerBucket.objects.filter(calculation=former, payee=statement.payee_id).select_related(*BUCKET_PARTS)
    return compare(statement, then, buckets_of(statement), list(buckets))


def causes(period: Period, former: FormerCalculation) -> list[AuditEntry]:
    """What was done between the two calculations to records that a calculation reads, the latest first: imports,
    entries, contracts, accounts, attendance, advances and so on, and calculations and closings of earlier months.
    At most `MOST_CAUSES`.
    """
    done = AuditEntry.objects.filter(at__gt=former.calculated_at, at__lte=period.calculated_at)
    records = done.filter(target__in=readiness.READ, action__in=readiness.CHANGING)
    earlier = done.filter(target="settlements.period", action__in=MONTH_MOVES, target_name__lt=period.code)
    return list((records | earlier).order_by("-at", "-pk")[:MOST_CAUSES])


def mendings(period: Period, former: FormerCalculation) -> list[Mending]:
    """Causes of unmatched money that were mended between the two calculations, the latest first."""
    done = Mending.objects.filter(created_at__gt=former.calculated_at, created_at__lte=period.calculated_at)
    return list(done.select_related("actor").order_by("-created_at")[:MOST_CAUSES])
