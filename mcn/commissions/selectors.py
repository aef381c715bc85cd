"""Reads of shares: the lines behind a payee's month, and how one of them came about (docs/money.md §4).

An explanation is data; templates word it. Amounts in fen, exact rates and parts of a fen as Fraction.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet, Sum

from mcn.commissions.calculation.tables import execute
from mcn.commissions.engine.tiers import Step, Tiers, step_at
from mcn.commissions.models import Bucket, Override, ShareLine, SplitRule
from mcn.core.money import R
from mcn.tenancy.scope import current_agency_id

PERCENT_PLACES = 6


@dataclass(frozen=True)
class Tier:
    """How a tiered rule came to its rate: the metric (fen, or a number of orders) and the step that holds it."""

    metric: str
    mode: str
    value: Decimal
    step: int
    up_to: int | None
    step_percent: str

    @property
    def is_money(self) -> bool:
        return self.metric != SplitRule.Metric.ORDERS


@dataclass(frozen=True)
class Running:
    """Cumulative rounding: sums of the bucket before and after the line, and both times the rate, rounded."""

    before: Fraction
    after: Fraction
    rounded_before: int
    rounded_after: int


@dataclass(frozen=True)
class Proportion:
    """A clawback: the order line's pool and what the payee had got on it, before and after."""

    pool_before: int
    pool_after: int
    paid_before: int
    paid_after: int


@dataclass(frozen=True)
class Explanation:
    """Everything behind one share. What does not belong to its kind is None.

    `percent` is the rate without the weight, `base` the exact part of the pool that the rate applies to, `borne`
    what the anchor bears of overrides on it.
    """

    line: ShareLine
    kind: str
    pool: int
    gross: int
    fee: int
    weight: Decimal
    base: Fraction
    rate: Fraction | None
    percent: str
    contract: str
    version: int | None
    rule: SplitRule | None
    override: Override | None
    tier: Tier | None
    running: Running | None
    proportion: Proportion | None
    borne: int
    days: int | None
    window: int | None

    @property
    def share(self) -> int:
        return self.line.share_fen


def payee_lines(period: str, payee_id: int) -> QuerySet[ShareLine]:
    """The shares of one payee and month with their orders, newest row first."""
    buckets = list(Bucket.objects.filter(period=period, payee_id=payee_id).values_list("pk", flat=True))
    return (
        ShareLine.objects.filter(period=period, bucket_id__in=buckets)
        .select_related("event__line", "entry", "bucket__payee")
        .order_by("-pk")
    )


def agency_part(line: ShareLine) -> int:
    """What the agency keeps of the line's event or entry: its pool less all shares on it. Fen."""
    same = {"event_id": line.event_id} if line.event_id else {"entry_id": line.entry_id}
    shares = ShareLine.objects.filter(period=line.period, **same).aggregate(total=Sum("share_fen"))["total"] or 0
    return _pool(line) - shares


def percent(rate: Fraction) -> str:
    """A rate as percent without needless zeros: 7/20 → "35"; cut (with …) where it has no short exact form."""
    scaled = rate * 100 * 10**PERCENT_PLACES
    text = f"{Decimal(int(scaled)) / Decimal(10**PERCENT_PLACES):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if scaled.denominator == 1 else f"{text}…"


def explain(line: ShareLine) -> Explanation:
    """How the share came about. The same figures as the calculation used, read from what it recorded."""
    bucket = Bucket.objects.select_related(
        "version__contract", "rule__sku", "rule__deal", "rule__brand", "override__payee"
    ).get(pk=line.bucket_id)
    event = line.event
    rate = _rate(bucket)
    window, days = None, None
    if bucket.kind == Bucket.Kind.OUTSIDE_WINDOW and bucket.version is not None and event is not None:
        window = bucket.version.clawback_window_days
        days = _days_since(line)
    base, running = _running(line, bucket)
    return Explanation(
        line=line,
        kind=bucket.kind,
        pool=_pool(line),
        gross=event.gross_fen if event else line.entry.amount_fen if line.entry else 0,
        fee=event.fee_fen if event else 0,
        weight=bucket.weight,
        base=base,
        rate=rate,
        percent="" if rate is None else percent(rate),
        contract=bucket.version.contract.number if bucket.version else "",
        version=bucket.version.number if bucket.version else None,
        rule=bucket.rule,
        override=bucket.override,
        tier=_tier(bucket),
        running=running,
        proportion=_proportion(line, bucket) if bucket.kind == Bucket.Kind.CLAWBACK else None,
        borne=_borne(line) if bucket.kind == Bucket.Kind.SHARE else 0,
        days=days,
        window=window,
    )


def _pool(line: ShareLine) -> int:
    if line.event is not None:
        return line.event.pool_fen
    return line.entry.amount_fen if line.entry is not None else 0


def _rate(bucket: Bucket) -> Fraction | None:
    if not bucket.rate_denominator or bucket.rate_numerator is None:
        return None
    q = Fraction(int(bucket.rate_numerator), int(bucket.rate_denominator))
    return q if bucket.override_id else q / Fraction(bucket.weight)


def _tier(bucket: Bucket) -> Tier | None:
    rule = bucket.rule
    if rule is None or rule.rate is not None or bucket.metric is None:
        return None
    steps = tuple(Step(step.up_to, Fraction(step.rate)) for step in rule.steps.all())
    metric = Fraction(bucket.metric)
    number = step_at(Tiers(rule.tier_metric, rule.tier_mode, steps), metric)  # type: ignore[arg-type]
    step = steps[number]
    return Tier(rule.tier_metric, rule.tier_mode, bucket.metric, number + 1, step.up_to, percent(step.rate))


