"""Whose the events of a month are, set-based (docs/money.md §3); `engine.matching` says the same one by one.

One statement joins a month's events to the roster's tables (`roster_tables`); it runs in several processes at once.
Result: a frame of the columns MATCHED, one row per event and host, in no order; and the temporary table `m_problem` of
the events that are nobody's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from mcn.commissions.calculation.frames import read
from mcn.commissions.calculation.tables import Constants, execute, fill, select_into
from mcn.commissions.engine.matching import NOBODY, PRODUCT_SCOPES, Roster
from mcn.commissions.roster_tables import SCOPES, Ids, roster_tables
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


@dataclass(frozen=True)
class Considered:
    """Which events a match looks at: those of one month, from `first_period` on, and `carried` ones."""

    period: str
    first_period: str = ""
    carried: bool = False


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


# The columns of matched events, in SQL. `kind`: 0 settled, 1 supplement, 2 clawback; `us`: the event's moment, in
# microseconds since 1970; amounts in fen, `weight` in millionths; `holder_id`: the payee whom the platform paid itself.
MATCHED = {
    "event_id": "event_id",
    "line_id": "line_id",
    "kind": "kind",
    "us": "(extract(epoch from occurred_at) * 1000000)::bigint",
    "paid_on": "paid_on - date '1970-01-01'",
    "base": "base",
    "pool": "pool",
    "holder": "holder",
    "holder_id": "holder_id",
    "position": "position",
    "rule_id": "rule_id",
    "weight": "weight",
}
NOBODYS = {"problem": "nullif(problem, 0)", "anchor_id": "anchor_id", "detail": "detail"}
CLAWBACK = 2


def match(what: Considered, roster: Roster, ids: Ids) -> pl.DataFrame:
    """The matched events of those considered. Makes m_past and m_follow, and m_problem of the others."""
    values = parameters(what, roster)
    following = _follow_settled(what, values)
    tables = roster_tables(roster, ids)
    found = read(_attributed_sql(what, roster, tables), MATCHED | NOBODYS, values | tables.parameters)
    if following:
        found = found.join(
            read("select event_id from m_follow", {"event_id": "event_id"}, {}), on="event_id", how="anti"
        )
    # an event is nobody's as a whole, for the reason of one of its hosts
    nobodys = (
        found.filter(pl.col("problem").is_not_null())
        .sort("event_id", "problem", "position")
        .unique("event_id", keep="first", maintain_order=True)
    )
    _put_problems(nobodys, tables.parameters["m_details"])
    matched = found.join(nobodys, on="event_id", how="anti").select(list(MATCHED))
    return typed([matched, follow(values)] if following else [matched])


def typed(rows: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Rows of MATCHED as they are reckoned with."""
    return pl.concat(
        [one.with_columns(pl.col("kind").cast(pl.Int8), pl.col("paid_on").cast(pl.Int32).cast(pl.Date)) for one in rows]
    )


def _put_problems(nobodys: pl.DataFrame, details: list[str]) -> None:
    fill(
        "m_problem",
        "event_id bigint, line_id bigint, pool bigint, problem int, anchor_id bigint, detail text",
        [
            (*row, details[detail - 1] if detail else None)
            for *row, detail in nobodys.select(
                "event_id", "line_id", "pool", "problem", "anchor_id", "detail"
            ).iter_rows()
        ],
    )


def find_problems(what: Considered, roster: Roster, ids: Ids) -> None:
    """Make m_problem alone, as `match` would: whose the other events are, and in which order, is not asked."""
    values = parameters(what, roster)
    following = _follow_settled(what, values)
    tables = roster_tables(roster, ids)
    select_into(
        "m_problem",
        f"""select distinct on (event_id) event_id, line_id, pool, problem, anchor_id,
            (%(m_details)s::text[])[detail] as detail
        from ({_attributed_sql(what, roster, tables)}) m
        where problem <> 0 order by event_id, problem, position""",
        values | tables.parameters,
    )
    if following:
        execute("delete from m_problem p using m_follow f where f.event_id = p.event_id")


