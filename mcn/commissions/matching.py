"""Whose the events of a month are, set-based (docs/money.md §3); `engine.matching` says the same one by one.

The roster becomes small tables in which every look-up has at most one answer: overlapping windows are cut into
pieces beforehand, and a piece that fits twice says so. One statement then joins a month's events to them.
Result: the temporary table `m_match`, one row per event and host; `problem` is 0, or why the event is nobody's.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from mcn.commissions.calculation.tables import execute, fill, select_into
from mcn.commissions.engine.matching import MOST_SPECIFIC_FIRST, NOBODY, PRODUCT_SCOPES, Roster
from mcn.tenancy.scope import current_agency_id

# The first that stands against a line is its reason: lower numbers first.
PROBLEMS = {
    1: "no_anchor_on_line",
    2: "no_contract",  # no payment time: no contract was in force then
    3: "unknown_account",
    4: "two_sessions",
    5: "no_contract",
    6: "unknown_sku",
    7: "no_split_rule",
}
CAUSES = {  # one text for all lines that the same mending helps
    1: "'anchor:' || l.platform",
    2: "'payment_time:' || l.platform",
    3: "l.platform || ':' || coalesce(nullif(l.account_key, ''), l.account_name)",
    4: "'sessions:' || m.detail",
    5: "'contract:' || a.code",
    6: "'product:' || l.platform || ':' || l.product_id",
    7: "'rule:' || a.code",
}
DAY = 86_400

T = TypeVar("T")
Bound = TypeVar("Bound", date, datetime)


@dataclass(frozen=True)
class Ids:
    """Row ids of what the roster names by code: anchors with their payees, and payees."""

    anchors: dict[str, int]
    payees: dict[str, int]


@dataclass(frozen=True)
class Considered:
    """Which events a match looks at: those of one month, from `first_period` on, and `carried` ones."""

    period: str
    first_period: str = ""
    carried: bool = False


def pieces(windows: Iterable[tuple[Bound, Bound | None, T]]) -> Iterator[tuple[Bound, Bound | None, list[T]]]:
    """Cut half-open windows into disjoint pieces, each with all that cover it."""
    known = list(windows)
    bounds: list[Bound] = sorted({start for start, _, _ in known} | {end for _, end, _ in known if end is not None})
    for number, start in enumerate(bounds):
        end = bounds[number + 1] if number + 1 < len(bounds) else None
        inside = [value for first, last, value in known if first <= start and (last is None or start < last)]
        if inside:
            yield start, end, inside


def load_tables(roster: Roster, ids: Ids) -> None:
    """Put the roster into temporary tables."""
    _accounts(roster, ids)
    _sessions(roster, ids)
    _contracts(roster, ids)
    _goods(roster)


def _accounts(roster: Roster, ids: Ids) -> None:
    """m_account: for every text that names an account, the days on which exactly one holds it."""
    payees = {anchor.code: anchor.payee for anchor in roster.anchors}
    by_id, by_name = defaultdict(list), defaultdict(list)
    for account in roster.accounts:
        by_id[account.platform, account.account_id].append(account)
        if account.nickname:
            by_name[account.platform, account.nickname].append(account)
    rows = []
    for (platform, text), accounts in {**by_name, **by_id}.items():
        for start, end, found in pieces([(a.from_on, a.until_on, a) for a in accounts]):
            if len(found) == 1 and end != start:
                holder = found[0]
                payee = ids.payees[payees[holder.anchor]] if holder.platform_split else None
                rows.append((platform, text, start, end, holder.account_id, ids.anchors[holder.anchor], payee))
    fill(
        "m_account",
        "platform text, account text, from_on date, until_on date, account_id text, anchor_id bigint, holder_id bigint",
        rows,
    )


def _sessions(roster: Roster, ids: Ids) -> None:
    """m_room and m_window: the one session of a room or account at a time, or none where two fit; m_part: hosts.

    A group of hosts is a session's (negative) or an anchor alone (its id).
    """
    parts: list[tuple[Any, ...]] = [(number, 0, number, 1_000_000) for number in ids.anchors.values()]
    by_room, by_account = defaultdict(list), defaultdict(list)
    for number, session in enumerate((s for s in roster.sessions if s.hosts), 1):
        for position, host in enumerate(session.hosts):
            parts.append((-number, position, ids.anchors[host.anchor], int(host.weight * 1_000_000)))
        window = (session.starts_at, session.ends_at, (-number, session.code))
        by_account[session.platform, session.account_id, False].append(window)
        if session.room_id:
            by_room[session.platform, session.room_id].append(window)
        else:
            by_account[session.platform, session.account_id, True].append(window)
    fill("m_part", "grp bigint, position int, anchor_id bigint, weight bigint", parts)

    rooms: list[tuple[Any, ...]] = []
    for key, windows in by_room.items():
        everything = [value for _, _, value in windows]
        rest = None
        for start, end, found in pieces(windows) if len(windows) > 1 else ():
            if start != rest:  # outside of all windows it may be any of them
                rooms.append((*key, rest, start, *_one_of(everything)))
            rooms.append((*key, start, end, *_one_of(found)))
            rest = end
        rooms.append((*key, rest, None, *_one_of(everything)))
    fill(
        "m_room",
        "platform text, room_id text, from_at timestamptz, until_at timestamptz, grp bigint, codes text",
        rooms,
    )
    spans = []
    for place, windows in by_account.items():
        for start, end, found in pieces(windows):
            last = end or start
            for day in range(_day(start), _day(last) + 1):
                spans.append((*place, day, start, end, *_one_of(found)))
    fill(
        "m_window",
        "platform text, account_id text, roomless bool, day int, from_at timestamptz, until_at timestamptz,"
        " grp bigint, codes text",
        spans,
    )


def _day(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp() // DAY)


def _one_of(found: list[tuple[int, str]]) -> tuple[int | None, str]:
    return (found[0][0], "") if len(found) == 1 else (None, _codes(found))


def _codes(found: list[tuple[int, str]]) -> str:
    return ", ".join(sorted(code for _, code in found))


def _contracts(roster: Roster, ids: Ids) -> None:
    """m_version: the one version of an anchor on a day; m_rule: commission rules by scope and value."""
    goods = {r.version_id for r in roster.rules if r.income == "commission" and r.scope in PRODUCT_SCOPES}
    by_anchor = defaultdict(list)
    for version in roster.versions:
        if not version.superseded and version.until_on != version.from_on:
            by_anchor[version.anchor].append((version.from_on, version.until_on, version))
    rows = []
    for anchor, versions in by_anchor.items():
        for start, end, found in pieces(versions):
            newest = max(found, key=lambda v: (v.from_on, v.number, v.version))
            rows.append((ids.anchors[anchor], start, end, newest.id, newest.id in goods))
    fill("m_version", "anchor_id bigint, from_on date, until_on date, version_id bigint, needs_sku bool", rows)
    chosen: dict[tuple[int, str, str], int] = {}
    for rule in sorted(roster.rules, key=lambda r: r.id):
        if rule.income == "commission":
            chosen.setdefault((rule.version_id, rule.scope, rule.scope_value), rule.id)
    fill(
        "m_rule",
        "version_id bigint, scope text, value text, rule_id bigint",
        [(*key, rule_id) for key, rule_id in chosen.items()],
    )


def _goods(roster: Roster) -> None:
    """m_product: the SKU of a platform's product; m_deal: the deal of a SKU on a day."""
    products = {}
    for sku in sorted(roster.skus, key=lambda s: s.code, reverse=True):
        for product in sku.products:
            products[product] = (*product, sku.code, sku.brand, sku.category)
    fill("m_product", "platform text, product_id text, sku text, brand text, category text", products.values())
    by_sku = defaultdict(list)
    for deal in roster.deals:
        for sku_code in deal.skus:
            by_sku[sku_code].append((deal.starts_on, date.fromordinal(deal.ends_on.toordinal() + 1), deal))
    rows = []
    for sku_code, deals in by_sku.items():
        for start, end, found in pieces(deals):
            last = min((d for d in found), key=lambda d: (-d.starts_on.toordinal(), d.code))
            rows.append((sku_code, start, end, last.code))
    fill("m_deal", "sku text, from_on date, until_on date, deal text", rows)


