"""On which business day an order was paid, should the agency's days begin at another time."""

from mcn.sales.services import staging
from mcn.sales.services.imports import lock_sales
from mcn.tenancy.models import Agency


def date_lines_anew(agency: Agency) -> None:
    """Bring `paid_on` of all lines of the agency in scope in line with its zone and the start of its day.

    In the transaction that changed them, and beside no import, which would still date by what was before.
    """
    lock_sales()
    parameters = {"agency": agency.pk, "zone": agency.timezone, "day_starts_at": agency.day_starts_at}
    staging.run("date_lines", parameters)
