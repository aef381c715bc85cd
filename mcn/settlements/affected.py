"""Whom an import affects: the holders of its accounts on the days of payment, and what is in nobody's hands."""

from collections.abc import Mapping
from typing import Any

from mcn.commissions.calculation.tables import execute
from mcn.commissions.engine.matching import NOBODY
from mcn.commissions.models import Unmatched
from mcn.commissions.roster import load_holders
from mcn.commissions.roster_tables import roster_tables
from mcn.sales.services import EntrySums, Row, bounded
from mcn.settlements.inputs import ids_now

# From the import's own sums by day and account (sales/sql/stage.sql): what it takes from one account and gives to
# another, as when a newer row names another account, counts at both. The reasons are those that come first in §3.
AFFECTED = """
    select
        m_account.anchor_id,
        case
            when d.account_key = any(%(nobody)s) then %(no_anchor_on_line)s
            when d.day is null then %(no_contract)s
            when m_account.anchor_id is null then %(unknown_account)s
            else ''
        end as reason,
        case when m_account.anchor_id is null then d.platform else '' end as platform,
        case when m_account.anchor_id is null then d.account_key else '' end as account,
        sum(d.new_lines)::bigint,
        sum(d.changed_lines)::bigint,
        sum(d.settled_pool)::bigint as pool
    from day_sums d
    left join {accounts} on m_account.platform = d.platform and m_account.account = d.account_key
        and m_account.from_on <= d.day and (m_account.until_on is null or d.day < m_account.until_on)
    group by 1, 2, 3, 4
    having (sum(d.new_lines), sum(d.changed_lines), sum(d.settled_pool)) <> (0, 0, 0)
    order by abs(sum(d.settled_pool)) desc, 1, 2, 3, 4
"""
COLUMNS = ("anchor", "reason", "platform", "account", "new_lines", "changed_lines", "pool_fen")


SUMMED = ("new_lines", "changed_lines", "pool_fen", "entries", "entries_fen")


def affected_anchors(entries: Mapping[int, EntrySums]) -> list[Row]:
    """For each anchor who held an account of the import when its orders were paid: the id, lines and the change of the
    settled pool in fen. What no anchor held has the reason and the account instead. The largest change comes first.

    `entries`: what the import's entries of other income come to by anchor; their number and sum are beside the pool.
    In the transaction of the import, right after it. Who hosts a session together with others is not asked: the month's
    calculation shares that.
    """
    tables = roster_tables(load_holders(), ids_now())
    parameters: dict[str, Any] = {
        "nobody": list(NOBODY),
        "no_anchor_on_line": Unmatched.Reason.NO_ANCHOR_ON_LINE.value,
        "no_contract": Unmatched.Reason.NO_CONTRACT.value,
        "unknown_account": Unmatched.Reason.UNKNOWN_ACCOUNT.value,
    }
    rows = execute(AFFECTED.format(accounts=tables["m_account"]), tables.parameters | parameters)
    found: list[Row] = [dict(zip(COLUMNS, row, strict=True)) | {"entries": 0, "entries_fen": 0} for row in rows]
    of_anchor = {row["anchor"]: row for row in found if row["anchor"] is not None}
    for anchor, sums in sorted(entries.items()):
        if anchor not in of_anchor:
            found.append(
                {**dict.fromkeys(("reason", "platform", "account"), ""), "anchor": anchor, **dict.fromkeys(SUMMED, 0)}
            )
            of_anchor[anchor] = found[-1]
        of_anchor[anchor] |= {"entries": sums.new + sums.changed, "entries_fen": sums.amount_fen}
    found.sort(key=lambda row: -(abs(row["pool_fen"]) + abs(row["entries_fen"])))
    return bounded(found, SUMMED)