# ── The events ───────────────────────────────────────────────────────────────────────────────────────


def _events(what: Considered) -> str:
    carried = ""
    if what.carried:
        carried = """union all
            select e.* from commissions_unmatched u
            join sales_earningevent e on e.agency_id = u.agency_id and e.id = u.event_id
            where u.agency_id = %(agency)s and u.carried and e.original_period >= %(first)s"""
    return f"""(
            select e.* from sales_earningevent e
            where e.agency_id = %(agency)s and e.settle_period = %(period)s and e.original_period >= %(first)s
            {carried}
        )"""


def parameters(what: Considered, roster: Roster) -> dict[str, Any]:
    """What the statements of a month need to know."""
    return {
        "agency": current_agency_id(),
        "period": what.period,
        "first": what.first_period,
        "zone": str(roster.zone),
        "day_start": roster.day_starts_at,
        "nobody": list(NOBODY),
    }


def business_day(moment: str) -> str:
    """SQL for the business date of a moment."""
    return f"(({moment}) at time zone %(zone)s - %(day_start)s::time::interval)::date"


def match(what: Considered, roster: Roster, ids: Ids) -> None:
    """Make m_past, m_follow and m_match for the events considered (`load_tables` comes first)."""
    values = parameters(what, roster)
    following = _follow_settled(what, values)
    select_into("m_match", _match_sql(what, roster, following), values)
    drop_unmatched()
    if following:
        follow(values)


