"""Prove closed months: recompute them from their frozen inputs and compare every row (docs/money.md §8).

Two independent reckonings, the set-based one and, for months that are not too large, the reference engine; then
the chain of hashes. Nothing is changed: all work is in temporary tables of a transaction that is rolled back.
"""

from collections.abc import Iterator
from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from mcn.commissions import recorded
from mcn.commissions.calculation.tables import execute, tune
from mcn.commissions.engine.codec import CodecError
from mcn.commissions.engine.shares import calculate as engine_calculate
from mcn.commissions.matching import parameters
from mcn.core.errors import Conflict
from mcn.settlements import proof
from mcn.settlements.inputs import Inputs
from mcn.settlements.models import Leftover, Period, Statement
from mcn.settlements.services.calculation import (
    COLUMNS,
    Progress,
    Reckoned,
    detailed,
    same_json,
    share_and_settle,
)

ENGINE_UP_TO_EVENTS = 20_000
SHOWN = 20
VERIFYING = gettext_noop("Recomputing closed months")

COMPUTED = """
    select x.event_id, x.entry_id, x.host, b.kind, b.col as "column", b.payee_id, b.anchor_id, b.version_id, b.rule_id,
        b.override_id, b.weight, b.n, b.d, x.share, x.dated_on, x.holder_id
    from c_block k
    join c_bucket b on b.id = k.bucket
    cross join unnest(k.events, k.entries, k.hosts, k.shares, k.dates, k.holders)
        as x (event_id, entry_id, host, share, dated_on, holder_id)
"""


class _RollBack(Exception):
    """Ends the transaction of a verification."""


def verify(*, period: str | None = None, progress: Progress = lambda done, total, message: None) -> dict[str, Any]:
    """Verify one closed month, or all of the agency in scope, oldest first.

    Returns `months`: of each its code, numbers of shares and statements, hash and `differences`, which `worded`
    puts into sentences. Raises Conflict for a month that is not closed.
    """
    with transaction.atomic():
        closed = list(Period.objects.filter(state=Period.State.CLOSED).order_by("code"))
    if period is not None and period not in {row.code for row in closed}:
        raise Conflict(gettext_lazy("%(period)s is not closed: there is nothing to verify."), period=period)
    months = []
    before = ""
    for number, row in enumerate(closed):
        if period in (None, row.code):
            progress(number, len(closed), VERIFYING)
            months.append(_month(row, before))
        before = row.content_hash
    return {"months": months, "differences": sum(len(month["differences"]) for month in months)}


