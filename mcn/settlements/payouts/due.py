"""Who is owed what, and why some of it cannot be paid yet (docs/money.md §10)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum

from mcn.anchors.models import Payee
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.models import Account, PayingAccount, Payout
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
    """What one payee is owed. Fen: `payable` by the books, of it `promised` in a batch that is not paid yet."""

    payee: Payee
    payable: int
    promised: int
    blocks: tuple[Block, ...]

    @property
    def amount(self) -> int:
        """What a batch would pay, if nothing stood in the way."""
        return self.payable - self.promised


def due(channel: str = "") -> list[Due]:
    """Everybody whom the books owe money, by code; `channel`: paid through a bank or Alipay, either where empty."""
    owed = {payee: -balance for payee, balance in balances_by_payee(Account.PAYABLE).items() if balance < 0}
    promised = promised_by_payee()
    minimum = Agency.objects.values_list("minimum_payout_fen", flat=True).get(pk=current_agency_id())
    rows = []
    for payee in Payee.objects.filter(pk__in=owed).order_by("code"):
        promise = promised.get(payee.pk, 0)
        blocks = list(_blocks(payee, channel))
        if promise:
            blocks.insert(0, Block("in_batch"))
        elif owed[payee.pk] < minimum:
            blocks.insert(0, Block("minimum", {"minimum_fen": minimum}))
        rows.append(Due(payee, owed[payee.pk], promise, tuple(blocks)))
    return rows


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


def _blocks(payee: Payee, channel: str) -> Iterable[Block]:
    channels = [channel] if channel else list(Channel.values)
    accounts = [found for found in (account_of(payee, one) for one in channels) if found]
    if not accounts:
        yield Block("no_account", {"channel": channel})
    elif all(same_name(found["name"], payee.legal_name) is False for found in accounts):
        # Paying somebody else hides whose income it is (docs/money.md §6): contract party = account holder.
        yield Block("holder", {"holder": accounts[0]["name"], "party": payee.legal_name})


def same_name(one: str, other: str) -> bool:
    """Whether two names of people or companies are the same, whatever spaces and kinds of brackets they have."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return "".join(name.translate(_BRACKETS).split()).casefold()


_BRACKETS = str.maketrans({"（": "(", "）": ")", "·": "", "•": "", "．": "", ".": ""})