def find_problems(what: Considered, roster: Roster) -> None:
    """Make m_problem alone, as `match` would: whose the other events are, and in which order, is not asked."""
    values = parameters(what, roster)
    following = _follow_settled(what, values)
    select_into("m_problem", _problems(f"({_attributed_sql(what, roster, following)}) m"), values)


def _follow_settled(what: Considered, values: dict[str, Any]) -> bool:
    """Make m_past, and m_follow: clawbacks on lines that earlier months settled. Whether there are any."""
    past(f"select line_id from {_events(what)} e where kind = 'clawback'", values)
    select_into(
        "m_follow",
        f"""select e.id as event_id, e.line_id from {_events(what)} e
        where e.kind = 'clawback' and e.line_id in (select line_id from m_past where kind <> 'clawback')""",
        values,
    )
    return bool(execute("select exists (select from m_follow)")[0][0])


def past(lines: str, values: dict[str, Any]) -> None:
    """m_past: all shares that earlier months paid on the lines that the query `lines` names."""
    select_into(
        "m_past",
        f"""select e.line_id, e.id as event_id, e.kind, s.period, e.occurred_at,
            {business_day("e.occurred_at")} as occurred_on,
            e.gross_fen - e.fee_fen as pool, s.bucket_id, s.host, s.share_fen as share, s.holder_id
        from (select distinct line_id from ({lines}) x) c
        join sales_earningevent e on e.agency_id = %(agency)s and e.line_id = c.line_id
        join commissions_shareline s on s.agency_id = %(agency)s and s.event_id = e.id and s.period < %(period)s""",
        values,
    )


def _match_sql(what: Considered, roster: Roster, following: bool) -> str:
    """The rows of m_match, numbered in the order of docs/money.md §4."""
    return f"""
        select (row_number() over (
                order by occurred_at, platform collate "C", order_key collate "C", line_key collate "C", event_id,
                position))::int as seq,
            event_id, line_id, kind, paid_on, base, pool, holder, holder_id, position, anchor_id, weight, version_id,
            rule_id, problem, detail
        from ({_attributed_sql(what, roster, following)}) m
    """


