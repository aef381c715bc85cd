"""The sums of a month by anchor, brand, platform and live session, set-based (docs/money.md §14).

A closed month goes by the roster that was frozen with it, an open one by the roster as it stands.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from mcn.commissions.calculation.tables import execute, select_into, tune
from mcn.commissions.engine.matching import Roster
from mcn.commissions.matching import group_of_hosts, place_of_lines, product_of_lines
from mcn.commissions.roster import load_roster
from mcn.commissions.roster_tables import Ids, hosted_sessions, roster_tables
from mcn.core.money import R
from mcn.settlements.inputs import Inputs, ids_now
from mcn.settlements.models import Period, ReportMonth, ReportSum
from mcn.tenancy.locks import agency_lock
from mcn.tenancy.scope import current_agency_id

By = ReportSum.By
LOCK_SPACE = 0x72657073  # "reps": keeps this lock apart from other advisory locks

# Temporary tables, so that the planner knows how many rows there are: shares of events, and of their lines.
SHARED = """
    select event_id, sum(share_fen)::bigint as share
    from commissions_shareline
    where agency_id = %(agency)s and period = %(period)s and event_id is not null
    group by 1
"""
SOLD = """
    select e.line_id, coalesce(sum(e.base_fen) filter (where e.kind <> 'clawback'), 0)::bigint as sold,
        coalesce(-sum(e.base_fen) filter (where e.kind = 'clawback'), 0)::bigint as returned,
        sum(e.gross_fen - e.fee_fen)::bigint as pool, sum(s.share)::bigint as share
    from r_shared s
    join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id
    group by 1
"""
# Platform, brand and session of the lines, in one pass over them.
LINES = """
    with placed as (
        select l.platform, coalesce(m_product.brand, '') as brand, coalesce({group}, 0) as session, l.sold, l.returned,
            l.pool, l.share
        from (
            select s.sold, s.returned, s.pool, s.share, l.platform, l.product_id, l.room_id, l.is_live, l.paid_at,
                l.paid_on, coalesce(nullif(l.account_key, ''), l.account_name) as account
            from r_sold s
            join sales_orderline l on l.agency_id = %(agency)s and l.id = s.line_id
        ) l
        {place}
        {product}
    )
    select grouping(platform, brand, session), platform, brand, session, count(*), sum(sold), sum(returned), sum(pool),
        sum(share)
    from placed
    group by grouping sets ((platform), (brand), (session))
"""
# Of an event's host there is one share that is no override's; only clawbacks may have one for each of several payees.
HOSTED = """
    with bucket as materialized (
        select id, anchor_id, (weight * 1000000)::bigint as weight, kind <> 'share' as back
        from commissions_bucket
        where agency_id = %(agency)s and period = %(period)s and override_id is null
    )
    select s.event_id, b.anchor_id, b.weight
    from commissions_shareline s join bucket b on b.id = s.bucket_id and not b.back
    where s.agency_id = %(agency)s and s.period = %(period)s and s.event_id is not null
    union all
    (
        select distinct on (s.event_id, s.host) s.event_id, b.anchor_id, b.weight
        from commissions_shareline s join bucket b on b.id = s.bucket_id and b.back
        where s.agency_id = %(agency)s and s.period = %(period)s and s.event_id is not null
        order by s.event_id, s.host, b.id
    )
"""
HOSTS = """
    select a.code, count(*), coalesce(sum(sold), 0), coalesce(sum(returned), 0), sum(pool)
    from (
        select h.anchor_id, e.line_id, sum(h.weight * e.base_fen) filter (where e.kind <> 'clawback') as sold,
            -sum(h.weight * e.base_fen) filter (where e.kind = 'clawback') as returned,
            sum(h.weight * (e.gross_fen - e.fee_fen)) as pool
        from r_hosted h
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = h.event_id
        group by 1, 2
    ) x
    join anchors_anchor a on a.agency_id = %(agency)s and a.id = x.anchor_id
    group by 1
