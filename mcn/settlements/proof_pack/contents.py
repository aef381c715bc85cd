"""What the files of a proof pack hold: rows straight from the database, and the frozen inputs without personal data.

The verifier (`verify.py`) reads them; it and this module change together, with the pack's version.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mcn.commissions.calculation.tables import select_into
from mcn.core.copying import Query, copied
from mcn.core.periods import Period as Month
from mcn.settlements import proof
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

# Events of the lines that this month takes back from, and what earlier months paid on them.
TAKEN_BACK = """
    select e.id, e.line_id, e.kind, e.occurred_at, e.gross_fen - e.fee_fen as pool
    from (
        select distinct e.line_id
        from commissions_shareline s
        join sales_earningevent e on e.agency_id = %(agency)s and e.id = s.event_id
        where s.agency_id = %(agency)s and s.period = %(period)s and e.kind = 'clawback'
    ) back
    join sales_earningevent e on e.agency_id = %(agency)s and e.line_id = back.line_id
"""
HISTORY = """
    select l.platform, l.order_key, l.line_key, s.period, e.kind,
        to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), e.id, e.pool, p.code, s.host,
        b.kind, b.version_id, b.rule_id, b.override_id, b.weight, b.rate_numerator, b.rate_denominator, s.share_fen
    from pack_taken_back e
    join commissions_shareline s on s.event_id = e.id
    join commissions_bucket b on b.agency_id = %(agency)s and b.id = s.bucket_id
    join anchors_payee p on p.agency_id = %(agency)s and p.id = b.payee_id
    join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
    where s.agency_id = %(agency)s and s.period < %(period)s
        and s.first_event <= (select max(id) from pack_taken_back)
        and s.last_event >= (select min(id) from pack_taken_back)
    order by l.platform collate "C", l.order_key collate "C", l.line_key collate "C", s.period, e.occurred_at,
        e.id, b.override_id nulls first, s.host, p.code collate "C"
"""
# Whom the platform paid itself, in the order of the lines.
HOLDERS = """
    select e.id, p.code
    from (
        select event_id, min(holder_id) as holder_id from commissions_shareline
        where agency_id = %(agency)s and period = %(period)s and event_id is not null and holder_id is not null
        group by 1
    ) h
    join anchors_payee p on p.agency_id = %(agency)s and p.id = h.holder_id
    join sales_earningevent e on e.agency_id = %(agency)s and e.id = h.event_id
    join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
    order by e.occurred_at, l.platform collate "C", l.order_key collate "C", l.line_key collate "C", e.id
"""
TABLES = {
    "history.tsv": HISTORY,
    "holders.tsv": HOLDERS,
    "leftovers.tsv": proof.LEFTOVERS,
}
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # no sale is older


def table(name: str, period: Period) -> Iterator[bytes]:
    """The bytes of a .tsv file: rows as PostgreSQL copies them out, as the content hash is over them."""
    if name == "lines.tsv":
        yield from proof.lines(period)
        return
    values = {"agency": current_agency_id(), "period": period.code, "period_id": period.pk}
    if name == "history.tsv":
        select_into("pack_taken_back", TAKEN_BACK, values)
    query = proof.statements_query(period) if name == "statements.tsv" else TABLES[name]
    yield from copied(Query(query, values))


def as_json(data: Any) -> bytes:
    """JSON in the one form that packs have."""
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def rules(period: Period) -> dict[str, Any]:
    """Contract versions, split rules with tiers, and overrides as they were frozen."""
    assert period.inputs is not None
    return {name: period.inputs["roster"][name] for name in ("versions", "rules", "overrides")}


def inputs(agency: Agency, period: Period) -> dict[str, Any]:
    """Everything else that a recomputation needs. One person in law is named by its first payee's code, never by
    what the identity number leaves behind."""
    frozen = period.inputs
    assert frozen is not None
    persons: dict[str, str] = {}
    for payee in frozen["payees"]:
        persons.setdefault(payee["taxpayer"]["person"], payee["code"])
    return {
        "agency": {"slug": agency.slug, "name": agency.name},
        "period": period.code,
        "zone": frozen["roster"]["zone"],
        "day_starts_at": frozen["roster"]["day_starts_at"],
        "utc_offsets": utc_offsets(ZoneInfo(frozen["roster"]["zone"]), Month.parse(period.code)),
        "anchors": frozen["roster"]["anchors"],
        "payees": [_payee(payee, persons) for payee in frozen["payees"]],
        "guarantees": frozen["guarantees"],
        "net_of_tax": frozen.get("net_of_tax", []),
        "entries": frozen["entries"],
        "tax_history": [
            {"person": persons[row["person"]], "records": row["records"]}
            for row in frozen["tax_history"]
            if row["person"] in persons
        ],
        "settings": frozen["settings"],
        "tax_tables": frozen["tax_tables"],
        "accepted_unmatched_fen": period.accepted_unmatched_fen or 0,
    }


def _payee(payee: Mapping[str, Any], persons: Mapping[str, str]) -> dict[str, Any]:
    taxpayer = {**payee["taxpayer"], "person": persons[payee["taxpayer"]["person"]]}
    return {**{name: value for name, value in payee.items() if name != "id"}, "taxpayer": taxpayer}


def utc_offsets(zone: ZoneInfo, month: Month) -> list[tuple[str, int]]:
    """Seconds that local time was ahead of UTC, each with the moment (UTC) from which it counted, to the minute."""

    def ahead(moment: datetime) -> int:
        return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())

    found = [("", ahead(FIRST_DAY))]
    end = datetime(month.end.year, month.end.month, 2, tzinfo=UTC)
    day = FIRST_DAY
    while day < end:
        if ahead(day + timedelta(days=1)) != found[-1][1]:
            minutes = (day + timedelta(minutes=n) for n in range(1, 24 * 60 + 1))
            change = next(minute for minute in minutes if ahead(minute) != found[-1][1])
            found.append((change.strftime("%Y-%m-%dT%H:%M:%S"), ahead(change)))
        day += timedelta(days=1)
    return found


def chain(period: Period) -> list[dict[str, Any]]:
    """Every closed month up to this one, oldest first."""
    fields = ("code", "content_hash", "previous_hash", "leftovers_hashed")
    closed = Period.objects.filter(state=Period.State.CLOSED, code__lte=period.code)
    return list(closed.order_by("code").values(*fields))
