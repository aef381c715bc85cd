"""Which months an import concerns by the order lines that it changed."""

from mcn.commissions.calculation.tables import execute
from mcn.settlements.models import Period
from mcn.tenancy.scope import current_agency_id

# The months of all events on lines that the import wrote, and whether a closed month left one of them over.
MONTHS = """
    select e.settle_period, coalesce(bool_or(u.carried), false)
    from sales_orderline l
    join sales_earningevent e on e.agency_id = l.agency_id and e.line_id = l.id
    left join commissions_unmatched u on u.agency_id = e.agency_id and u.event_id = e.id
    where l.agency_id = %(agency)s and l.sales_import_id = %(sales_import)s
    group by e.settle_period
"""


def mark_months_of_changed_lines(sales_import_id: int) -> None:
    """Note with every month whose calculation reads lines that the import wrote: it is stale (`inputs.mark`).

    A line's account, product, room and times decide whose its events are, also those of earlier imports. What closed
    months left over is settled by an open one, so such a line concerns every open month. In the import's
    transaction, so that no calculation sees the lines without the note; lines do not change in any other way.
    """
    calculated = Period.objects.exclude(state=Period.State.CLOSED).exclude(input_mark="")
    if not calculated.exists():
        return
    found = execute(MONTHS, {"agency": current_agency_id(), "sales_import": sales_import_id})
    if not any(left_over for _code, left_over in found):
        calculated = calculated.filter(code__in=[code for code, _left_over in found])
    calculated.update(lines_changed_by=sales_import_id)
