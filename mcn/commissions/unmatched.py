"""The unmatched queue: what belongs to nobody yet, with one reason and one cause each (docs/money.md §3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from mcn.commissions.calculation.tables import execute, fill, select_into
from mcn.commissions.engine.inputs import Entry, EntryMatch
from mcn.commissions.engine.matching import Roster
from mcn.commissions.matching import Considered, causes_sql, parameters
from mcn.commissions.models import Unmatched
from mcn.tenancy.scope import current_agency_id


def write_unmatched(
    what: Considered, roster: Roster, entries: Iterable[Entry], entry_matches: Iterable[EntryMatch]
) -> None:
    """Replace the queue of a month with what the latest match left over.

    Rows left over from closed months stay, marked as settled (an empty reason) or with the reason that stands now.
    """
    values = parameters(what, roster)
    by_id = {entry.id: entry for entry in entries}
    fill(
        "m_entry_problem",
        "entry_id bigint, reason text, cause text, pool bigint",
        [
            (match.entry_id, match.reason, _cause(by_id[match.entry_id], match), by_id[match.entry_id].amount)
            for match in entry_matches
            if match.reason is not None
        ],
    )
    execute(
        "delete from commissions_unmatched where agency_id = %(agency)s and period = %(period)s and not carried",
        values,
    )
    _update_carried(what, values, [entry.id for entry in by_id.values()])
    execute(
        f"""
        insert into commissions_unmatched (agency_id, period, event_id, entry_id, reason, cause, pool_fen, carried)
        select %(agency)s, %(period)s, event_id, null, reason, cause, pool, false from ({causes_sql()}) x
        union all
        select %(agency)s, %(period)s, null, entry_id, reason, cause, pool, false from m_entry_problem
        on conflict do nothing""",
        values,
    )


def _cause(entry: Entry, match: EntryMatch) -> str:
    return f"{'contract' if match.reason == Unmatched.Reason.NO_CONTRACT else 'rule'}:{entry.anchor}"


def _update_carried(what: Considered, values: dict[str, Any], entry_ids: list[int]) -> None:
    if not what.carried:
        return
    execute(
        f"""
        update commissions_unmatched u set reason = coalesce(x.reason, ''), cause = coalesce(x.cause, '')
        from commissions_unmatched c left join ({causes_sql()}) x on x.event_id = c.event_id
        where u.agency_id = %(agency)s and u.carried and u.event_id is not null and c.agency_id = %(agency)s
            and c.id = u.id""",
        values,
    )
    execute(
        """
        update commissions_unmatched u set reason = coalesce(x.reason, ''), cause = coalesce(x.cause, '')
        from commissions_unmatched c left join m_entry_problem x on x.entry_id = c.entry_id
        where u.agency_id = %(agency)s and u.carried and u.entry_id = any(%(entries)s) and c.agency_id = %(agency)s
            and c.id = u.id""",
        {**values, "entries": entry_ids},
    )


@dataclass(frozen=True)
class Followed:
    """What became of the waiting lines: `followed` (pool in fen: `followed_fen`) found their owner, `moved` wait for
    another reason or cause now, `left` still wait for one of the causes that were asked about."""

    followed: int
    followed_fen: int
    moved: int
    left: int


def remember_waiting() -> None:
    """Keep what waits now, for `followed_since` in the same transaction."""
    select_into(
        "m_waiting",
        """select coalesce(event_id, -entry_id) as source, reason, cause, pool_fen from commissions_unmatched
        where agency_id = %(agency)s and reason <> ''""",
        {"agency": current_agency_id()},
    )


def followed_since(causes: Iterable[tuple[str, str]]) -> Followed:
    """What became of the lines that `remember_waiting` kept; `causes`: pairs of reason and cause that were mended."""
    mended = list(causes)
    row = execute(
        """
        select count(*) filter (where u.id is null),
            coalesce(sum(w.pool_fen) filter (where u.id is null), 0)::bigint,
            count(*) filter (where (u.reason, u.cause) <> (w.reason, w.cause)),
            count(*) filter (where (u.reason, u.cause) = (w.reason, w.cause) and m.reason is not null)
        from m_waiting w
        left join commissions_unmatched u
            on u.agency_id = %(agency)s and u.reason <> '' and coalesce(u.event_id, -u.entry_id) = w.source
        left join (select distinct * from unnest(%(reasons)s::text[], %(causes)s::text[])) m (reason, cause)
            on (m.reason, m.cause) = (w.reason, w.cause)""",
        {
            "agency": current_agency_id(),
            "reasons": [reason for reason, _cause in mended],
            "causes": [cause for _reason, cause in mended],
        },
    )[0]
    return Followed(*row)


def unmatched_money(period: str) -> tuple[int, list[dict[str, Any]]]:
    """Unmatched money of a month itself: the sum in fen, and amount and count by reason, largest first."""
    rows = (
        Unmatched.objects.filter(period=period, carried=False)
        .exclude(reason="")
        .order_by()
        .values("reason")
        .annotate(count=Count("id"), pool_fen=Sum("pool_fen"))
    )
    found = sorted(rows, key=lambda row: (-abs(row["pool_fen"]), row["reason"]))
    return sum(row["pool_fen"] for row in found), found