def _attributed_sql(what: Considered, roster: Roster, following: bool) -> str:
    """Events with anchor, version and rule, or the problem that they have."""
    used: set[str] = {rule.scope for rule in roster.rules if rule.income == "commission"}
    goods = used & PRODUCT_SCOPES
    value = {
        "sku": "g.sku",
        "deal": "d.deal",
        "brand": "g.brand",
        "category": "g.category",
        "platform": "l.platform",
        "none": "''",
    }
    scopes = [scope for scope in MOST_SPECIFIC_FIRST if scope in used]
    rules = "\n".join(
        f"left join m_rule r_{scope} on r_{scope}.scope = '{scope}' and r_{scope}.version_id = v.version_id"
        f" and r_{scope}.value = {value[scope]}"
        for scope in scopes
    )
    rule = f"coalesce({', '.join(f'r_{scope}.rule_id' for scope in scopes)})" if scopes else "null::bigint"
    product = "left join m_product g on g.platform = l.platform and g.product_id = l.product_id" if goods else ""
    deal = ""
    if "deal" in used:
        deal = "left join m_deal d on d.sku = g.sku and d.from_on <= l.paid_on and l.paid_on < d.until_on"
    return f"""
        select l.occurred_at, l.platform, l.order_key, l.line_key, l.event_id, l.line_id, l.kind, l.paid_on,
            l.base, l.pool, l.holder, a.holder_id,
            coalesce(p.position, 0) as position, p.anchor_id, p.weight, v.version_id, {rule} as rule_id,
            case
                when l.account = any(%(nobody)s) then 1
                when l.paid_on is null then 2
                when a.anchor_id is null then 3
                when p.grp is null then 4
                when v.version_id is null then 5
                {"when v.needs_sku and g.sku is null then 6" if goods else ""}
                when {rule} is null then 7
                else 0
            end as problem,
            case when p.grp is null then coalesce(room.codes, span.codes) end as detail
        from (
            select e.id as event_id, e.line_id, e.occurred_at, e.base_fen as base, e.gross_fen - e.fee_fen as pool,
                e.holder_fen as holder,
                case e.kind when 'settled' then 0 when 'supplement' then 1 else 2 end::smallint as kind,
                l.platform, l.order_key, l.line_key, coalesce(nullif(l.account_key, ''), l.account_name) as account,
                l.product_id, l.room_id, l.is_live, l.paid_at, {business_day("l.paid_at")} as paid_on,
                floor(extract(epoch from l.paid_at) / {DAY})::int as day
            from {_events(what)} e
            join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
            {"where not exists (select from m_follow f where f.event_id = e.id)" if following else ""}
            offset 0 -- so that days are reckoned once and not for every look-up
        ) l
        left join m_account a on a.platform = l.platform and a.account = l.account
            and a.from_on <= l.paid_on and (a.until_on is null or l.paid_on < a.until_on)
        left join m_room room on room.platform = l.platform and room.room_id = l.room_id
            and (room.from_at is null or room.from_at <= l.paid_at)
            and (room.until_at is null or l.paid_at < room.until_at)
        left join m_window span on room.room_id is null and l.is_live is distinct from false
            and span.platform = l.platform and span.account_id = a.account_id and span.roomless = (l.room_id <> '')
            and span.day = l.day and span.from_at <= l.paid_at and (span.until_at is null or l.paid_at < span.until_at)
        left join m_part p on p.grp = case
            when room.room_id is not null then room.grp when span.day is not null then span.grp else a.anchor_id end
        left join m_version v on v.anchor_id = p.anchor_id
            and v.from_on <= l.paid_on and (v.until_on is null or l.paid_on < v.until_on)
        {product}
        {deal}
        {rules}
    """


def drop_unmatched() -> None:
    """m_problem: one row per event that is nobody's, with the reason that comes first; m_match keeps the others."""
    select_into("m_problem", _problems("m_match m"))
    execute("delete from m_match m using m_problem p where p.event_id = m.event_id")


def _problems(attributed: str) -> str:
    return f"""select distinct on (event_id) event_id, line_id, pool, problem, detail, anchor_id from {attributed}
        where problem <> 0 order by event_id, problem, position"""


def follow(values: dict[str, Any]) -> None:
    """Clawbacks on lines that were settled before go to whom those settlements paid, whatever the roster says."""
    execute(
        """
        insert into m_match (event_id, line_id, kind, base, pool, holder, holder_id, position, anchor_id, weight,
            version_id, rule_id, problem)
        select e.id, e.line_id, 2, e.base_fen, e.gross_fen - e.fee_fen, e.holder_fen, h.holder_id, h.host,
            b.anchor_id, (b.weight * 1000000)::bigint, b.version_id, b.rule_id, 0
        from m_follow f
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = f.event_id
        join (
            select distinct on (line_id) line_id, event_id from m_past
            where kind <> 'clawback' order by line_id, period desc, occurred_at desc, event_id desc
        ) last on last.line_id = e.line_id
        join m_past h on h.event_id = last.event_id
        join commissions_bucket b on b.agency_id = %(agency)s and b.id = h.bucket_id and b.kind = 'share'
        """,
        values,
    )
    execute("analyze m_match")


def causes_sql() -> str:
    """SQL of (event_id, reason, cause, pool) for every row of m_problem."""
    reason = " ".join(f"when {number} then '{name}'" for number, name in PROBLEMS.items())
    cause = " ".join(f"when {number} then {text}" for number, text in CAUSES.items())
    return f"""select m.event_id, case m.problem {reason} end as reason, left(case m.problem {cause} end, 200) as cause,
            m.pool
        from m_problem m
        join sales_orderline l on l.agency_id = %(agency)s and l.id = m.line_id
        left join anchors_anchor a on a.agency_id = %(agency)s and a.id = m.anchor_id"""
