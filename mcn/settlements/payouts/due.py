"""Who is owed what, and why some of it cannot be paid yet (docs/money.md §11)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum

from mcn.anchors.models import Payee
from mcn.settlements.holds import Held, held
from mcn.settlements.invoicing import payment_blocks, same_name
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.models import Account, PayingAccount, Payout
from mcn.settlements.payouts.forms import SOURCES, lacking
from mcn.settlements.payouts.progress import paid_of
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

Channel = PayingAccount.Channel


@dataclass(frozen=True)
class Block:
    """Why a payee is not paid now: a code of the page's words, with what they need."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Due:
    """What one payee is owed. Fen: `payable` by the books, of it `promised` in a batch that is not paid yet, and `held`
    back (docs/money.md §8.3)."""

    payee: Payee
    payable: int
    promised: int
    held: int
    blocks: tuple[Block, ...]

    @property
    def amount(self) -> int:
        """What a batch would pay, if nothing stood in the way."""
        return max(0, self.payable - self.promised - self.held)


def due(channel: str = "", form: str = "") -> list[Due]:
    """Everybody whom the books owe money, by code.

    `channel`: paid through a bank or Alipay, either where empty; `form`: the kind of file that has to hold the payee's
    account, any where empty.
    """
    owed = {payee: -balance for payee, balance in balances_by_payee(Account.PAYABLE).items() if balance < 0}
    promised = promised_by_payee()
    minimum = Agency.objects.values_list("minimum_payout_fen", flat=True).get(pk=current_agency_id())
    rows = []
    payees = list(Payee.objects.filter(pk__in=owed).order_by("code"))
    papers, holds = _missing_papers(payees), held(payee.pk for payee in payees)
    for payee in payees:
        promise = promised.get(payee.pk, 0)
        kept = _kept(owed[payee.pk], holds.get(payee.pk))
        amount = owed[payee.pk] - promise - kept
        blocks = [*_account_blocks(payee, channel, form), *papers.get(payee.pk, ())]
        if promise:
            blocks.insert(0, Block("in_batch"))
        elif kept and amount <= 0:
            blocks.insert(0, Block("held", {"reasons": holds[payee.pk].reasons}))
        elif amount < minimum:
            blocks.insert(0, Block("minimum", {"minimum_fen": minimum}))
        rows.append(Due(payee, owed[payee.pk], promise, kept, tuple(blocks)))
    return rows


def _kept(owed: int, hold: Held | None) -> int:
    """What of a payee's money is held back, fen. Held shares are before tax: they may come to more than is owed."""
    if hold is None:
        return 0
    return owed if hold.amount_fen is None else min(hold.amount_fen, owed)


def _missing_papers(payees: list[Payee]) -> dict[int, list[Block]]:
    """What invoices are wanting for months that are not paid yet, by payee id (docs/money.md §6.2)."""
    blocked = payment_blocks(payees)
    unpaid = {
        (found.statement.payee_id, found.statement.period.code)
        for found in paid_of(blocked).values()
        if found.paid < found.net_pay
    }
    return {
        payee: [Block("invoice", {"reason": reason}) for reason in reasons if (payee, reason.period) in unpaid]
        for payee, reasons in blocked.items()
    }


def promised_by_payee() -> dict[int, int]:
    """Fen by payee id in batches that are neither paid nor given up."""
    rows = Payout.objects.filter(state__in=Payout.OPEN).order_by().values("payee_id").annotate(fen=Sum("amount_fen"))
    return {row["payee_id"]: row["fen"] for row in rows}


def account_of(payee: Payee, channel: str) -> dict[str, str]:
    """Where a payee is paid: the account's number (`account`), holder (`name`), and what a bank asks for besides.

    A holder that was not recorded is the payee itself. Empty where there is no account of this kind.
    """
    kept: Any = payee.bank if channel == Channel.BANK else payee.alipay
    if not kept.get("account"):
        return {}
    return {**kept, "name": kept.get("name") or payee.legal_name}


def _account_blocks(payee: Payee, channel: str, form: str) -> Iterable[Block]:
    channels = [channel] if channel else list(Channel.values)
    accounts = [found for found in (account_of(payee, one) for one in channels) if found]
    if not accounts:
        yield Block("no_account", {"channel": channel})
    elif not any(same_name(found["name"], payee.legal_name) for found in accounts):
        # Paying somebody else hides whose income it is (docs/money.md §6): contract party = account holder.
        yield Block("holder", {"holder": accounts[0]["name"], "party": payee.legal_name})
    elif all(wanting := [lacking(form, found) for found in accounts]):
        yield Block("wanting", {"what": [SOURCES[name] for name in wanting[0]]})