def _days_since(line: ShareLine) -> int:
    """Days from the date that the window counts from to the clawback, in business dates."""
    (days,) = execute(
        """
        select (e.occurred_at at time zone a.timezone - a.day_starts_at::interval)::date - %(dated_on)s::date
        from sales_earningevent e join tenancy_agency a on a.id = e.agency_id
        where e.agency_id = %(agency)s and e.id = %(event)s""",
        {"agency": current_agency_id(), "event": line.event_id, "dated_on": line.dated_on},
    )[0]
    return int(days)


# Every line of a bucket with its exact basis in fen and its place in the bucket; `%(bucket)s` is the bucket.
_BASES = """
    select s.id, {basis} as basis,
        row_number() over (order by s.entry_id is not null, e.occurred_at, l.platform collate "C",
            l.order_key collate "C", l.line_key collate "C", e.id, n.date, n.code, n.id) as place
    from commissions_shareline s
    left join sales_earningevent e on e.agency_id = s.agency_id and e.id = s.event_id
    left join sales_orderline l on l.agency_id = s.agency_id and l.id = e.line_id
    left join sales_entry n on n.agency_id = s.agency_id and n.id = s.entry_id
    where s.agency_id = %(agency)s and s.period = %(period)s and s.bucket_id = %(bucket)s
"""
_POOL = "coalesce(e.gross_fen - e.fee_fen, n.amount_fen)::numeric"
# what the host of an override got before it bore any of the overrides, and the host's weight
_HOST = """(
    select {what} from commissions_shareline h
    join commissions_bucket b on b.agency_id = h.agency_id and b.id = h.bucket_id
    left join commissions_override o on o.agency_id = b.agency_id and o.id = b.override_id
    where h.agency_id = s.agency_id and h.event_id = s.event_id and h.host = s.host and h.period = s.period
        and (b.kind = 'share' or o.borne_by = 'anchor'))"""
_HOST_SHARE = _HOST.format(what="sum(h.share_fen)")
_HOST_WEIGHT = _HOST.format(what="max(b.weight) filter (where b.kind = 'share')")
_OVERRIDE_BASIS = {
    Override.Basis.POOL: f"{_POOL} * {_HOST_WEIGHT}",
    Override.Basis.ANCHOR_SHARE: _HOST_SHARE,
    Override.Basis.AGENCY_SHARE: f"{_POOL} * {_HOST_WEIGHT} - {_HOST_SHARE}",
}


def _running(line: ShareLine, bucket: Bucket) -> tuple[Fraction, Running | None]:
    """The line's base, and the running sums around it where the bucket rounds cumulatively."""
    base = Fraction(_pool(line)) * Fraction(bucket.weight)
    rated = bucket.kind in (Bucket.Kind.SHARE, Bucket.Kind.OVERRIDE)
    if not rated or not bucket.rate_denominator or bucket.rate_numerator is None:
        return base, None
    basis = _OVERRIDE_BASIS[Override.Basis(bucket.override.basis)] if bucket.override else _POOL
    rows: list[tuple[Any, Any]] = execute(
        f"""
        with bases as ({_BASES.format(basis=basis)})
        select coalesce(sum(b.basis), 0), max(mine.basis)
        from bases mine left join bases b on b.place < mine.place where mine.id = %(line)s""",
        {"agency": current_agency_id(), "period": line.period, "bucket": bucket.pk, "line": line.pk},
    )
    before, own = Fraction(rows[0][0]), Fraction(rows[0][1])
    q = Fraction(int(bucket.rate_numerator), int(bucket.rate_denominator))
    running = Running(before, before + own, R(before * q), R((before + own) * q))
    return (own if bucket.override else base), running


def _proportion(line: ShareLine, bucket: Bucket) -> Proportion:
    """P and S of the order line before the clawback: over all months, in the order they were settled."""
    assert line.event is not None
    rows = execute(
        """
        with so_far as (
            select s.event_id, e.gross_fen - e.fee_fen as pool, s.share_fen, s.host, b.payee_id,
                b.override_id is not null as third
            from sales_earningevent e
            join commissions_shareline s on s.agency_id = e.agency_id and s.event_id = e.id
            join commissions_bucket b on b.agency_id = s.agency_id and b.id = s.bucket_id
            where e.agency_id = %(agency)s and e.line_id = %(line)s
                and (s.period, e.occurred_at, e.id) < (%(period)s, %(moment)s, %(event)s)
        )
        select (select coalesce(sum(pool), 0) from (select distinct event_id, pool from so_far) x)::bigint,
            (select coalesce(sum(share_fen), 0) from so_far
                where payee_id = %(payee)s and host = %(host)s and third = %(third)s)::bigint""",
        {
            "agency": current_agency_id(),
            "line": line.event.line_id,
            "period": line.period,
            "moment": line.event.occurred_at,
            "event": line.event_id,
            "payee": bucket.payee_id,
            "host": line.host,
            "third": bucket.override_id is not None,
        },
    )
    pool, paid = rows[0]
    return Proportion(pool, pool + line.event.pool_fen, paid, paid + line.share_fen)


def _borne(line: ShareLine) -> int:
    """What the anchor bears of overrides on the event."""
    shares = ShareLine.objects.filter(
        period=line.period,
        event_id=line.event_id,
        event__isnull=False,
        host=line.host,
        bucket__override__borne_by=Override.BorneBy.ANCHOR,
        bucket__kind=Bucket.Kind.OVERRIDE,
    )
    return int(shares.aggregate(total=Sum("share_fen"))["total"] or 0)
