"""Sums over a period's order events: tier metrics of a contract version, and the month of a payee."""

from collections import defaultdict
from fractions import Fraction

from mcn.commissions.engine.inputs import Event, Host, Match
from mcn.commissions.engine.results import COLUMNS, PayeeTotals, ShareLine
from mcn.commissions.engine.tiers import Metric
from mcn.core.money import R


class _Weighted:
    """Exact Σ weight × amount by name, adding whole fen per weight so that fractions are made only once."""

    def __init__(self) -> None:
        self.parts: dict[int | str, dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))

    def add(self, name: int | str, weight: Fraction, amount: int) -> None:
        self.parts[name][weight.numerator, weight.denominator] += amount

    def total(self, name: int | str) -> Fraction:
        parts = self.parts.get(name, {})
        return sum((Fraction(amount * n, d) for (n, d), amount in parts.items()), Fraction(0))


class Metrics:
    """Tier metrics by contract version (docs/money.md §4.4): weighted, exact; orders distinct and
    unweighted.
    """

    def __init__(self) -> None:
        self.base = _Weighted()
        self.pool = _Weighted()
        self.orders: dict[int, set[tuple[str, str]]] = defaultdict(set)

    def add(self, event: Event, host: Host) -> None:
        """Count one host's part of an event."""
        self.base.add(host.version_id, host.weight, event.base)
        self.pool.add(host.version_id, host.weight, event.pool)
        self.orders[host.version_id].add((event.platform, event.order_key))

    def value(self, version_id: int, metric: Metric) -> Fraction:
        """Fen, or a number of orders; 0 for a version without events."""
        if metric == "orders":
            return Fraction(len(self.orders.get(version_id, ())))
        return (self.base if metric == "net_gmv" else self.pool).total(version_id)


class Totals:
    """Collects what each payee's month adds up to."""

    def __init__(self) -> None:
        self.lines: dict[str, set[int]] = defaultdict(set)
        self.base = _Weighted()
        self.pool = _Weighted()
        self.columns: dict[tuple[str, str], int] = defaultdict(int)

    def add_event(self, event: Event, match: Match) -> None:
        """Lines, net GMV and pool of the hosts; what the platform paid to the account's holder, taken off."""
        for host in match.hosts:
            self.lines[host.payee].add(event.line_id)
            self.base.add(host.payee, host.weight, event.base)
            self.pool.add(host.payee, host.weight, event.pool)
        if match.holder_payee is not None:
            self.columns[match.holder_payee, "paid_by_platform"] -= event.holder_change

    def add_share(self, line: ShareLine) -> None:
        """A share in its column."""
        self.columns[line.payee, line.column] += line.share

    def add_penalty(self, payee: str, amount: int) -> None:
        """A penalty, typed as a positive amount and deducted whole."""
        self.columns[payee, "penalties"] -= amount

    def result(self) -> tuple[PayeeTotals, ...]:
        """One record per payee that took part in anything, by code."""
        payees = sorted({*self.lines, *(payee for payee, _ in self.columns)})
        return tuple(
            PayeeTotals(
                payee=payee,
                lines=len(self.lines.get(payee, ())),
                net_gmv=R(self.base.total(payee)),
                pool=R(self.pool.total(payee)),
                **{
                    column: self.columns.get((payee, column), 0)
                    for column in (*COLUMNS, "penalties", "paid_by_platform")
                },
            )
            for payee in payees
        )
