"""How a stored share came about: the engine's explanation steps, read from what the calculation recorded.

Works on one share at a time and reads no more than its bucket and its line (docs/money.md §4). The steps are
codes with values (`mcn.commissions.engine.explain`); screens word them in the reader's language.
"""

from datetime import date
from fractions import Fraction
from typing import Any

from django.db import connection

from mcn.commissions.engine.explain import Step, tier_steps
from mcn.commissions.engine.inputs import Rule
from mcn.commissions.engine.results import RuleRate
from mcn.commissions.engine.tiers import Step as TierStep
from mcn.commissions.engine.tiers import Tiers
from mcn.commissions.models import Bucket, Override, ShareLine, SplitRule
from mcn.core.money import R

Kind = Bucket.Kind
HISTORY = {Kind.CLAWBACK, Kind.HISTORY_CLAWBACK, Kind.OUTSIDE_WINDOW}


def explain(share: ShareLine) -> list[Step]:
    """Steps from the event or entry to the share, in the order of the reckoning. Amounts in fen."""
    bucket = share.bucket
    steps = [_origin(share)]
    weight = Fraction(bucket.weight)
    if share.event is not None and bucket.override_id is None and weight != 1:
        steps.append(Step("weight", {"weight": weight, "part": weight * share.event.pool_fen}))
    if bucket.override is not None:
        steps.append(_override(share, bucket.override))
    elif bucket.rule is not None:
        steps += _rule(bucket, bucket.rule)
    steps += _reckoning(share)
    steps.append(Step("share", {"share": share.share_fen}))
    return steps


def _origin(share: ShareLine) -> Step:
    if share.event is not None:
        event = share.event
        return Step("pool", {"gross": event.gross_fen, "fee": event.fee_fen, "pool": event.pool_fen})
    assert share.entry is not None
    return Step("amount", {"amount": share.entry.amount_fen, "code": share.entry.code})


def _q(bucket: Bucket) -> Fraction:
    """The bucket's exact rate, weight included."""
    if bucket.rate_numerator is None or bucket.rate_denominator is None:
        return Fraction(1)
    return Fraction(int(bucket.rate_numerator), int(bucket.rate_denominator))


def _rule(bucket: Bucket, rule: SplitRule) -> list[Step]:
    version = rule.version
    rate = _q(bucket) / Fraction(bucket.weight)
    steps = [
        Step(
            "rule",
            {
                "rule": rule.pk,
                "contract": version.contract.number,
                "version": version.number,
                "tail": version.tail_of_id is not None,
                "income": rule.income,
                "scope": rule.scope,
                "scope_value": rule.scope_text.partition(":")[2],
                "rate": rate,
            },
        )
    ]
    if rule.tier_metric and bucket.metric is not None and bucket.kind in {Kind.SHARE, Kind.HISTORY_CLAWBACK}:
        steps += tier_steps(_tiered(rule), RuleRate(rule.pk, rule.version_id, rate, Fraction(bucket.metric)))
    return steps


def _tiered(rule: SplitRule) -> Rule:
    ladder = tuple(TierStep(step.up_to, Fraction(step.rate)) for step in rule.steps.all())
    tiers = Tiers(rule.tier_metric, rule.tier_mode, ladder)  # type: ignore[arg-type]
    return Rule(rule.pk, rule.version_id, rule.income, tiers=tiers)  # type: ignore[arg-type]


def _reckoning(share: ShareLine) -> list[Step]:
    bucket = share.bucket
    if bucket.kind == Kind.WHOLE:
        return [Step("whole", {"amount": share.share_fen})]
    if bucket.kind in HISTORY:
        return [_taken_back(share)]
    q = _q(bucket)
    if bucket.kind == Kind.OVERRIDE:
        before, own = _override_sums(share)
    else:
        before, own = Fraction(_pool_before(share)), Fraction(_pool(share))
    after = before + own
    steps = [
        Step(
            "bucket",
            {"before": before, "after": after, "q": q, "rounded_before": R(before * q), "rounded_after": R(after * q)},
        )
    ]
    borne = R(after * q) - R(before * q) - share.share_fen if bucket.kind == Kind.SHARE else 0
    return [*steps, Step("borne", {"amount": borne})] if borne else steps


def _pool(share: ShareLine) -> int:
    if share.event is not None:
        return share.event.pool_fen
    assert share.entry is not None
    return share.entry.amount_fen


# A bucket's shares stand in the order of docs/money.md §4.2, and so do their ids.
BEFORE = """
    select coalesce(sum(coalesce(e.gross_fen - e.fee_fen, n.amount_fen)), 0)::bigint
    from commissions_shareline s
    left join sales_earningevent e on e.agency_id = s.agency_id and e.id = s.event_id
    left join sales_entry n on n.agency_id = s.agency_id and n.id = s.entry_id
    where s.agency_id = %(agency)s and s.period = %(period)s and s.bucket_id = %(bucket)s and s.id < %(share)s
"""


def _pool_before(share: ShareLine) -> int:
    """The running sum of the bucket before this share, in fen."""
    return int(_rows(BEFORE, _place(share))[0][0])


