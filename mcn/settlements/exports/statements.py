"""`statements`: one row per payee, the lines of docs/money.md §5.

A month that takes something back in instalments has a further column, last: the others keep theirs.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.core.copying import Query
from mcn.core.exports import Column, Kind, read
from mcn.settlements.exports.base import Export, parameters, sums
from mcn.settlements.models import Period, Statement
from mcn.settlements.proof import takes_instalments
from mcn.tenancy.models import Agency

AMOUNTS = (
    "net_gmv", "pool", "commission_share", "clawback_share", "slot_fee_share", "tips_share", "ads_share",
    "override_share", "bonus", "earned", "guarantee_top_up", "penalties", "paid_by_platform", "brought_forward",
    "taxable", "tax", "advance_recouped", "net_pay", "carried_forward",
)  # fmt: skip


def _label(field: str) -> str:
    return Statement._meta.get_field(field).verbose_name  # type: ignore[union-attr, return-value]


COLUMNS = (
    Column("payee", _label("code"), width=14),
    Column("name", _label("name"), width=18),
    Column("period", _label("period"), Kind.CODE),
    Column("lines", _label("lines"), Kind.COUNT),
    *(Column(name, _label(f"{name}_fen"), Kind.AMOUNT, width=15) for name in AMOUNTS),
)
INSTALMENTS = Column("instalments", _label("instalments_fen"), Kind.AMOUNT, width=15)


def further(period: Period) -> Sequence[Column]:
    """What was taken back in instalments, in the months that take any."""
    return (INSTALMENTS,) if takes_instalments(period) else ()


def _amounts(period: Period) -> list[str]:
    return [*AMOUNTS, *(column.name for column in further(period))]


def frames(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """One row per statement, by code."""
    amounts = ", ".join(f"{name}_fen" for name in _amounts(period))
    sql = f"""
        select code, name, %(period)s::text, lines, {amounts} from settlements_statement
        where agency_id = %(agency)s and period_id = %(period_id)s order by code collate "C"
        """
    return read(Query(sql, parameters(agency, period)), (*COLUMNS, *further(period)))


def expected(agency: Agency, period: Period) -> Mapping[str, int]:
    """The sums as the screens show them; what was earned from the shares themselves: Σ lines = Σ statements."""
    amounts = ", ".join(f"coalesce(sum({name}_fen), 0) as {name}" for name in _amounts(period) if name != "earned")
    sql = f"""
        select coalesce(sum(lines), 0) as lines, {amounts}, (
            select coalesce(sum(share_fen), 0) from commissions_shareline
            where agency_id = %(agency)s and period = %(period)s
        ) as earned
        from settlements_statement where agency_id = %(agency)s and period_id = %(period_id)s
        """
    return sums(sql, parameters(agency, period))


STATEMENTS = Export(_("Statements"), COLUMNS, frames, expected, further=further)
