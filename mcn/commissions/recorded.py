"""A closed month as it was attributed: from the recorded shares, for proving that they follow from its inputs.

Order lines and roster may have changed since; events, and what was recorded on each share, have not.
"""

from collections import Counter, defaultdict
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from mcn.commissions.calculation.frames import read
from mcn.commissions.calculation.tables import execute, select_into
from mcn.commissions.engine.inputs import (
    Entry,
    EntryMatch,
    Event,
    Host,
    LineHistory,
    Match,
    Paid,
    PeriodInputs,
)
from mcn.commissions.engine.matching import Roster
from mcn.commissions.engine.results import PeriodResult
from mcn.commissions.matching import MATCHED, follow, past, typed
from mcn.commissions.roster_tables import Ids
from mcn.core.periods import Period, business_date

CLAWBACKS = """
    select distinct e.id as event_id, e.line_id
    from m_recorded s
    join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id and e.kind = 'clawback'
"""

# One row per share as it is stored.
STORED = """
    select s.event_id, s.entry_id, s.host::int, b.kind, b."column", b.payee_id, b.anchor_id, b.version_id, b.rule_id,
        b.override_id, (b.weight * 1000000)::bigint as weight, b.rate_numerator as n, b.rate_denominator as d,
        s.share_fen as share, s.dated_on, s.holder_id
    from commissions_shareline s
    join commissions_bucket b on b.agency_id = s.agency_id and b.id = s.bucket_id
    where s.agency_id = %(agency)s and s.period = %(period)s
"""


def match_recorded(values: dict[str, Any]) -> pl.DataFrame:
    """The matched events of a month's shares. Makes m_recorded of these, m_past and m_follow."""
    select_into(
        "m_recorded",
        """select event_id, bucket_id, host, dated_on, holder_id from commissions_shareline
        where agency_id = %(agency)s and period = %(period)s and event_id is not null""",
        values,
    )
    execute("create index on m_recorded (event_id)")
    past(f"select line_id from ({CLAWBACKS}) x", values)
    select_into(
        "m_follow",
        f"select * from ({CLAWBACKS}) x where line_id in (select line_id from m_past where kind <> 'clawback')",
        values,
    )
    select_into("m_settled", SETTLED, values)
    return typed([read("select * from m_settled", MATCHED, {}), read(TAKEN_BACK, MATCHED, values), follow(values)])


SETTLED = """
    select e.id as event_id, e.line_id, case e.kind when 'settled' then 0 else 1 end as kind, e.occurred_at,
        s.dated_on as paid_on, e.base_fen as base, e.gross_fen - e.fee_fen as pool, e.holder_fen as holder,
        s.holder_id, s.host as position, b.rule_id, (b.weight * 1000000)::bigint as weight
    from m_recorded s
    join commissions_bucket b on b.agency_id = %(agency)s and b.id = s.bucket_id and b.kind = 'share'
    join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id and e.kind <> 'clawback'
"""

# Clawbacks that follow no earlier month: on a line that this month settled, or by the rule in force at the payment.
TAKEN_BACK = f"""
    with mine as (
        select c.* from ({CLAWBACKS}) c where not exists (select from m_follow f where f.event_id = c.event_id)
    ), settled as (
        select line_id, min(event_id) as event_id from m_settled group by 1
    ), hosts as (
        select c.event_id, m.holder_id, m.position, m.rule_id, m.weight
        from mine c join settled s on s.line_id = c.line_id join m_settled m on m.event_id = s.event_id
        union all
        select c.event_id, s.holder_id, s.host, s.rule_id, s.weight
        from mine c join ({STORED}) s on s.event_id = c.event_id and s.override_id is null
        where c.line_id not in (select line_id from settled)
    )
    select e.id as event_id, e.line_id, 2 as kind, e.occurred_at, null::date as paid_on, e.base_fen as base,
        e.gross_fen - e.fee_fen as pool, e.holder_fen as holder, h.holder_id, h.position, h.rule_id, h.weight
    from hosts h join sales_earningevent e on e.agency_id = %(agency)s and e.id = h.event_id
"""


def engine_inputs(
    period: Period,
    roster: Roster,
    ids: Ids,
    matched: pl.DataFrame,
    entries: tuple[Entry, ...],
    entry_matches: tuple[EntryMatch, ...],
    values: dict[str, Any],
) -> PeriodInputs:
    """What the reference engine needs to calculate the month of matched events once more."""
    anchors = {number: code for code, number in ids.anchors.items()}
    payees = {number: code for code, number in ids.payees.items()}
    payee_of = {anchor.code: anchor.payee for anchor in roster.anchors}
    hosts: dict[int, list[Host]] = defaultdict(list)
    holders: dict[int, str | None] = {}
    versions = {version.id: version for version in roster.versions}
    version_of = {rule.id: versions[rule.version_id] for rule in roster.rules}
    columns = ("event_id", "position", "rule_id", "weight", "holder_id")
    for event_id, position, rule_id, weight, holder_id in matched.select(columns).sort(columns[:2]).iter_rows():
        version = version_of[rule_id]
        share = Fraction(weight, 1_000_000)
        hosts[event_id].append(Host(position, version.anchor, payee_of[version.anchor], version.id, rule_id, share))
        holders[event_id] = payees[holder_id] if holder_id else None
    return PeriodInputs(
        period=period,
        events=tuple(_events(matched, values, roster)),
        matches=tuple(Match(event_id, tuple(hosts[event_id]), holder_payee=holders[event_id]) for event_id in hosts),
        entries=entries,
        entry_matches=entry_matches,
        versions=roster.versions,
        rules=roster.rules,
        overrides=roster.overrides,
        history=_history(anchors, payees, payee_of, values),
    )


