"""Words for why somebody is not paid now, and for why a bank's line fits a payout."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from mcn.console.settlement.words import block_words
from mcn.core import formats
from mcn.core.encryption import masked
from mcn.settlements.models import PayingAccount
from mcn.settlements.payouts.due import Block

REASONS = {
    "name": gettext_lazy("same name"),
    "reference": gettext_lazy("our reference"),
    "account": gettext_lazy("same account"),
    "soon": gettext_lazy("on time"),
    "later": gettext_lazy("later than planned"),
}


def block(found: Block) -> str:
    """Why somebody is not paid now."""
    values = found.values
    if found.code == "in_batch":
        return _("stands in a batch")
    if found.code == "minimum":
        text = _("below the minimum of %(amount)s: waits for the next month")
        return text % {"amount": formats.money(values["minimum_fen"])}
    if found.code == "no_account":
        if values["channel"] == PayingAccount.Channel.ALIPAY:
            return _("no Alipay account is recorded")
        return _("no bank account is recorded") if values["channel"] else _("no account is recorded")
    if found.code == "held":
        return _("held back: %(reasons)s") % {"reasons": formats.listed(values["reasons"])}
    if found.code == "invoice":
        return block_words(values["reason"])
    if found.code == "wanting":
        return _("the bank asks for more of the account: %(what)s") % {"what": formats.listed(values["what"])}
    return _("the account is %(holder)s's, the contract %(party)s's") % values


def blocks(found: Iterable[Block]) -> str:
    """Everything that stops one payee; the reasons are clauses with commas of their own."""
    return pgettext("between clauses", "; ").join(block(one) for one in found)


def account(kept: Any) -> str:
    """A payout's account, its number hidden but for the end."""
    number, bank = masked(kept["account"]), kept.get("bank", "")
    return f"{bank} {number}" if bank else number
