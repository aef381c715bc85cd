"""An agency that owes money: a closed month with three payees, and an account to pay them from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.utils import translation

from mcn.anchors.models import Anchor, Payee
from mcn.sales.models import Entry
from mcn.settlements.models import PayingAccount, Payout, PayoutBatch
from mcn.settlements.payouts.batches import batch_approve, batch_create, batch_export
from tests.agencies import World
from tests.settlements.books import JUNE, Books

BANK = {
    "account": "6222020000000000101",
    "name": "鹿小小",
    "bank": "招商银行",
    "branch": "北京分行",
    "cnaps": "308100000101",
}
TODAY = date(2026, 11, 27)


@dataclass
class Paying(Books):
    """June owes A01 24.50, A02 (labour, 5.00), A03 (7.00) and nobody else; account Z01 pays through a bank."""

    def owe(self, month: str = JUNE, *, trader: str = "") -> PayingAccount:
        """`trader`: the code of a payee who is a sole trader; the others get labour pay."""
        self.roster()
        Payee.objects.filter(code="A01").update(bank=BANK, phone="13800000001")
        for code, name, fen in (("A02", "阿木", 500), ("A03", "晚晚", 700)):
            kind = "sole_trader" if code == trader else "labour"
            account = {"account": f"622202000000000{code[1:]:0>4}", "name": name}
            payee = Payee.objects.create(code=code, name=name, kind=kind, legal_name=name, bank=account)
            anchor = Anchor.objects.create(code=code, stage_name=name, payee=payee)
            self.bonus(anchor, fen, month)
        self.event("1", 10000, month)
        self.close(month)
        return PayingAccount.objects.create(
            code="Z01",
            name="基本户",
            channel="bank",
            holder="星河传媒有限公司",
            number="110900000000001",
            form="generic",
            purpose="主播分成",
        )

    def bonus(self, anchor: Anchor, fen: int, month: str) -> None:
        Entry.objects.create(
            code=f"B-{anchor.code}-{month}",
            anchor=anchor,
            income="bonus",
            date=date(int(month[:4]), int(month[5:]), 9),
            amount_fen=fen,
            settle_period=month,
        )

    def draft(self, account: PayingAccount, **options: Any) -> PayoutBatch:
        return batch_create(actor=self.people.finance, account=account, pay_on=TODAY, **options)

    def exported(self, account: PayingAccount, **options: Any) -> PayoutBatch:
        batch = batch_approve(actor=self.people.approver, batch=self.draft(account, **options))
        return batch_export(actor=self.people.finance, batch=batch)


def payouts(batch: PayoutBatch) -> dict[str, Payout]:
    """A batch's payouts by the code of their payee."""
    return {one.payee.code: one for one in batch.payouts.select_related("payee", "batch__agency")}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """Sentences are compared in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def desk(inside: World) -> Paying:
    return Paying(inside)


@pytest.fixture
def account(desk: Paying) -> PayingAccount:
    return desk.owe()


@pytest.fixture
def today(inside: World) -> date:
    return inside.agency.today()
