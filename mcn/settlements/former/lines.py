"""The order lines and entries behind the difference of one payee: which came, went or were shared otherwise.

A line (event or entry) has one share of a payee here: the sum of all of them. The four kinds of difference add up to
that of what the payee earned.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.commissions.calculation.tables import execute
from mcn.sales.models import EarningEvent, Entry
from mcn.settlements.models import FormerCalculation, Statement
from mcn.tenancy.scope import current_agency_id

PAGE = 50


class Kind(models.TextChoices):
    """What became of a line for the payee."""

    CAME = "came", _("Came")
    WENT = "went", _("Went")
    RULE = "rule", _("Shared by another rule")
    RATE = "rate", _("Shared at another rate, or rounded otherwise")


@dataclass(frozen=True)
class KindSum:
    """How many lines are of one kind, and by how much they change what was earned (fen)."""

    kind: Kind
    lines: int
    difference: int


@dataclass(frozen=True)
class Moved:
    """One line: its event or entry, the payee's share then and now (fen), and who had it before or has it now.

    `others` are names, empty where a line came with a new event or belonged to nobody.
    """

    kind: Kind
    event: EarningEvent | None
    entry: Entry | None
    then: int
    now: int
    others: list[str]
    source: int

    @property
    def difference(self) -> int:
        return self.now - self.then


# One row per event or entry (entries count downwards): the payee's shares then and now, and by what they were made.
# The rule of a part is told apart by contract version, rule, override and kind; its rate does not count.
UNPACKED = """
    select coalesce(u.event, -u.entry) as source, sum(u.share)::bigint as share,
        array_agg(distinct concat_ws('/', b.kind, b.version_id, coalesce(b.rule_id, 0), coalesce(b.override_id, 0))
            order by concat_ws('/', b.kind, b.version_id, coalesce(b.rule_id, 0), coalesce(b.override_id, 0))) as rules
    from {bucket} b
    join {block} s on s.agency_id = %(agency)s and s.bucket_id = b.id
    cross join unnest(s.events, s.entries, s.shares) as u (event, entry, share)
    where b.agency_id = %(agency)s and b.payee_id = %(payee)s and {which}
    group by 1
"""
DIFFERENCES = f"""
    select source, kind, share_then, share_now from (
        select source, coalesce(t.share, 0) as share_then, coalesce(n.share, 0) as share_now,
            case when t.share is null then 'came' when n.share is null then 'went'
                when t.rules <> n.rules then 'rule' when t.share <> n.share then 'rate' end as kind
        from ({
    UNPACKED.format(
        bucket="settlements_formerbucket",
        block="settlements_formerblock",
        which="b.calculation_id = %(calculation)s",
    )
}) t
        full join ({
    UNPACKED.format(bucket="commissions_bucket", block="commissions_shareblock", which="b.period = %(period)s")
}) n using (source)
    ) x where kind is not null
"""
SUMS = f"""
    select kind, count(*), sum(share_now - share_then)::bigint from ({DIFFERENCES}) d group by 1
"""
ROWS = f"""
    select source, kind, share_then, share_now from ({DIFFERENCES}) d
    where kind = %(kind)s and source > %(after)s order by source limit %(limit)s
"""
# Whose else a line is, or was: the names of the payees who have a share of it on the other side.
HOLDERS_NOW = """
    select coalesce(u.event, -u.entry), p.code || ' ' || p.name
    from commissions_shareblock s
    join commissions_bucket b on b.agency_id = %(agency)s and b.id = s.bucket_id
    join anchors_payee p on p.agency_id = %(agency)s and p.id = b.payee_id
    cross join unnest(s.events, s.entries) as u (event, entry)
    where s.agency_id = %(agency)s and s.period = %(period)s and b.payee_id <> %(payee)s and b.kind <> 'override'
        and coalesce(u.event, -u.entry) = any(%(sources)s::bigint[])
"""
HOLDERS_THEN = """
    select coalesce(u.event, -u.entry), p.code || ' ' || p.name
    from settlements_formerbucket b
    join settlements_formerblock s on s.agency_id = %(agency)s and s.bucket_id = b.id
    join anchors_payee p on p.agency_id = %(agency)s and p.id = b.payee_id
    cross join unnest(s.events, s.entries) as u (event, entry)
    where b.agency_id = %(agency)s and b.calculation_id = %(calculation)s and b.payee_id <> %(payee)s
        and b.kind <> 'override' and coalesce(u.event, -u.entry) = any(%(sources)s::bigint[])
"""


def _values(statement: Statement, former: FormerCalculation) -> dict[str, Any]:
    return {
        "agency": current_agency_id(),
        "payee": statement.payee_id,
        "period": statement.period.code,
        "calculation": former.pk,
    }


def sums(statement: Statement, former: FormerCalculation) -> list[KindSum]:
    """What the payee's difference is made of; the differences add up to that of `earned`."""
    found = {kind: KindSum(Kind(kind), *rest) for kind, *rest in execute(SUMS, _values(statement, former))}
    return [found[kind] for kind in Kind.values if kind in found]


def moved(statement: Statement, former: FormerCalculation, kind: Kind, *, after: int | None = None) -> list[Moved]:
    """The lines of one kind, `PAGE` of them from behind `after` on, and one more if there are further ones."""
    values = _values(statement, former)
    least = -(2**63)
    rows = execute(ROWS, {**values, "kind": kind, "after": least if after is None else after, "limit": PAGE + 1})
    events = {row.pk: row for row in EarningEvent.objects.select_related("line").filter(pk__in=_events(rows))}
    entries = {row.pk: row for row in Entry.objects.filter(pk__in=_entries(rows))}
    others = _others(values, kind, [source for source, *_rest in rows])
    return [
        Moved(Kind(kind), events.get(source), entries.get(-source), then, now, others.get(source, []), source)
        for source, _kind, then, now in rows
    ]


def _events(rows: list[tuple[Any, ...]]) -> list[int]:
    return [source for source, *_rest in rows if source > 0]


def _entries(rows: list[tuple[Any, ...]]) -> list[int]:
    return [-source for source, *_rest in rows if source < 0]


def _others(values: dict[str, Any], kind: Kind, sources: list[int]) -> dict[int, list[str]]:
    """Who had a line that came and has it no more, or has one that went and had it not."""
    if kind not in (Kind.CAME, Kind.WENT) or not sources:
        return {}
    told = {
        "sources": sources,
        "events": [source for source in sources if source > 0],
        "entries": [-source for source in sources if source < 0],
    }
    then, now = (set(execute(sql, values | told)) for sql in (HOLDERS_THEN, HOLDERS_NOW))
    found: dict[int, list[str]] = {}
    for source, name in sorted(then - now if kind == Kind.CAME else now - then):
        found.setdefault(source, []).append(name)
    return found