def _month(row: Period, before: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    try:
        with transaction.atomic():
            tune()
            result = _recompute(row, before)
            raise _RollBack
    except _RollBack:
        return result


def _recompute(row: Period, before: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = []
    month = {"period": row.code, "shares": 0, "statements": 0, "hash": row.content_hash, "differences": found}
    if row.previous_hash != before:
        found.append({"what": "chain"})
    if not proof.holds(row):
        found.append({"what": "hash"})
    found += _leftovers(row)
    try:
        inputs = Inputs.read(row.inputs)
    except CodecError as error:
        found.append({"what": "inputs", "name": str(error)})
        return month
    values = parameters(inputs.considered, inputs.roster)
    matched = recorded.match_recorded(values)
    reckoned = share_and_settle(inputs, matched, recorded=True)
    found += _shares(values)
    found += _statements(row, reckoned)
    found += _missing(values)
    month["shares"] = execute(f"select count(*) from ({recorded.STORED}) x", values)[0][0]
    month["statements"] = len(reckoned.statements)
    if matched.height <= ENGINE_UP_TO_EVENTS:
        found += _engine(inputs, matched, reckoned, values)
    return month


def _shares(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Stored shares that the recomputation does not give, and the other way round."""
    for what, one, other in (
        ("share_stored", recorded.STORED, COMPUTED),
        ("share_computed", COMPUTED, recorded.STORED),
    ):
        rows = execute(
            f"""
            select coalesce(l.order_key || '/' || l.line_key, n.code), p.code, x.share, count(*) over () from (
                select * from ({one}) a except all select * from ({other}) b
            ) x
            join anchors_payee p on p.agency_id = %(agency)s and p.id = x.payee_id
            left join sales_earningevent e on e.agency_id = %(agency)s and e.id = x.event_id
            left join sales_orderline l on l.agency_id = %(agency)s and l.id = e.line_id
            left join sales_entry n on n.agency_id = %(agency)s and n.id = x.entry_id
            order by 1, 2, 3 limit {SHOWN}""",
            values,
        )
        for name, payee, share, count in rows:
            yield {"what": what, "name": name, "payee": payee, "amount": share, "count": count}


def _statements(row: Period, reckoned: Reckoned) -> Iterator[dict[str, Any]]:
    stored = {statement.code: statement for statement in Statement.objects.filter(period=row)}
    for settled, details in detailed(reckoned):
        statement = stored.pop(settled.payee, None)
        if statement is None:
            yield {"what": "statement_missing", "payee": settled.payee}
            continue
        for column in ("lines", *COLUMNS):
            name = column if column == "lines" else f"{column}_fen"
            if getattr(statement, name) != getattr(settled, column):
                yield {
                    "what": "statement",
                    "payee": settled.payee,
                    "name": column,
                    "stored": getattr(statement, name),
                    "computed": getattr(settled, column),
                }
        if statement.name != settled.name or not same_json(statement.details, details):
            yield {"what": "statement_details", "payee": settled.payee}
        yield from _recoupments(statement, {r.code: r.amount for r in settled.recouped if r.amount})
    for code in stored:
        yield {"what": "statement_extra", "payee": code}


def _recoupments(statement: Statement, expected: dict[str, int]) -> Iterator[dict[str, Any]]:
    if dict(statement.recoupments.values_list("advance__code", "amount_fen")) != expected:
        yield {"what": "recoupment", "payee": statement.code}


def _leftovers(row: Period) -> Iterator[dict[str, Any]]:
    """Whether what was left over is, to the fen, what was accepted at closing."""
    kept = Leftover.objects.filter(period=row.code).aggregate(pool=Sum("pool_fen"))["pool"] or 0
    if kept != (row.accepted_unmatched_fen or 0):
        yield {"what": "leftovers", "stored": int(kept), "accepted": row.accepted_unmatched_fen or 0}


def _missing(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Events of the month that it neither shared nor was closed over."""
    (count,) = execute(
        """
        with mine as (
            select id from sales_earningevent
            where agency_id = %(agency)s and settle_period = %(period)s and original_period >= %(first)s
        ),
        shared as (
            select event_id from commissions_shareline where agency_id = %(agency)s and period = %(period)s
        ),
        left_over as (
            select event_id from settlements_leftover where agency_id = %(agency)s and period = %(period)s
        )
        select count(*) from mine
        where not exists (select from shared where shared.event_id = mine.id)
            and not exists (select from left_over where left_over.event_id = mine.id)
        """,
        values,
    )[0]
    if count:
        yield {"what": "events_missing", "count": count}


def _engine(
    inputs: Inputs, matched: pl.DataFrame, reckoned: Reckoned, values: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """The reference engine on the same inputs: every share and every payee's totals."""
    given = recorded.engine_inputs(
        inputs.period, inputs.roster, inputs.ids, matched, inputs.entries, reckoned.entry_matches, values
    )
    result = engine_calculate(given)
    stored, computed = recorded.stored_shares(values), recorded.engine_shares(result, inputs.ids)
    count = sum(((stored - computed) + (computed - stored)).values())
    if count:
        yield {"what": "engine_shares", "count": count}
    for one, other in zip(result.totals, reckoned.totals, strict=False):
        if one != other:
            yield {"what": "engine_totals", "payee": one.payee}
    if len(result.totals) != len(reckoned.totals):
        yield {"what": "engine_totals", "payee": "–"}


SENTENCES = {
    "chain": gettext_noop("%(period)s: the hash of the month before is not the one that this month was chained to."),
    "hash": gettext_noop(
        "%(period)s: lines, statements and leftovers do not have the hash that was stored when it closed."
    ),
    "leftovers": gettext_noop(
        "%(period)s: the unmatched money kept with the month is %(stored)s fen, accepted were %(accepted)s fen."
    ),
    "inputs": gettext_noop("%(period)s: the frozen inputs cannot be read (%(name)s)."),
    "share_stored": gettext_noop(
        "%(period)s: %(name)s, payee %(payee)s: the stored share %(amount)s fen does not follow from the inputs"
        " (%(count)s such rows)."
    ),
    "share_computed": gettext_noop(
        "%(period)s: %(name)s, payee %(payee)s: a share of %(amount)s fen follows from the inputs and is not stored"
        " (%(count)s such rows)."
    ),
    "statement": gettext_noop(
        "%(period)s: statement of %(payee)s, %(name)s: stored %(stored)s, recomputed %(computed)s fen."
    ),
    "statement_missing": gettext_noop("%(period)s: the statement of %(payee)s is missing."),
    "statement_extra": gettext_noop("%(period)s: the statement of %(payee)s does not follow from the inputs."),
    "statement_details": gettext_noop("%(period)s: name or details of the statement of %(payee)s differ."),
    "recoupment": gettext_noop("%(period)s: the advances recouped from %(payee)s differ."),
    "events_missing": gettext_noop("%(period)s: %(count)s events are neither shared nor left over."),
    "engine_shares": gettext_noop("%(period)s: %(count)s shares differ from the reference calculation."),
    "engine_totals": gettext_noop("%(period)s: the totals of %(payee)s differ from the reference calculation."),
}


def worded(month: dict[str, Any]) -> list[str]:
    """The differences of a month of `verify` as sentences in the current language."""
    return [_(SENTENCES[row["what"]]) % {"period": month["period"], **row} for row in month["differences"]]