def _place(share: ShareLine) -> dict[str, Any]:
    """Where a share stands, for the queries of this module."""
    return {
        "agency": share.agency_id,
        "period": share.period,
        "bucket": share.bucket_id,
        "version": share.bucket.version_id,
        "share": share.pk,
        "at": share.event.occurred_at if share.event else None,
        "event": share.event_id,
        "host": share.host,
    }


def _rows(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


# What an override is counted on, share by share up to and with this one: the host's part of the pool, and the
# host's share before what anchors bear of overrides.
HOST_PARTS = """
    with paid as (
        select s.event_id, s.host, s.share_fen, b.weight
        from commissions_bucket b
        join commissions_shareline s on s.agency_id = b.agency_id and s.period = b.period and s.bucket_id = b.id
        where b.agency_id = %(agency)s and b.period = %(period)s and b.version_id = %(version)s and b.kind = 'share'
    ),
    borne as (
        select x.event_id, x.host, sum(x.share_fen) as share_fen
        from commissions_bucket b
        join commissions_override v on v.agency_id = b.agency_id and v.id = b.override_id and v.borne_by = 'anchor'
        join commissions_shareline x on x.agency_id = b.agency_id and x.period = b.period and x.bucket_id = b.id
        where b.agency_id = %(agency)s and b.period = %(period)s and b.version_id = %(version)s
            and b.kind = 'override'
        group by x.event_id, x.host
    )
    select o.id = %(share)s as is_own, paid.weight, e.gross_fen - e.fee_fen as pool,
        paid.share_fen + coalesce(borne.share_fen, 0) as share
    from commissions_shareline o
    join sales_earningevent e on e.agency_id = o.agency_id and e.id = o.event_id
    join paid on paid.event_id = o.event_id and paid.host = o.host
    left join borne on borne.event_id = o.event_id and borne.host = o.host
    where o.agency_id = %(agency)s and o.period = %(period)s and o.bucket_id = %(bucket)s and o.id <= %(share)s
"""


def _override(share: ShareLine, override: Override) -> Step:
    base = _override_sums(share)[1] if share.bucket.kind == Kind.OVERRIDE else None
    return Step(
        "override",
        {
            "override": override.pk,
            "basis": override.basis,
            "base": base,
            "rate": Fraction(override.rate),
            "borne_by": override.borne_by,
        },
    )


def _override_sums(share: ShareLine) -> tuple[Fraction, Fraction]:
    """The running sum of the override's basis before this share, and the share's own basis."""
    assert share.bucket.override is not None
    before = own = Fraction(0)
    for is_own, weight, pool, paid in _rows(HOST_PARTS, _place(share)):
        basis = _basis(share.bucket.override.basis, Fraction(weight) * pool, Fraction(int(paid)))
        if is_own:
            own += basis
        else:
            before += basis
    return before, own


def _basis(basis: str, part: Fraction, paid: Fraction) -> Fraction:
    if basis == Override.Basis.POOL:
        return part
    return paid if basis == Override.Basis.ANCHOR_SHARE else part - paid


# The line's pool so far, and what this payee in this place had got of it, before the clawback.
LINE_SO_FAR = """
    with mine as (
        select id, gross_fen - fee_fen as pool, occurred_at
        from sales_earningevent where agency_id = %(agency)s and line_id = %(line_id)s
    ),
    earlier as (
        select mine.id, mine.pool, s.share_fen, s.host, s.bucket_id
        from mine
        join commissions_shareline s on s.event_id = mine.id
        where s.agency_id = %(agency)s
            and s.block_id = any(array(
                select b.id from commissions_shareblock b
                where b.agency_id = %(agency)s and b.last_event >= (select min(id) from mine)
                    and b.events && array(select id from mine)
            ))
            and (s.period, mine.occurred_at, mine.id) < (%(period)s, %(at)s, %(event)s)
    )
    select
        (select coalesce(sum(pool), 0)::bigint from (select distinct id, pool from earlier) x),
        coalesce(sum(earlier.share_fen), 0)::bigint
    from earlier
    join commissions_bucket b on b.agency_id = %(agency)s and b.id = earlier.bucket_id
        and b.payee_id = %(payee)s and (b.override_id is not null) = %(is_override)s
    where earlier.host = %(host)s
"""


def _taken_back(share: ShareLine) -> Step:
    event, bucket = share.event, share.bucket
    assert event is not None
    if bucket.kind == Kind.HISTORY_CLAWBACK:
        return Step("unsettled", {"change": event.pool_fen, "q": _q(bucket)})
    if bucket.kind == Kind.OUTSIDE_WINDOW:
        assert bucket.version is not None
        agency = share.agency
        day = agency.business_date(event.occurred_at)
        counted_from: date = share.dated_on or day
        return Step(
            "outside_window", {"days": (day - counted_from).days, "window": bucket.version.clawback_window_days}
        )
    values = _place(share) | {
        "line_id": event.line_id,
        "payee": bucket.payee_id,
        "is_override": bucket.override_id is not None,
    }
    pool, paid = _rows(LINE_SO_FAR, values)[0]
    return Step(
        "proportion",
        {
            "pool_before": pool,
            "pool_after": pool + event.pool_fen,
            "paid_before": paid,
            "paid_after": paid + share.share_fen,
        },
    )