def _follow_settled(what: Considered, values: dict[str, Any]) -> bool:
    """Make m_past, and m_follow: clawbacks on lines that earlier months settled. Whether there are any."""
    select_into(
        "m_clawback", f"select e.id as event_id, e.line_id from {_events(what)} e where e.kind = 'clawback'", values
    )
    past("select line_id from m_clawback", values)
    select_into(
        "m_follow",
        "select * from m_clawback where line_id in (select line_id from m_past where kind <> 'clawback')",
    )
    return bool(execute("select exists (select from m_follow)")[0][0])


def past(lines: str, values: dict[str, Any]) -> None:
    """m_past: all shares that earlier months paid on the lines that the query `lines` names."""
    select_into(
        "m_past_event",
        f"""select e.line_id, e.id as event_id, e.kind, e.occurred_at, e.gross_fen - e.fee_fen as pool
        from (select distinct line_id from ({lines}) x) c
        join sales_earningevent e on e.agency_id = %(agency)s and e.line_id = c.line_id""",
        values,
    )
    select_into(
        "m_past",
        f"""select e.line_id, e.event_id, e.kind, s.period, e.occurred_at,
            {business_day("e.occurred_at")} as occurred_on,
            e.pool, s.bucket_id, s.host, s.share_fen as share, s.holder_id
        from m_past_event e
        join commissions_shareline s on s.event_id = e.event_id
        where s.agency_id = %(agency)s and s.period < %(period)s
            and s.first_event <= (select max(event_id) from m_past_event)
            and s.last_event >= (select min(event_id) from m_past_event)""",
        values,
    )


def place_of_lines(tables: Constants) -> str:
    """SQL that joins to lines `l` their account in somebody's hands, and the session that they meet (docs/money.md §3).

    `l` has platform, account, room_id, is_live, paid_at and paid_on. Each line gets at most one row of each table.
    """
    return f"""left join {tables["m_account"]} on m_account.platform = l.platform and m_account.account = l.account
            and m_account.from_on <= l.paid_on and (m_account.until_on is null or l.paid_on < m_account.until_on)
        left join {tables["m_room"]} on m_room.platform = l.platform and m_room.room_id = l.room_id
            and (m_room.from_at is null or m_room.from_at <= l.paid_at)
            and (m_room.until_at is null or l.paid_at < m_room.until_at)
        left join {tables["m_window"]} on m_room.room_id is null and l.is_live is distinct from false
            and m_window.platform = l.platform and m_window.account_id = m_account.account_id
            and m_window.roomless = (l.room_id <> '') and m_window.day = l.paid_on
            and m_window.from_at <= l.paid_at and (m_window.until_at is null or l.paid_at < m_window.until_at)"""


def group_of_hosts(otherwise: str) -> str:
    """SQL of the number of the session's hosts (`roster_tables.hosted_sessions`), below 0; `otherwise` outside of all.

    It is null where two sessions fit.
    """
    return f"""case
            when m_room.room_id is not null then m_room.grp
            when m_window.day is not null then m_window.grp
            else {otherwise} end"""


def product_of_lines(tables: Constants) -> str:
    """SQL that joins to lines `l` the SKU that their product is linked to, with its brand and category."""
    return f"""left join {tables["m_product"]} on m_product.platform = l.platform
            and m_product.product_id = l.product_id"""


@dataclass(frozen=True)
class RuleChoice:
    """SQL for the rule of an order line `l` under a version `m_version` (docs/money.md §4.1): the expression, the joins
    that it needs, and whether goods are among them."""

    rule: str
    joins: str
    goods: bool

    @property
    def sku_missing(self) -> str:
        """SQL for whether the version needs to know the SKU of the line and does not."""
        return "m_version.needs_sku and m_product.sku is null" if self.goods else "false"


