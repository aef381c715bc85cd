"""`report`: a month's report as one workbook (docs/money.md §12)."""

from collections.abc import Callable
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from mcn.core.exports import write_workbook
from mcn.settlements.exports.documents import Documents
from mcn.settlements.models import Period
from mcn.settlements.reports.sheets import sheets
from mcn.tenancy.models import Agency


def write_report(path: Path, agency: Agency, period: Period, progress: Callable[[int, int], None]) -> int:
    """Write the workbook; returns the number of its rows. All of it is made, and agrees, before the first is written.

    Raises DoesNotAgree.
    """
    return write_workbook(path, sheets(agency, period))


REPORT = Documents(_("Monthly report"), write_report, ("xlsx",))
