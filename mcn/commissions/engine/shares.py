"""Shares of one period (docs/money.md §4): buckets with cumulative rounding, overrides, clawbacks, other
income.

One pass over the events in bucket order does it all, because a line's own order of events is the same order.
Whole fen and exact fractions only; the rounding is `mcn.core.money.round_ratio`.
"""

from collections import defaultdict
from fractions import Fraction
from typing import Protocol, TypeVar

from mcn.commissions.engine.buckets import Bucket
from mcn.commissions.engine.inputs import (
    UNRULED,
    Entry,
    EntryMatch,
    Event,
    Host,
    Match,
    Override,
    PeriodInputs,
    Rule,
)
from mcn.commissions.engine.results import AgencyShare, Column, Method, PeriodResult, RuleRate, ShareLine
from mcn.commissions.engine.so_far import LineSoFar
from mcn.commissions.engine.tiers import tier_rate
from mcn.commissions.engine.totals import Metrics, Totals
from mcn.core.money import R, round_ratio

ONE = Fraction(1)
ZERO = Fraction(0)
INCOME_COLUMNS: dict[str, Column] = {
    "commission_cost": "commission_share",
    "slot_fee": "slot_fee_share",
    "tips": "tips_share",
    "ads": "ads_share",
    "bonus": "bonus",
    "correction": "bonus",
}


def calculate(inputs: PeriodInputs) -> PeriodResult:
    """All shares of one period, with totals by payee and the history the next period needs. Amounts in fen.

    Raises ValueError when an event or entry has no match, an id is given twice, or a match names an unknown
    rule.
    """
    return _Calculation(inputs).run()