def rule_choice(roster: Roster, tables: Constants) -> RuleChoice:
    """How a rule is chosen among the commission rules of the roster, whose tables these are."""
    used: set[str] = {rule.scope for rule in roster.rules if rule.income == "commission"}
    goods = bool(used & PRODUCT_SCOPES)
    value = {
        "sku": "m_product.sku",
        "deal": "m_deal.deal",
        "brand": "m_product.brand",
        "category": "m_product.category",
        "platform": "l.platform",
    }
    scopes = [scope for scope in SCOPES if scope in used]
    joins = []
    if goods:
        joins.append(product_of_lines(tables))
    if "deal" in used:
        joins.append(f"""left join {tables["m_deal"]} on m_deal.sku = m_product.sku
            and m_deal.from_on <= l.paid_on and l.paid_on < m_deal.until_on""")
    joins += [
        f"left join {tables[f'm_{scope}_rule']} on m_{scope}_rule.version_id = m_version.version_id"
        f" and m_{scope}_rule.value = {value[scope]}"
        for scope in scopes
    ]
    rule = f"coalesce({', '.join([*(f'm_{scope}_rule.rule' for scope in scopes), 'm_version.rule'])})"
    return RuleChoice(rule, "\n".join(joins), goods)


def _attributed_sql(what: Considered, roster: Roster, tables: Constants) -> str:
    """Events with anchor, version and rule, or the problem that they have."""
    choice = rule_choice(roster, tables)
    return f"""
        select l.occurred_at, l.event_id, l.line_id, l.kind, l.paid_on, l.base, l.pool, l.holder, m_account.holder_id,
            coalesce(m_part.position, 0) as position, m_part.anchor_id, m_part.weight, {choice.rule} as rule_id,
            case
                when m_account.anchor_id is not null and {choice.rule} is not null
                    and not ({choice.sku_missing}) then 0 -- nearly all: first
                when l.account = any(%(nobody)s) then 1
                when l.paid_on is null then 2
                when m_account.anchor_id is null then 3
                when m_part.grp is null then 4
                when m_version.version_id is null then 5
                {f"when {choice.sku_missing} then 6" if choice.goods else ""}
                else 7
            end as problem,
            case when m_part.grp is null then coalesce(m_room.detail, m_window.detail) end as detail
        from (
            select e.id as event_id, e.line_id, e.occurred_at, e.base_fen as base, e.gross_fen - e.fee_fen as pool,
                e.holder_fen as holder,
                case e.kind when 'settled' then 0 when 'supplement' then 1 else 2 end::smallint as kind,
                l.platform, coalesce(nullif(l.account_key, ''), l.account_name) as account,
                l.product_id, l.room_id, l.is_live, l.paid_at, l.paid_on
            from {_events(what)} e
            join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
        ) l
        {place_of_lines(tables)}
        left join {tables["m_part"]} on m_part.grp = {group_of_hosts("m_account.anchor_id")}
        left join {tables["m_version"]} on m_version.anchor_id = m_part.anchor_id
            and m_version.from_on <= l.paid_on and (m_version.until_on is null or l.paid_on < m_version.until_on)
        {choice.joins}
    """


def follow(values: dict[str, Any]) -> pl.DataFrame:
    """Clawbacks on lines that were settled before go to whom those settlements paid, whatever the roster says."""
    return read(
        """
        select e.id as event_id, e.line_id, 2 as kind, e.occurred_at, null::date as paid_on, e.base_fen as base,
            e.gross_fen - e.fee_fen as pool, e.holder_fen as holder, h.holder_id, h.host as position, b.rule_id,
            (b.weight * 1000000)::bigint as weight
        from m_follow f
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = f.event_id
        join (
            select distinct on (line_id) line_id, event_id from m_past
            where kind <> 'clawback' order by line_id, period desc, occurred_at desc, event_id desc
        ) last on last.line_id = e.line_id
        join m_past h on h.event_id = last.event_id
        join commissions_bucket b on b.agency_id = %(agency)s and b.id = h.bucket_id and b.kind = 'share'
        """,
        MATCHED,
        values,
    )


def causes_sql() -> str:
    """SQL of (event_id, reason, cause, pool) for every row of m_problem."""
    reason = " ".join(f"when {number} then '{name}'" for number, name in PROBLEMS.items())
    cause = " ".join(f"when {number} then {text}" for number, text in CAUSES.items())
    return f"""select m.event_id, case m.problem {reason} end as reason, left(case m.problem {cause} end, 200) as cause,
            m.pool
        from m_problem m
        join sales_orderline l on l.agency_id = %(agency)s and l.id = m.line_id
        left join anchors_anchor a on a.agency_id = %(agency)s and a.id = m.anchor_id"""
