"""Every kind of long work, where its body is, and who may see it. One dictionary, to be read and searched."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _


class Kind(NamedTuple):
    """One kind of work: the path of its body, its name for readers, and what a member must be allowed to see it."""

    body: str
    label: Any
    permission: str


KINDS: dict[str, Kind] = {
    "import": Kind("mcn.settlements.tasks.import_sales", _("Import of sales data"), "sales.view"),
    "pull": Kind("mcn.settlements.tasks.pull", _("Fetching of orders from a platform"), "sales.view"),
    "preview": Kind("mcn.settlements.tasks.preview_sales", _("Preview of an import"), "sales.view"),
    "calculate": Kind("mcn.settlements.tasks.calculate", _("Calculation of a month"), "settlements.view"),
    "exposure": Kind(
        "mcn.settlements.tasks.sum_exposure", _("Sums for refund exposure and reports"), "settlements.view"
    ),
    "match": Kind("mcn.settlements.tasks.match", _("Matching of unmatched lines"), "sales.view"),
    "submit": Kind("mcn.settlements.tasks.submit", _("Submission of a month"), "settlements.view"),
    "close": Kind("mcn.settlements.tasks.close", _("Closing of a month"), "settlements.view"),
    "verify": Kind("mcn.settlements.tasks.verify", _("Verification of closed months"), "settlements.view"),
    "statement_xlsx": Kind("mcn.settlements.tasks.statement_xlsx", _("Statement as xlsx"), "settlements.view"),
    "proof_pack": Kind("mcn.settlements.tasks.proof_pack", _("Proof pack"), "settlements.view"),
    "what_if": Kind("mcn.settlements.tasks.what_if", _("What-if"), "contracts.simulate"),
    "ghosts": Kind("mcn.settlements.tasks.reckon_ghosts", _("Ghost rules"), "contracts.simulate"),
    "export": Kind("mcn.settlements.tasks.export", _("Export"), "settlements.view"),
}