"""
SHARES = """
    select coalesce(a.code, ''), sum(b.share_fen)
    from commissions_bucket b
    left join anchors_anchor a on a.agency_id = %(agency)s and a.id = b.anchor_id
    where b.agency_id = %(agency)s and b.period = %(period)s
    group by 1
"""
# Entries are of an anchor, and of a brand where their deal is.
ENTRIES = """
    select a.code, coalesce(b.code, ''), sum(n.amount_fen), sum(s.share)
    from (
        select entry_id, sum(share_fen) as share from commissions_shareline
        where agency_id = %(agency)s and period = %(period)s and entry_id is not null
        group by 1
    ) s
    join sales_entry n on n.agency_id = %(agency)s and n.id = s.entry_id
    join anchors_anchor a on a.agency_id = %(agency)s and a.id = n.anchor_id
    left join brands_deal d on d.agency_id = %(agency)s and d.id = n.deal_id
    left join brands_brand b on b.agency_id = %(agency)s and b.id = d.brand_id
    group by 1, 2
"""
SETS = {0b011: By.PLATFORM, 0b101: By.BRAND, 0b110: By.SESSION}  # what `grouping` leaves out
WHOLE = Decimal(1_000_000)  # a weight of one


class DoesNotAgree(RuntimeError):
    """The sums by a key do not come to the month's totals: no report of it may leave."""


def stale() -> list[str]:
    """Months (YYYY-MM) that were calculated, again or for the first time, since their sums were made; oldest first."""
    made = dict(ReportMonth.objects.values_list("period", "calculated_at"))
    rows = Period.objects.filter(calculated_at__isnull=False).order_by("code").values_list("code", "calculated_at")
    return [code for code, at in rows if made.get(code) != at]


def bring_all_up_to_date() -> list[str]:
    """Make all sums that are missing or of an earlier calculation, a transaction for each month; returns the months.

    Raises DoesNotAgree.
    """
    with transaction.atomic():
        months = stale()
    return [code for code in months if bring_up_to_date(code)]


@transaction.atomic
def bring_up_to_date(code: str) -> bool:
    """Replace the stored sums of a month, unless they are of its latest calculation; whether they were replaced.

    A calculation that ends meanwhile takes this one back and has it made again. Raises DoesNotAgree.
    """
    agency_lock(LOCK_SPACE)
    if code not in stale():
        return False
    period = Period.objects.defer("inputs").get(code=code)
    found = compute(period)
    ReportMonth.objects.filter(period=code).delete()
    month = ReportMonth.objects.create(period=code, calculated_at=period.calculated_at)
    for row in found:
        row.month = month
    ReportSum.objects.bulk_create(found)
    if Period.objects.values_list("calculated_at", flat=True).get(code=code) != period.calculated_at:
        transaction.set_rollback(True)
        return False
    return True


def sums_of(period: Period) -> list[ReportSum]:
    """The sums of a month's latest calculation: the stored ones, else they are made. Raises DoesNotAgree."""
    stored = ReportSum.objects.filter(month__period=period.code, month__calculated_at=period.calculated_at)
    return list(stored) or compute(period)


def compute(period: Period) -> list[ReportSum]:
    """The sums of the month's shares as they are now, not saved. Raises DoesNotAgree."""
    values = {"agency": current_agency_id(), "period": period.code}
    tune()
    rows: dict[tuple[str, str], ReportSum] = {}

    def row(by: By, key: str) -> ReportSum:
        return rows.setdefault((by, key), ReportSum(by=by, key=key))

    for by, key, figures in _orders(values, _roster(period)):
        one = row(by, key)
        one.lines, one.sold, one.returned, one.pool_fen, one.share_fen = figures
        one.net_gmv_fen = int(one.sold - one.returned)
    select_into("r_hosted", HOSTED, values)
    for code, lines, sold, returned, pool in execute(HOSTS, values):
        one = row(By.ANCHOR, code)
        one.lines, one.sold, one.returned = lines, Decimal(sold) / WHOLE, Decimal(returned) / WHOLE
        one.net_gmv_fen, one.pool_fen = (R(Fraction(int(x), int(WHOLE))) for x in (sold - returned, pool))
    for code, share in execute(SHARES, values):
        row(By.ANCHOR, code).share_fen = int(share)
    for code, brand, amount, share in execute(ENTRIES, values):
        row(By.ANCHOR, code).other_fen += int(amount)
        for by, key in ((By.BRAND, brand), (By.PLATFORM, ""), (By.SESSION, "")):
            row(by, key).other_fen += int(amount)
            row(by, key).share_fen += int(share)
    _rest_of_hosts(rows)
    _agree(period, rows.values())
    return list(rows.values())