def _events(matched: pl.DataFrame, values: dict[str, Any], roster: Roster) -> list[Event]:
    rows = execute(
        """
        select e.id, e.line_id, l.platform, l.order_key, l.line_key, e.kind, e.occurred_at, e.original_period,
            e.base_fen, e.gross_fen, e.fee_fen, e.holder_fen,
            (select min(s.dated_on) from m_recorded s where s.event_id = e.id)
        from unnest(%(events)s::bigint[]) m (event_id)
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = m.event_id
        join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id""",
        values | {"events": matched.filter(pl.col("position") == 0)["event_id"].to_list()},
    )
    found = []
    for event_id, line_id, platform, order_key, line_key, kind, moment, own, *fen, dated_on in rows:
        back = kind == "clawback"
        found.append(
            Event(
                id=event_id,
                line_id=line_id,
                platform=platform,
                order_key=order_key,
                line_key=line_key,
                kind=kind,
                occurred_at=moment,
                occurred_on=_day(moment, roster),
                own_period=Period.parse(own),
                paid_on=None if back else dated_on,
                settled_on=dated_on if back else None,
                base=fen[0],
                gross=fen[1],
                fee=fen[2],
                holder_change=fen[3],
            )
        )
    return found


def _day(moment: datetime, roster: Roster) -> date:
    return business_date(moment, ZoneInfo(str(roster.zone)), roster.day_starts_at)


def _history(
    anchors: dict[int, str], payees: dict[int, str], payee_of: dict[str, str], values: dict[str, Any]
) -> tuple[LineHistory, ...]:
    rows = execute(
        """
        select p.line_id, p.event_id, p.kind, p.occurred_on, p.pool, p.host, p.share, p.holder_id, b.kind, b.payee_id,
            b.anchor_id, b.version_id, b.rule_id, b.override_id, (b.weight * 1000000)::bigint, b.rate_numerator,
            b.rate_denominator
        from m_past p join commissions_bucket b on b.agency_id = %(agency)s and b.id = p.bucket_id
        order by p.line_id, p.period, p.occurred_at, p.event_id, b.override_id nulls first, p.host""",
        values,
    )
    lines: dict[int, dict[str, Any]] = {}
    for (
        line_id, event_id, kind, occurred_on, pool, host, share, holder_id, manner, payee_id,
        anchor_id, version_id, rule_id, override_id, weight, n, d,
    ) in rows:  # fmt: skip
        line = lines.setdefault(
            line_id,
            {"pool": 0, "settled": False, "first": None, "hosts": {}, "event": None, "holder": None, "paid": {}},
        )
        if event_id != line["event"]:
            line["event"], line["pool"] = event_id, line["pool"] + pool
            if kind != "clawback":
                line["settled"], line["hosts"] = True, {}
                line["holder"] = payees[holder_id] if holder_id else None
            if kind == "settled" and line["first"] is None:
                line["first"] = occurred_on
        anchor, part = anchors[anchor_id], Fraction(weight, 1_000_000)
        if manner == "share":
            line["hosts"][host] = Host(host, anchor, payee_of[anchor], version_id, rule_id, part)
        role = "override" if override_id else "anchor"
        key = (payees[payee_id], role, host)
        before = line["paid"].get(key)
        line["paid"][key] = Paid(
            payee=payees[payee_id],
            role=role,  # type: ignore[arg-type]
            host=host,
            anchor=anchor,
            version_id=version_id,
            rule_id=override_id or rule_id,
            weight=part,
            rate=Fraction(int(n), int(d)) / part,
            share=share + (before.share if before else 0),
        )
    return tuple(
        LineHistory(
            line_id=line_id,
            pool=line["pool"],
            settled_here=line["settled"],
            first_settled_on=line["first"],
            hosts=tuple(line["hosts"][position] for position in sorted(line["hosts"])),
            session=None,
            holder_payee=line["holder"],
            paid=tuple(line["paid"][key] for key in sorted(line["paid"])),
        )
        for line_id, line in lines.items()
    )


def engine_shares(result: PeriodResult, ids: Ids) -> Counter[tuple[Any, ...]]:
    """Shares of the reference engine: event, entry, host, column, payee, version, rule, override, q, share."""
    return Counter(
        (
            line.source_id if line.source == "event" else None,
            line.source_id if line.source == "entry" else None,
            line.host,
            line.column,
            ids.payees[line.payee],
            line.version_id,
            None if line.role == "override" else line.rule_id,
            line.rule_id if line.role == "override" else None,
            line.rate if line.role == "override" else line.rate * line.weight,
            line.share,
        )
        for line in result.lines
    )


def stored_shares(values: dict[str, Any]) -> Counter[tuple[Any, ...]]:
    """Stored shares in the same form."""
    return Counter(
        (event, entry, host, column, payee, version, rule, override, Fraction(int(n), int(d)), share)
        for event, entry, host, column, payee, version, rule, override, n, d, share in execute(
            f"""select event_id, entry_id, host, "column", payee_id, version_id, rule_id, override_id, n, d, share
            from ({STORED}) x""",
            values,
        )
    )
