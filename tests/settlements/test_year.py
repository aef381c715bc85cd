"""A year of an agency that never goes as planned: whatever happens in whatever order, the books agree to the fen and
closed months stay as they are (docs/money.md §8 to §11).

Each seed is another year. MCN_YEARS_TO=50 plays more of them, MCN_YEARS_STEPS=30 fuller ones.
"""

import os
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet

from mcn.anchors.models import Advance, Anchor, Contract, ContractVersion, InstalmentPlan, Payee, PlatformAccount
from mcn.commissions.models import ShareLine, SplitRule
from mcn.core.errors import DomainError
from mcn.sales.models import EarningEvent
from mcn.settlements import instalments, proof, services, verification
from mcn.settlements.corrections import services as corrections
from mcn.settlements.disputes import services as disputes
from mcn.settlements.holds import active, hold_place, hold_release
from mcn.settlements.instalments import carried
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import Account, Correction, Dispute, PayingAccount, Payout, PayoutBatch, Period, Statement
from mcn.settlements.payouts import batches, results
from mcn.settlements.payouts.due import due
from mcn.settlements.places import Place, of_share, of_statement
from tests.agencies import World
from tests.settlements.books import Books

pytestmark = pytest.mark.django_db

SEEDS = range(int(os.environ.get("MCN_YEARS_TO", "1")))
MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]
STEPS_A_MONTH = int(os.environ.get("MCN_YEARS_STEPS", "8"))