class _Calculation:
    def __init__(self, inputs: PeriodInputs) -> None:
        self.period = inputs.period
        self.rules = _by_id(inputs.rules, "rule")
        self.versions = _by_id(inputs.versions, "version")
        self.matches = {match.event_id: match for match in inputs.matches}
        self.entry_matches = {match.entry_id: match for match in inputs.entry_matches}
        self.history = {line.line_id: line for line in inputs.history}
        self.overrides: dict[int, list[Override]] = defaultdict(list)
        for override in sorted(inputs.overrides, key=lambda o: o.id):
            self.overrides[override.version_id].append(override)

        events = sorted(_by_id(inputs.events, "event").values(), key=lambda e: e.order)
        self.unmatched = [m for m in map(self._match, events) if m.reason is not None]
        left_out = {match.event_id for match in self.unmatched}
        self.events = [event for event in events if event.id not in left_out]
        entries = sorted(_by_id(inputs.entries, "entry").values(), key=lambda e: (e.on, e.code, e.id))
        pairs = [(entry, self._entry_match(entry)) for entry in entries]
        self.unmatched_entries = [match for _, match in pairs if match.reason is not None]
        self.entries = [(entry, match) for entry, match in pairs if match.reason is None]

        self.totals = Totals()
        self.rates = self._rates()
        self.buckets: dict[tuple[int, int, int], Bucket] = {}  # by rule and weight
        self.override_buckets: dict[int, Bucket] = {}
        self.touched: dict[int, LineSoFar] = {}
        self.out: list[ShareLine] = []
        self.agency: list[AgencyShare] = []

    def run(self) -> PeriodResult:
        for event in self.events:
            self._event(event, self.matches[event.id])
        for entry, match in self.entries:
            self._entry(entry, match)
        for line in self.out:
            self.totals.add_share(line)
        return PeriodResult(
            period=self.period,
            lines=tuple(self.out),
            agency=tuple(self.agency),
            totals=self.totals.result(),
            rates=tuple(self.rates[rule_id] for rule_id in sorted(self.rates)),
            unmatched=tuple(self.unmatched),
            unmatched_entries=tuple(self.unmatched_entries),
            history=tuple(self.touched[line_id].history(line_id) for line_id in sorted(self.touched)),
        )

    def _match(self, event: Event) -> Match:
        match = self.matches.get(event.id)
        if match is None:
            raise ValueError(f"event {event.id} has no match")
        if match.reason is None and not match.hosts:
            raise ValueError(f"event {event.id} is matched to nobody")
        for host in match.hosts:
            if host.rule_id not in self.rules or host.version_id not in self.versions:
                raise ValueError(f"event {event.id} is matched to an unknown rule or contract version")
        return match

    def _entry_match(self, entry: Entry) -> EntryMatch:
        match = self.entry_matches.get(entry.id)
        if match is None:
            raise ValueError(f"entry {entry.id} has no match")
        needs_rule = match.reason is None and entry.income not in UNRULED
        if needs_rule and match.rule_id not in self.rules:
            raise ValueError(f"entry {entry.id} is matched to an unknown rule")
        if not needs_rule and match.rule_id is not None:
            raise ValueError(f"entry {entry.id} of income {entry.income} takes no rule")
        return match

    def _rates(self) -> dict[int, RuleRate]:
        """The rate of every rule in this period; tiers by the metric of their contract version (§4.4)."""
        metrics = Metrics()
        for event in self.events:
            match = self.matches[event.id]
            self.totals.add_event(event, match)
            for host in match.hosts:
                metrics.add(event, host)
        found = {}
        for rule in self.rules.values():
            metric = None if rule.tiers is None else metrics.value(rule.version_id, rule.tiers.metric)
            found[rule.id] = RuleRate(rule.id, rule.version_id, _rate(rule, metric), metric)
        return found

    def _event(self, event: Event, match: Match) -> None:
        line = self.touched.get(event.line_id)
        if line is None:
            line = self.touched[event.line_id] = LineSoFar(self.history.get(event.line_id))
        start = len(self.out)
        hosts = sorted(match.hosts, key=lambda host: host.position)
        if event.kind != "clawback":
            for host in hosts:
                self._settle(event, host)
            line.settled_here = True
            line.hosts, line.session, line.holder_payee = tuple(hosts), match.session, match.holder_payee
            if event.kind == "settled" and line.first_settled_on is None:
                line.first_settled_on = event.occurred_on
        elif line.settled_here and line.pool != 0:
            self._take_back(event, line)
        else:
            for host in hosts:
                self._take_at_rate(event, host, line)
        line.pool += event.pool
        mine = self.out[start:]
        for share in mine:
            line.add(share)
        self.agency.append(AgencyShare("event", event.id, event.pool, event.pool - sum(s.share for s in mine)))

    def _settle(self, event: Event, host: Host) -> None:
        """A host's share by cumulative rounding in its bucket, and the overrides on it (§4.2, §4.6)."""
        bucket = self._bucket(host.rule_id, host.weight)
        before, share = bucket.total, bucket.add(event.pool)
        part = host.weight * event.pool
        overrides = []
        borne = 0
        for override in self.overrides[host.version_id]:
            if not override.covers(event.paid_on):
                continue
            basis = {"pool": part, "anchor_share": Fraction(share), "agency_share": part - share}[override.basis]
            own = self.override_buckets.setdefault(override.id, Bucket(override.rate))
            so_far, amount = own.total, own.add(basis)
            borne += amount if override.borne_by == "anchor" else 0
            overrides.append(
                ShareLine(
                    source="event",
                    source_id=event.id,
                    line_id=event.line_id,
                    payee=override.payee,
                    anchor=host.anchor,
                    role="override",
                    host=host.position,
                    version_id=host.version_id,
                    rule_id=override.id,
                    weight=host.weight,
                    pool=event.pool,
                    basis=basis,
                    rate=override.rate,
                    share=amount,
                    column="override_share",
                    method="bucket",
                    before=Fraction(so_far),
                    after=Fraction(own.total),
                )
            )
        line = _host_line(
            event,
            host,
            self.rates[host.rule_id].rate,
            share=share - borne,
            column="commission_share",
            method="bucket",
            before=Fraction(before),
            after=Fraction(bucket.total),
            borne=borne,
        )
        self.out += [line, *overrides]

    def _bucket(self, rule_id: int, weight: Fraction) -> Bucket:
        """The bucket of a rule and weight in this period."""
        key = (rule_id, weight.numerator, weight.denominator)
        if key not in self.buckets:
            self.buckets[key] = Bucket(self.rates[rule_id].rate * weight)
        return self.buckets[key]

    def _take_back(self, event: Event, line: LineSoFar) -> None:
        """The same proportion of what every payee got on the line: S' = R(S × (P + Δ) / P) (§4.5)."""
        after = line.pool + event.pool
        for key in sorted(line.paid):
            paid = line.paid[key]
            late = self._too_late(event, line, paid.version_id)
            share = 0 if late else round_ratio(paid.share, after, line.pool) - paid.share
            self.out.append(
                ShareLine(
                    source="event",
                    source_id=event.id,
                    line_id=event.line_id,
                    payee=paid.payee,
                    anchor=paid.anchor,
                    role=paid.role,
                    host=paid.host,
                    version_id=paid.version_id,
                    rule_id=paid.rule_id,
                    weight=paid.weight,
                    pool=event.pool,
                    basis=paid.weight * event.pool if paid.role == "anchor" else Fraction(0),
                    rate=paid.rate,
                    share=share,
                    column="clawback_share",
                    method="outside_window" if late else "proportion",
                    before=Fraction(late[0] if late else line.pool),
                    after=Fraction(late[1] if late else after),
                    paid_before=paid.share,
                )
            )

    def _take_at_rate(self, event: Event, host: Host, line: LineSoFar) -> None:
        """R(Δ × q) by the host's own rule, for a line with nothing left to be in proportion to (§4.5)."""
        rate = self.rates[host.rule_id].rate
        late = self._too_late(event, line, host.version_id)
        self.out.append(
            _host_line(
                event,
                host,
                rate,
                share=0 if late else R(event.pool * rate * host.weight),
                column="clawback_share",
                method="outside_window" if late else "rate",
                before=Fraction(late[0] if late else 0),
                after=Fraction(late[1] if late else 0),
            )
        )

    def _too_late(self, event: Event, line: LineSoFar, version_id: int) -> tuple[int, int] | None:
        """Days since the line settled and the contract's window, where the window is over; else None."""
        window = self.versions[version_id].clawback_window_days
        if window is None:
            return None
        # the line's first settlement here, else the platform's settlement date, else the payment
        first = line.first_settled_on or event.settled_on or event.paid_on or event.occurred_on
        days = (event.occurred_on - first).days
        return (days, window) if days > window else None

    def _entry(self, entry: Entry, match: EntryMatch) -> None:
        """Typed income and shared costs: one bucket per rule; costs join the bucket of order events, last
        (§4.3).
        """
        if entry.income == "penalty":
            self.totals.add_penalty(entry.payee, entry.amount)
            return
        rate, before, after, share = ONE, ZERO, ZERO, entry.amount
        if match.rule_id is not None:
            rate = self.rates[match.rule_id].rate
            bucket = self._bucket(match.rule_id, ONE)
            before, share = Fraction(bucket.total), bucket.add(entry.amount)
            after = Fraction(bucket.total)
        self.out.append(
            ShareLine(
                source="entry",
                source_id=entry.id,
                line_id=None,
                payee=entry.payee,
                anchor=entry.anchor,
                role="anchor",
                host=0,
                version_id=match.version_id,
                rule_id=match.rule_id,
                weight=ONE,
                pool=entry.amount,
                basis=Fraction(entry.amount),
                rate=rate,
                share=share,
                column=INCOME_COLUMNS[entry.income],
                method="whole" if match.rule_id is None else "bucket",
                before=before,
                after=after,
            )
        )
        self.agency.append(AgencyShare("entry", entry.id, entry.amount, entry.amount - share))


def _host_line(
    event: Event,
    host: Host,
    rate: Fraction,
    *,
    share: int,
    column: Column,
    method: Method,
    before: Fraction = ZERO,
    after: Fraction = ZERO,
    borne: int = 0,
) -> ShareLine:
    return ShareLine(
        source="event",
        source_id=event.id,
        line_id=event.line_id,
        payee=host.payee,
        anchor=host.anchor,
        role="anchor",
        host=host.position,
        version_id=host.version_id,
        rule_id=host.rule_id,
        weight=host.weight,
        pool=event.pool,
        basis=host.weight * event.pool,
        rate=rate,
        share=share,
        column=column,
        method=method,
        before=before,
        after=after,
        borne=borne,
    )


def _rate(rule: Rule, metric: Fraction | None) -> Fraction:
    if rule.tiers is not None and metric is not None:
        return tier_rate(rule.tiers, metric)
    assert rule.rate is not None
    return rule.rate


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Identified)


def _by_id(items: tuple[T, ...], what: str) -> dict[int, T]:
    found = {item.id: item for item in items}
    if len(found) != len(items):
        raise ValueError(f"an id of {what} is given twice")
    return found