def _roster(period: Period) -> tuple[Roster, Ids]:
    if period.state != Period.State.CLOSED:
        return load_roster(), ids_now()
    inputs = Inputs.read(Period.objects.values_list("inputs", flat=True).get(pk=period.pk))
    return inputs.roster, inputs.ids


def _orders(values: dict[str, Any], of: tuple[Roster, Ids]) -> Iterable[tuple[By, str, list[Any]]]:
    """The orders' sums by platform, brand and session: lines, sold, returned, pool, share."""
    roster, ids = of
    tables, sessions = roster_tables(roster, ids), hosted_sessions(roster)
    sql = LINES.format(group=group_of_hosts("0"), place=place_of_lines(tables), product=product_of_lines(tables))
    select_into("r_shared", SHARED, values)
    select_into("r_sold", SOLD, values)
    sums: dict[tuple[By, str], list[Any]] = defaultdict(lambda: [0] * 5)
    for left_out, platform, brand, session, *figures in execute(sql, values | tables.parameters):
        by = SETS[left_out]
        key = {By.PLATFORM: platform, By.BRAND: brand}.get(by) or (sessions[session].code if session else "")
        sums[by, key] = [Decimal(figure) if place in (1, 2) else int(figure) for place, figure in enumerate(figures)]
    return [(by, key, figures) for (by, key), figures in sums.items()]


def _rest_of_hosts(rows: dict[tuple[str, str], ReportSum]) -> None:
    """What no host has: weights that add up to less than 1, and the parts of a fen that hosts' figures are rounded by.

    So the anchors' rows add up to the month as well.
    """
    names = ("sold", "returned", "net_gmv_fen", "pool_fen", "other_fen", "share_fen")
    rest: Counter[str] = Counter()
    for (by, _key), one in rows.items():
        sign = {By.PLATFORM: 1, By.ANCHOR: -1}.get(By(by), 0)
        for name in names:
            rest[name] += sign * getattr(one, name)
    if any(rest[name] for name in names):
        one = rows.setdefault((By.ANCHOR, ""), ReportSum(by=By.ANCHOR))
        for name in names:
            setattr(one, name, getattr(one, name) + rest[name])


def totals_of(period: Period) -> dict[str, int]:
    """What the calculation of the month came to: lines, and in fen net GMV, pool with other income, shares, the rest.

    Pool and other income are one figure of the calculation.
    """
    known = period.totals
    return {
        "lines": known.get("lines", 0),
        "net_gmv": known.get("net_gmv", 0),
        "income": known.get("pool", 0),
        "share": known.get("earned", 0),
        "agency_share": known.get("agency_share", 0),
    }


def added_up(rows: Iterable[ReportSum]) -> dict[str, int]:
    """The same of rows by one key."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums["lines"] += row.lines
        sums["net_gmv"] += row.net_gmv_fen
        sums["income"] += row.pool_fen + row.other_fen
        sums["share"] += row.share_fen
        sums["agency_share"] += row.agency_share_fen
    return {name: sums[name] for name in ("lines", "net_gmv", "income", "share", "agency_share")}


def _agree(period: Period, rows: Iterable[ReportSum]) -> None:
    """Raises DoesNotAgree where the rows by a key are not the month."""
    found, expected = list(rows), totals_of(period)
    for by in By:
        sums = added_up(row for row in found if row.by == by)
        if by == By.ANCHOR:  # a line of two hosts counts with both
            sums["lines"] = expected["lines"]
        if sums != expected:
            raise DoesNotAgree(period.code, str(by), sums, expected)
