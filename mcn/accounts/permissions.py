"""The one list of what can be done, and which role may.

Every view names one of these; `mcn.console.checks` refuses to start with a view that names none.
The anchor's own pages need `portal.view` and `portal.answer`, which only the anchor role has.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member does in the agency; a member may have several."""

    OWNER = "owner", _("Owner")
    OPERATIONS = "operations", _("Operations")
    FINANCE = "finance", _("Finance")
    TALENT = "talent", _("Talent")
    SELECTION = "selection", _("Selection")
    BRAND = "brand", _("Brand")
    TRAINER = "trainer", _("Trainer")
    AUDITOR = "auditor", _("Auditor")
    ANCHOR = "anchor", _("Anchor")


STAFF = frozenset(Role) - {Role.ANCHOR}


@dataclass(frozen=True)
class Permission:
    """`code` is `area.verb`; `roles` may do it. The owner may do everything except the anchor's own pages."""

    code: str
    label: Any
    roles: frozenset[str]


def _allow(code: str, label: Any, *roles: Role) -> tuple[str, Permission]:
    return code, Permission(code, label, frozenset({Role.OWNER, *roles}))


O, F, T, S, B, R, A = (  # noqa: E741 -- one letter a role keeps the table below readable
    Role.OPERATIONS,
    Role.FINANCE,
    Role.TALENT,
    Role.SELECTION,
    Role.BRAND,
    Role.TRAINER,
    Role.AUDITOR,
)

PERMISSIONS: dict[str, Permission] = dict(
    [
        _allow("home.view", _("See the home page"), O, F, T, S, B, R, A),
        _allow("anchors.view", _("See anchors"), O, F, T, S, B, R, A),
        _allow("anchors.change", _("Change anchors and their accounts"), T, O),
        _allow("payees.view", _("See payees (personal data masked)"), F, T, A),
        _allow("payees.change", _("Change payees"), F, T),
        _allow("payees.reveal", _("Reveal personal data"), F),
        _allow("contracts.view", _("See contracts and splits"), F, T, A),
        _allow("contracts.change", _("Change contracts and splits"), T),
        _allow("contracts.simulate", _("Try out other terms on closed months"), F, T),
        _allow("brands.view", _("See brands and deals"), O, F, T, S, B, A),
        _allow("brands.change", _("Change brands and deals"), B),
        _allow("supply.view", _("See suppliers and SKUs"), O, F, T, S, B, R, A),
        _allow("supply.change", _("Change suppliers and SKUs"), S),
        _allow("training.view", _("See training"), O, T, R, A),
        _allow("training.change", _("Change training"), R),
        _allow("live.view", _("See live sessions"), O, F, T, S, B, R, A),
        _allow("live.change", _("Change live sessions"), O),
        _allow("sales.view", _("See sales data"), O, F, A),
        _allow("sales.import", _("Import sales data"), O, F),
        _allow("settlements.view", _("See settlements"), F, A),
        _allow("settlements.calculate", _("Calculate a month"), F),
        _allow("settlements.submit", _("Submit a month for review"), F),
        _allow("settlements.approve", _("Approve a month"), F),
        _allow("settlements.close", _("Close a month"), F),
        _allow("reports.change", _("Set on which day reports are made, and who is told"), F),
        _allow("payouts.view", _("See payouts"), F, A),
        _allow("payouts.change", _("Prepare payouts and record what the bank did"), F),
        _allow("payouts.approve", _("Approve payouts"), F),
        _allow("vouchers.change", _("Change the subjects of vouchers"), F),
        _allow("invoices.view", _("See invoices of payees"), F, A),
        _allow("invoices.change", _("Register and cancel invoices of payees"), F),
        _allow("disputes.view", _("See disputes"), F, T, A),
        _allow("disputes.answer", _("Answer disputes"), F),
        _allow("corrections.request", _("Request corrections"), F),
        _allow("corrections.approve", _("Decide on corrections that others requested"), F),
        _allow("holds.change", _("Hold payments back and release them"), F),
        _allow("deposits.change", _("Record deposits of payees"), F),
        _allow("instalments.change", _("Agree that debts are taken back in instalments"), F),
        _allow("instalments.forgive", _("Decide on forgiving debts in instalments that others asked for"), F),
        _allow("exits.view", _("See exit sheets"), F, T, A),
        _allow("exits.change", _("Draw up exit sheets"), T),
        _allow("exits.settle", _("Settle exit sheets that others drew up"), F),
        _allow("entries.view", _("See other income and costs"), F, O, B, A),
        _allow("entries.change", _("Change other income and costs"), F, O),
        _allow("exports.create", _("Export data"), O, F, A),
        _allow("settings.view", _("See settings"), A),
        _allow("settings.change", _("Change settings")),
        _allow("members.view", _("See members"), A),
        _allow("members.change", _("Invite and change members")),
        _allow("audit.view", _("See the audit trail"), A),
        _allow("jobs.view", _("See jobs"), O, F, T, S, B, R, A),
        ("portal.view", Permission("portal.view", _("See own earnings"), frozenset({Role.ANCHOR}))),
        (
            "portal.answer",
            Permission("portal.answer", _("Dispute and accept own statements"), frozenset({Role.ANCHOR})),
        ),
    ]
)


def allowed(roles: list[str] | frozenset[str], code: str) -> bool:
    """Whether a member with these roles may do `code`. Raises KeyError for a permission not in the list."""
    return bool(PERMISSIONS[code].roles & frozenset(roles))