class Year(Books):
    """Three anchors with 35, 50 and 20 %, an advance each; A01 signs in and disputes."""

    def __init__(self, people: World, seed: int) -> None:
        super().__init__(people)
        self.chance = random.Random(seed)  # noqa: S311 -- a test's dice
        self.month = MONTHS[0]
        self.orders = 0
        self.proofs: dict[str, str] = {}
        self.done: dict[str, int] = {}

    def begin(self) -> None:
        self.roster()
        for number, rate in ((1, "0.35"), (2, "0.5"), (3, "0.2")):
            code = f"A0{number}"
            payee, _made = Payee.objects.get_or_create(
                code=code, defaults={"name": code, "kind": "labour", "legal_name": code}
            )
            payee.bank = {"account": f"622202000000000{number}", "name": payee.legal_name}  # type: ignore[assignment]
            payee.save()
            anchor, _made = Anchor.objects.get_or_create(code=code, defaults={"stage_name": code, "payee": payee})
            PlatformAccount.objects.get_or_create(
                platform="douyin", account_id=f"{number}", defaults={"anchor": anchor, "starts_on": date(2024, 1, 1)}
            )
            if number > 1:
                contract = Contract.objects.create(
                    anchor=anchor, number=f"C{number}", starts_on=date(2024, 1, 1), ends_on=date(2028, 12, 31)
                )
                version = ContractVersion.objects.create(contract=contract, number=1, starts_on=date(2024, 1, 1))
                SplitRule.objects.create(version=version, income="commission", rate=Decimal(rate), position=0)
        PayingAccount.objects.create(code="Z", name="Z", channel="bank", holder="H", number="1", form="generic")

    def any_of(self, rows: QuerySet) -> Any:
        """One of the rows, the same in every play of a seed; None where there are none."""
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    # ── what may happen ───────────────────────────────────────────────────────────────────────────
    def sale(self) -> None:
        self.orders += 1
        self.event(f"{self.orders}", self.chance.randint(1, 900_000), self.month, account=self.chance.choice("123"))

    def refund(self) -> None:
        """Part of an order of any month comes back, dated in the month that is open."""
        first = self.any_of(EarningEvent.objects.filter(kind="settled"))
        if first is None:
            return
        left = sum(first.line.events.values_list("gross_fen", flat=True))
        if left > 0:
            taken = self.chance.choice([left, self.chance.randint(1, left)])
            self.event(first.line.order_key, -taken, self.month, kind="clawback")

    def advance(self) -> None:
        payee = Payee.objects.get(code=f"A0{self.chance.randint(1, 3)}")
        Advance.objects.create(
            payee=payee,
            code=f"ADV-{self.month}-{self.chance.random()}",
            amount_fen=self.chance.randint(1, 200_000),
            paid_on=date(2025, int(self.month[5:]), self.chance.randint(1, 28)),
            recoup_rate=Decimal(self.chance.choice(["0.3", "1"])),
        )

    def agree(self) -> None:
        """A balance below zero, or a claim, is to come back in instalments."""
        payee = Payee.objects.get(code=f"A0{self.chance.randint(1, 3)}")
        month, there = carried(payee)
        instalments.plan_agree(
            actor=self.people.finance,
            payee=payee,
            code=f"PLAN-{InstalmentPlan.objects.count()}",
            kind="carried" if there > 0 else self.chance.choice(["penalty", "guarantee"]),
            amount_fen=self.chance.randint(1, there) if there > 0 else self.chance.randint(1, 90_000),
            agreed_on=self.people.agency.today(),
            reason="约定",
            instalment_fen=self.chance.randint(1, 40_000),
            most_rate=Decimal(self.chance.choice(["0.2", "1"])),
            first_month=self.month,
        )

    def recalculate(self) -> None:
        self.calculate(self.month)

    def correct(self) -> None:
        statement = self.any_of(Statement.objects.filter(payee__anchor__isnull=False))
        if statement is not None:
            corrections.request(
                actor=self.people.finance,
                place=of_statement(statement),
                amount_fen=self.chance.choice([-1, 1]) * self.chance.randint(1, 50_000),
                reason="核对",
            )

    def decide(self) -> None:
        one = self.any_of(Correction.objects.filter(state="requested"))
        if one is not None and self.chance.random() < 0.8:
            corrections.approve(actor=self.people.approver, correction_id=one.pk)
        elif one is not None:
            corrections.reject(actor=self.people.approver, correction_id=one.pk, reason="不成立")

    def dispute(self) -> None:
        share = self.any_of(ShareLine.objects.filter(bucket__payee__code="A01"))
        if share is not None:
            disputes.dispute_file(actor=self.people.anchor, place=of_share(share.pk), reason="少了", wished_fen=5)

    def answer(self) -> None:
        one = self.any_of(Dispute.objects.filter(state="open"))
        if one is not None and self.chance.random() < 0.5:
            disputes.dispute_accept(actor=self.people.owner, dispute_id=one.pk, amount_fen=self.chance.randint(1, 999))
        elif one is not None:
            disputes.dispute_reject(actor=self.people.owner, dispute_id=one.pk, answer="无误")

    def hold(self) -> None:
        held = self.any_of(active())
        if held is not None and self.chance.random() < 0.7:
            hold_release(actor=self.people.finance, hold_id=held.pk)
        else:
            payee = Payee.objects.get(code=f"A0{self.chance.randint(1, 3)}")
            hold_place(actor=self.people.finance, place=Place(payee), reason="核对")

    def draft(self) -> None:
        account = PayingAccount.objects.get()
        batches.batch_create(actor=self.people.finance, account=account, pay_on=self.people.agency.today())

    def batch_on(self) -> None:
        batch = self.any_of(PayoutBatch.objects.filter(state__in=["draft", "approved"]))
        if batch is None:
            return
        if self.chance.random() < 0.2:
            batches.batch_drop(actor=self.people.finance, batch=batch)
        elif batch.state == "draft":
            batches.batch_approve(actor=self.people.approver, batch=batch)
        else:
            batches.batch_export(actor=self.people.finance, batch=batch)

    def bank(self) -> None:
        one = Payout.objects.filter(state__in=["exported", "paid"]).select_related("batch__agency", "payee")
        payout, today, actor = self.any_of(one), self.people.agency.today(), self.people.finance
        if payout is None:
            return
        if payout.state == "paid":
            results.payouts_returned(actor=actor, payouts=[payout], returned_on=today, reason="退汇")
        elif self.chance.random() < 0.8:
            results.payouts_paid(actor=actor, payouts=[payout], paid_on=today)
        else:
            results.payouts_failed(actor=actor, payouts=[payout], reason="账号不存在")

    def end_month(self) -> None:
        """Submitted, perhaps sent back, approved and closed; nothing of it may change afterwards."""
        self.calculate(self.month)
        services.submit(actor=self.people.finance, period=self.month)
        if self.chance.random() < 0.3:
            services.send_back(actor=self.people.finance, period=self.month)
            self.sale()
            self.calculate(self.month)
            services.submit(actor=self.people.finance, period=self.month)
        services.approve(actor=self.people.approver, period=self.month)
        row = services.close(actor=self.people.approver, period=self.month)
        self.proofs[self.month] = row.content_hash

    # ── what always holds ─────────────────────────────────────────────────────────────────────────
    def agrees(self) -> None:
        wrong = [check for check in agency_checks() if not check.agrees]
        wrong += [check for month in month_checks() for check in month.checks if not check.agrees]
        assert wrong == [], (self.month, wrong)
        for row in due("bank"):
            assert row.payable >= row.promised >= 0
            assert 0 <= row.amount <= row.payable - row.promised
        assert min((-fen for fen in balances_by_payee(Account.PAYABLE).values()), default=0) >= 0

    def play(self) -> None:
        happenings: list[Callable[[], None]] = [
            self.sale, self.sale, self.sale, self.refund, self.advance, self.agree, self.recalculate, self.correct,
            self.decide,
            self.dispute, self.answer, self.hold, self.draft, self.batch_on, self.batch_on, self.bank, self.bank,
        ]  # fmt: skip
        for self.month in MONTHS:
            for _step in range(STEPS_A_MONTH):
                what = self.chance.choice(happenings)
                with suppress(DomainError), transaction.atomic():  # what is refused changes nothing
                    what()
                    self.done[what.__name__] = self.done.get(what.__name__, 0) + 1
                self.agrees()
            self.end_month()
            self.agrees()


@pytest.mark.parametrize("seed", SEEDS)
def test_books_agree_and_closed_months_stay(inside: World, seed: int) -> None:
    year = Year(inside, seed)
    year.begin()
    year.play()
    found: dict[str, Any] = {}
    for row in Period.objects.filter(code__in=MONTHS).order_by("code"):
        found[row.code] = proof.content_hash(row, row.previous_hash, leftovers=True)
    assert found == year.proofs
    assert [month["differences"] for month in verification.verify()["months"]] == [[]] * len(MONTHS)
    assert year.done["sale"] > 12
    assert {"recalculate", "draft", "batch_on", "bank"} <= year.done.keys()
