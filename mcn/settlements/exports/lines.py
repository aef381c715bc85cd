"""`lines`: one row per earning event and payee, and one for what the agency keeps of the event.

Entries that are part of what was earned stand in it too (platform and line empty, the entry's code as order),
so that a payee's rows add up to the statement's `earned`, and all rows of an event to its pool.
"""

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from mcn.commissions.models import Bucket
from mcn.core.exports import Column, Kind, Query, Text, yuan_sql
from mcn.settlements.exports.base import ENTRY_MOMENT, LOCAL_TIME, Export, parameters, sums
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency

AGENCY = "AGENCY"
RATE_PLACES = 12

COLUMNS = (
    Column("platform", _("platform"), width=10),
    Column("order", _("order"), width=24),
    Column("line", _("line"), width=24),
    Column("event", _("event"), width=14),
    Column("occurred_at", _("time"), width=26),
    Column("original_period", _("month of the event")),
    Column("payee", _("payee"), width=14),
    Column("rule", _("rule"), width=36),
    Column("pool", _("pool"), Kind.AMOUNT, width=15),
    Column("rate", _("rate"), Kind.RATE),
    Column("share", _("share"), Kind.AMOUNT, width=15),
)


def query(agency: Agency, period: Period, text: Text) -> Query:
    """Rows by time, platform, order, line, event and payee, the agency's last.

    What is the same for a whole bucket (payee, rule, rate) is worded once per bucket. One sort brings the shares
    into the file's order and serves the running sum too, which on an event's last share gives the agency's row.
    """
    rule = """concat_ws(' ', c.number, 'v' || v.number,
        coalesce(r.income, 'override ' || o.income || ' ' || o.basis),
        case r.scope when 'sku' then 'sku:' || sku.code when 'deal' then 'deal:' || deal.code
            when 'brand' then 'brand:' || brand.code when 'category' then 'category:' || r.category
            when 'platform' then 'platform:' || r.platform end)"""
    return Query(
        f"""
        with bucket as materialized (
            select b.id, p.code as payee_code, {text("p.code")} as payee, nullif({text(rule)}, '') as rule,
                trim_scale(round(b.rate_numerator / b.rate_denominator, {RATE_PLACES})) as rate
            from commissions_bucket b
            join anchors_payee p on p.agency_id = b.agency_id and p.id = b.payee_id
            left join anchors_contractversion v on v.agency_id = b.agency_id and v.id = b.version_id
            left join anchors_contract c on c.agency_id = v.agency_id and c.id = v.contract_id
            left join commissions_splitrule r on r.agency_id = b.agency_id and r.id = b.rule_id
            left join commissions_override o on o.agency_id = b.agency_id and o.id = b.override_id
            left join supply_sku sku on sku.agency_id = r.agency_id and sku.id = r.sku_id
            left join brands_deal deal on deal.agency_id = r.agency_id and deal.id = r.deal_id
            left join brands_brand brand on brand.agency_id = r.agency_id and brand.id = r.brand_id
            where b.agency_id = %(agency)s and b.period = %(period)s
        ), share as (
            select e.occurred_at, l.platform, l.order_key, l.line_key, e.kind as event, e.id,
                e.original_period, e.gross_fen - e.fee_fen as pool, s.bucket_id, s.share_fen
            from commissions_shareline s
            join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id
            join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
            where s.agency_id = %(agency)s and s.period = %(period)s
            union all
            select {ENTRY_MOMENT}, '', n.code, '', n.income, n.id,
                to_char(n.date, 'YYYY-MM'), n.amount_fen, s.bucket_id, s.share_fen
            from commissions_shareline s
            join sales_entry n on n.agency_id = %(agency)s and n.id = s.entry_id
            where s.agency_id = %(agency)s and s.period = %(period)s and s.event_id is null
        ), summed as (
            select nullif(platform, '') as platform, {text("order_key")} as order_key,
                nullif({text("line_key")}, '') as line_key, event,
                {LOCAL_TIME.format(moment="occurred_at")} as occurred_at, original_period,
                bucket.payee, bucket.rule, bucket.rate, {yuan_sql("pool")} as pool, share_fen,
                pool - (sum(share_fen) over one)::bigint as kept_fen,
                (lead(share.id) over one is null)::int as is_last
            from share join bucket on bucket.id = share.bucket_id
            window one as (
                partition by occurred_at, platform collate "C", order_key collate "C", line_key collate "C", share.id
                order by bucket.payee_code collate "C", bucket.id rows unbounded preceding
            )
        ), doubled as (
            select *, generate_series(0, is_last) as kept from summed
        )
        select platform, order_key, line_key, event, occurred_at, original_period,
            case kept when 1 then '{AGENCY}' else payee end, case kept when 0 then rule end, pool,
            case kept when 0 then rate end, {yuan_sql("case kept when 1 then kept_fen else share_fen end")}
        from doubled
        """,
        parameters(agency, period),
    )


def expected(agency: Agency, period: Period) -> Mapping[str, Decimal | int]:
    """All shares with the agency's have to add up to the pools of the events and entries that were shared."""
    return sums(
        """
        select (
            select coalesce(sum(gross_fen - fee_fen), 0) from sales_earningevent e
            where e.agency_id = %(agency)s and exists (
                select from commissions_shareline s
                where s.agency_id = %(agency)s and s.period = %(period)s and s.event_id = e.id)
        ) * 0.01 + (
            select coalesce(sum(amount_fen), 0) from sales_entry n
            where n.agency_id = %(agency)s and exists (
                select from commissions_shareline s
                where s.agency_id = %(agency)s and s.period = %(period)s and s.entry_id = n.id)
        ) * 0.01 as share
        """,
        parameters(agency, period),
    )


def size(period: Period) -> int:
    """Number of shares, as the calculation counted them."""
    return Bucket.objects.filter(period=period.code).aggregate(lines=Sum("lines"))["lines"] or 0


LINES = Export(_("Lines"), COLUMNS, query, expected, size)
