"""Exports of a month: what there is, and in which formats.

`EXPORTS` are tables, written in each of the formats that are asked for; `DOCUMENTS` have formats of their own: papers
packed into one zip, and vouchers for accounting programmes. `STANDARD` is what is exported if nothing is named.
"""

from mcn.settlements.exports.base import Export
from mcn.settlements.exports.documents import STATEMENTS_PDF, Documents
from mcn.settlements.exports.lines import LINES
from mcn.settlements.exports.payees_of_quarter import QUARTER
from mcn.settlements.exports.payouts import PAYOUTS
from mcn.settlements.exports.report import REPORT
from mcn.settlements.exports.statements import STATEMENTS
from mcn.settlements.exports.tax import TAX
from mcn.settlements.exports.unmatched import UNMATCHED
from mcn.settlements.exports.vouchers import FILES, VOUCHERS
from mcn.settlements.exports.withholding_client import LABOUR, WAGES
from mcn.settlements.exports.withholding_people import PEOPLE

EXPORTS: dict[str, Export] = {
    "statements": STATEMENTS,
    "lines": LINES,
    "unmatched": UNMATCHED,
    "payouts": PAYOUTS,
    "tax": TAX,
    "tax-people": PEOPLE,
    "tax-labour": LABOUR,
    "tax-wages": WAGES,
    "tax-quarter": QUARTER,
    "vouchers": VOUCHERS,
}
STANDARD = ("statements", "lines", "unmatched")  # what the command line writes if nothing is named
DOCUMENTS: dict[str, Documents] = {"statements-pdf": STATEMENTS_PDF, "report": REPORT, **FILES}
LABELS = {name: kind.label for name, kind in EXPORTS.items()} | {name: kind.label for name, kind in DOCUMENTS.items()}
FORMATS = ("csv", "xlsx")

__all__ = ["DOCUMENTS", "EXPORTS", "FORMATS", "LABELS", "STANDARD", "Documents", "Export"]
