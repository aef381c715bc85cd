"""The sums of a month, set-based: what its shares gave, and what they took back of which month (docs/money.md §1.3)."""

from typing import Any

from mcn.commissions.calculation.tables import execute, select_into, tune
from mcn.tenancy.scope import current_agency_id

# Shares of order events: neither overrides, nor entries.
SHARES = """
    select s.event_id, s.host, s.share_fen as share, b.anchor_id, b.weight, s.bucket_id, b.kind <> 'share' as back
    from commissions_shareline s
    join commissions_bucket b on b.agency_id = %(agency)s and b.id = s.bucket_id
    where s.agency_id = %(agency)s and s.period = %(period)s and s.event_id is not null
        and b.override_id is null and b.kind in ('share', 'clawback', 'history_clawback', 'outside_window')
"""
SETTLED = """
    select %(period)s as origin, x.anchor_id, coalesce(g.category, '') as category,
        count(*) filter (where e.kind = 'settled') as lines,
        x.weight * sum(e.gross_fen - e.fee_fen) as settled_pool, sum(x.share) as settled_share,
        0 as clawed_pool, 0 as clawed_share
    from x_share x
    join sales_earningevent e on e.agency_id = %(agency)s and e.id = x.event_id
    join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
    left join ({goods}) g on g.platform = l.platform and g.product_id = l.product_id
    where not x.back
    group by 2, 3, x.weight
"""
# Where one host's place has several payees, each gives back a share of the event, but its pool is there once.
CLAWED = """
    select coalesce(o.origin, '') as origin, x.anchor_id, coalesce(g.category, '') as category, 0 as lines,
        0 as settled_pool, 0 as settled_share,
        -sum(x.weight * x.pool) filter (where x.first) as clawed_pool, -sum(x.share) as clawed_share
    from (
        select c.*, row_number() over (partition by c.event_id, c.host order by c.share, c.bucket_id) = 1 as first
        from x_claw c
    ) x
    join sales_orderline l on l.agency_id = %(agency)s and l.id = x.line_id
    left join x_origin o on o.line_id = x.line_id
    left join ({goods}) g on g.platform = l.platform and g.product_id = l.product_id
    group by 1, 2, 3
"""
GOODS = """
    select p.platform, p.product_id, k.category
    from supply_platformproduct p
    join supply_sku k on k.agency_id = %(agency)s and k.id = p.sku_id
    where p.agency_id = %(agency)s
"""


def replace(period: str) -> int:
    """Replace the sums of a month (YYYY-MM) by those of its shares as they are now; returns how many rows.

    Runs in the caller's transaction. The category is that of the SKU to which the product is linked now.
    """
    values = {"agency": current_agency_id(), "period": period}
    tune()
    select_into("x_share", SHARES, values)
    _clawbacks(values)
    execute("delete from settlements_exposuresum where agency_id = %(agency)s and period = %(period)s", values)
    execute(
        f"""
        insert into settlements_exposuresum (agency_id, period, origin, anchor_id, category, lines, settled_pool,
            settled_share_fen, clawed_pool, clawed_share_fen)
        select %(agency)s, %(period)s, origin, anchor_id, category, sum(lines), sum(settled_pool), sum(settled_share),
            sum(coalesce(clawed_pool, 0)), sum(clawed_share)
        from ({SETTLED.format(goods=GOODS)} union all {CLAWED.format(goods=GOODS)}) x
        group by origin, anchor_id, category""",
        values,
    )
    count = "select count(*) from settlements_exposuresum where agency_id = %(agency)s and period = %(period)s"
    return int(execute(count, values)[0][0])


def _clawbacks(values: dict[str, Any]) -> None:
    """x_claw: the month's clawbacks; x_origin: which month first settled their lines, as far as one did."""
    select_into(
        "x_claw",
        """select x.*, e.line_id, e.gross_fen - e.fee_fen as pool
        from x_share x
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = x.event_id
        where x.back""",
        values,
    )
    select_into(
        "x_gave",
        """select e.id as event_id, e.line_id
        from (select distinct line_id from x_claw) c
        join sales_earningevent e on e.agency_id = %(agency)s and e.line_id = c.line_id
        where e.kind <> 'clawback'""",
        values,
    )
    select_into(
        "x_origin",
        """select line_id, min(period) as origin
        from (
            select g.line_id, s.period
            from x_gave g
            join commissions_shareline s on s.event_id = g.event_id
            where s.agency_id = %(agency)s and s.period < %(period)s
                and s.first_event <= (select max(event_id) from x_gave)
                and s.last_event >= (select min(event_id) from x_gave)
            union all
            select g.line_id, %(period)s
            from x_gave g
            join x_share x on x.event_id = g.event_id
        ) y
        group by line_id""",
        values,
    )
