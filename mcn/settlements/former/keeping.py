"""Keep what a draft says while the next calculation replaces it, and forget it when the month closes.

Sets of rows are copied inside the database. The shares of a month are a few blocks, which are copied as they are
packed: what a calculation takes hardly grows by it (docs/operations.md, Speed).
"""

from typing import Any

from mcn.commissions.calculation.tables import execute
from mcn.commissions.models import Bucket
from mcn.settlements.models import FormerBucket, FormerCalculation, FormerStatement, Period
from mcn.tenancy.scope import current_agency_id

OWN = {"id", "agency_id", "calculation_id", "payee_id"}
FIGURES = ", ".join(
    field.column for field in FormerStatement._meta.concrete_fields if field.column and field.column not in OWN
)
BUCKET = ", ".join(
    f'"{field.column}"'
    for field in FormerBucket._meta.concrete_fields
    if field.column in {own.column for own in Bucket._meta.concrete_fields}
)
STATEMENTS = f"""
    insert into settlements_formerstatement (agency_id, calculation_id, payee_id, {FIGURES})
    select agency_id, %(calculation)s, payee_id, {FIGURES} from settlements_statement
    where agency_id = %(agency)s and period_id = %(period_id)s
"""
BUCKETS = f"""
    insert into settlements_formerbucket (calculation_id, {BUCKET})
    select %(calculation)s, {BUCKET} from commissions_bucket where agency_id = %(agency)s and period = %(period)s
"""
BLOCKS = """
    insert into settlements_formerblock (agency_id, bucket_id, events, entries, shares)
    select agency_id, bucket_id, events, entries, shares from commissions_shareblock
    where agency_id = %(agency)s and period = %(period)s
"""
FORGET = (
    """delete from settlements_formerblock where agency_id = %(agency)s and bucket_id in (
        select b.id from settlements_formerbucket b
        join settlements_formercalculation c on c.agency_id = b.agency_id and c.id = b.calculation_id
        where b.agency_id = %(agency)s and c.period_id = %(period_id)s)""",
    *(
        f"""delete from settlements_{table} where agency_id = %(agency)s and calculation_id in (
            select id from settlements_formercalculation where agency_id = %(agency)s and period_id = %(period_id)s)"""
        for table in ("formerbucket", "formerstatement")
    ),
    "delete from settlements_formercalculation where agency_id = %(agency)s and period_id = %(period_id)s",
)


def keep(row: Period, mark: str) -> None:
    """Keep the month's draft, which is about to be replaced by one from what `mark` identifies.

    The same data give the same draft: then there is nothing to tell, and what was kept before stays. Before the draft
    is removed, in the calculation's transaction.
    """
    if row.calculated_at is None or row.input_mark == mark:
        return
    forget(row)
    kept = FormerCalculation.objects.create(
        period=row, calculated_at=row.calculated_at, calculated_by_id=row.calculated_by_id, totals=row.totals
    )
    values = {**_values(row), "calculation": kept.pk}
    for sql in (STATEMENTS, BUCKETS, BLOCKS):
        execute(sql, values)


def forget(row: Period) -> None:
    """Remove what was kept of the month's former calculation."""
    for sql in FORGET:
        execute(sql, _values(row))


def _values(row: Period) -> dict[str, Any]:
    return {"agency": current_agency_id(), "period_id": row.pk, "period": row.code}
