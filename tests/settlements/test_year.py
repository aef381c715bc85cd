"""A year of an agency that never goes as planned: whatever happens in whatever order, the books agree to the fen and
closed months stay as they are (docs/money.md §8 to §13).

Each seed is another year. MCN_YEARS_TO=50 plays more of them, MCN_YEARS_STEPS=30 fuller ones.
"""

import io
import os
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet

from mcn.anchors.models import (
    Advance,
    Anchor,
    Contract,
    ContractVersion,
    Deposit,
    InstalmentPlan,
    Payee,
    PlatformAccount,
)
from mcn.anchors.services import deposit_save
from mcn.commissions.models import ShareLine, SplitRule
from mcn.commissions.unmatched import unmatched_money
from mcn.core.errors import DomainError
from mcn.core.periods import Period as Month
from mcn.jobs import services as jobs
from mcn.sales.models import EarningEvent, OrderLine
from mcn.settlements import cancellations, deposits, exits, instalments, intake, proof, services, verification
from mcn.settlements.corrections import services as corrections
from mcn.settlements.disputes import services as disputes
from mcn.settlements.holds import active, hold_place, hold_release
from mcn.settlements.instalments import carried
from mcn.settlements.invoicing import statements_to_invoice, valid_months
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import (
    Account,
    Correction,
    Dispute,
    Exit,
    Invoice,
    PayingAccount,
    Payout,
    PayoutBatch,
    Period,
    PlanCancellation,
    Statement,
)
from mcn.settlements.payouts import batches, results
from mcn.settlements.payouts.due import due
from mcn.settlements.places import Place, of_share, of_statement
from mcn.settlements.services.invoices import invoice_cancel, invoice_register
from mcn.settlements.whatif import job as trials
from mcn.tenancy.rls import tenant_models
from tests.agencies import World
from tests.sales.platform_files import as_csv, rows_of
from tests.settlements.books import Books

pytestmark = pytest.mark.django_db

SEEDS = range(int(os.environ.get("MCN_YEARS_TO", "1")))
MONTHS = [f"2025-{number:02d}" for number in range(1, 13)]
STEPS_A_MONTH = int(os.environ.get("MCN_YEARS_STEPS", "10"))


class Year(Books):
    """Anchors with 35, 50 and 20 %, on an account each; the third is a sole trader. Who leaves has a successor.

    A01 signs in and disputes.
    """

    def __init__(self, people: World, seed: int) -> None:
        super().__init__(people)
        self.chance = random.Random(seed)  # noqa: S311 -- a test's dice
        self.month = MONTHS[0]
        self.orders = 0
        self.anchors = 0
        self.proofs: dict[str, str] = {}
        self.done: dict[str, int] = {}

    def begin(self) -> None:
        self.source()
        for account, rate, kind in (("1", "0.35", "labour"), ("2", "0.5", "labour"), ("3", "0.2", "sole_trader")):
            self.sign(account, rate, kind, date(2024, 1, 1))
        PayingAccount.objects.create(code="Z", name="Z", channel="bank", holder="H", number="1", form="generic")

    def sign(self, account: str, rate: str, kind: str, since: date) -> None:
        """The next anchor with a contract and a platform account."""
        self.anchors += 1
        code = f"A{self.anchors:02d}"
        payee, _made = Payee.objects.get_or_create(code=code, defaults={"name": code, "kind": kind, "legal_name": code})
        payee.bank = {"account": f"62220200000000000{self.anchors:02d}", "name": payee.legal_name}  # type: ignore[assignment]
        payee.save()
        anchor, _made = Anchor.objects.get_or_create(code=code, defaults={"stage_name": code, "payee": payee})
        PlatformAccount.objects.create(platform="douyin", account_id=account, anchor=anchor, starts_on=since)
        contract = Contract.objects.create(
            anchor=anchor, number=f"C-{code}", starts_on=since, ends_on=date(2028, 12, 31)
        )
        version = ContractVersion.objects.create(contract=contract, number=1, starts_on=since)
        SplitRule.objects.create(version=version, income="commission", rate=Decimal(rate), position=0)

    def any_of(self, rows: QuerySet) -> Any:
        """One of the rows, the same in every play of a seed; None where there are none."""
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    # ── what may happen ───────────────────────────────────────────────────────────────────────────
    def sale(self) -> None:
        self.orders += 1
        made = self.event(
            f"{self.orders}", self.chance.randint(1, 900_000), self.month, account=self.chance.choice("123")
        )
        paid_on = date(int(self.month[:4]), int(self.month[5:]), 2)
        OrderLine.objects.filter(pk=made.line_id).update(
            paid_on=paid_on, paid_at=datetime(paid_on.year, paid_on.month, 2, tzinfo=UTC)
        )

    def late_file(self) -> None:
        """A platform's file whose orders were settled in any month so far; the newest open one pays late ones."""
        header, sample = rows_of("douyin_alliance")[0], dict.fromkeys(rows_of("douyin_alliance")[0], "")
        rows = []
        for _row in range(self.chance.randint(1, 3)):
            self.orders += 1
            month = self.chance.choice(MONTHS[: MONTHS.index(self.month) + 1])
            yuan = self.chance.randint(1, 9000)
            row = sample | {
                "订单id": f"{self.orders}", "商品id": "1", "商品名称": "品", "作者账号": "播",
                "抖音/火山号": self.chance.choice("123"), "支付金额": f"{yuan}.00", "佣金率": "20.00%",
                "预估佣金支出": f"{yuan / 5:.2f}", "结算金额": f"{yuan}.00", "实际佣金支出": f"{yuan / 5:.2f}",
                "订单状态": "订单结算", "付款时间": f"{month}-03 10:00:00", "收货时间": f"{month}-05 10:00:00",
                "订单结算时间": f"{month}-06 10:00:00", "商品数量": "1",
            }  # fmt: skip
            rows.append([row[name] for name in header])
        source = io.BytesIO(as_csv([header, *rows]).encode())
        job = intake.submit(actor=self.people.finance, name="late.csv", source=source, hand_over=False)[1]
        job = jobs.run(job.pk)
        assert (job.state, job.counts["created"]) == ("done", len(rows)), job.error_text()

    def refund(self) -> None:
        """Part of an order of any month comes back, dated in the month that is open."""
        first = self.any_of(EarningEvent.objects.filter(kind="settled", line__sales_import__sha256="0" * 64))
        if first is None:
            return
        left = sum(first.line.events.values_list("gross_fen", flat=True))
        if left > 0:
            taken = self.chance.choice([left, self.chance.randint(1, left)])
            self.event(first.line.order_key, -taken, self.month, kind="clawback")

    def advance(self) -> None:
        payee = self.any_of(Payee.objects.filter(anchor__status="active"))
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

    def cancel_plan(self) -> None:
        """A plan takes no more: the rest is due, or somebody asks to have it forgiven, or decides on it."""
        asked = self.any_of(PlanCancellation.objects.filter(state="requested"))
        if asked is not None:
            cancellations.approve(actor=self.people.approver, cancellation_id=asked.pk)
            return
        plan = self.any_of(InstalmentPlan.objects.all())
        if plan is not None:
            what = self.chance.choice(["due", "forgiven"])
            cancellations.cancel(actor=self.people.finance, plan=plan, what=what, reason="约定")

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
            payee = self.any_of(Payee.objects.filter(anchor__isnull=False))
            hold_place(actor=self.people.finance, place=Place(payee), reason="核对")

    def deposit(self) -> None:
        """Received, or some of one given back, set off against an advance, or kept."""
        deposit, kind = self.any_of(Deposit.objects.all()), self.chance.choice(deposits.Kind.values)
        if deposit is None or kind == deposits.Kind.RECEIVED:
            payee = self.any_of(Payee.objects.filter(anchor__status="active"))
            deposit = deposit_save(actor=self.people.finance, payee=payee, code=f"D-{payee.code}", purpose="押金")[0]
            kind = deposits.Kind.RECEIVED
        deposits.deposit_move(
            actor=self.people.finance,
            deposit=deposit,
            kind=kind,
            amount_fen=self.chance.randint(1, 30_000),
            dated_on=self.day(),
            advance=self.any_of(deposit.payee.advances.all()) if kind == deposits.Kind.SET_OFF else None,
            note="合同第 6 条",
        )

    def day(self) -> date:
        return date(int(self.month[:4]), int(self.month[5:]), self.chance.randint(1, 28))

    def exit_sheet(self) -> None:
        """Who owes whom if somebody left; nothing else changes."""
        before = self.everything("settlements_exit")
        anchor = self.any_of(Anchor.objects.filter(status="active"))
        held = sum(deposits.held(Deposit.objects.filter(payee=anchor.payee_id).values_list("pk", flat=True)).values())
        claims: list[Any] = [
            {"kind": "penalty", "text": "第 8 条", "amount_fen": self.chance.randint(1, 9000), "from_deposit": False}
        ]
        if held:
            claims.append(
                {"kind": "samples", "text": "第 6 条", "amount_fen": self.chance.randint(1, held), "from_deposit": True}
            )
        exits.draw_up(
            actor=self.people.user("talent"),
            anchor=anchor,
            ends_on=Month.parse(self.month).last_day,
            reason="个人原因",
            claims=claims[: self.chance.randint(0, 2)],
            set_off=self.chance.random() < 0.5,
        )
        assert self.everything("settlements_exit") == before

    def settle_exit(self) -> None:
        """Somebody leaves for real; somebody else has the account from the next day on."""
        sheet = self.any_of(Exit.objects.filter(ends_on=Month.parse(self.month).last_day, settlement__isnull=True))
        if sheet is None:
            return
        exits.settle(actor=self.people.finance, sheet_id=sheet.pk)
        account = PlatformAccount.objects.get(anchor=sheet.anchor)
        PlatformAccount.objects.filter(pk=account.pk).update(ends_on=Month.parse(self.month).end)
        kind = sheet.anchor.payee.kind
        self.sign(account.account_id, self.chance.choice(["0.3", "0.45"]), kind, Month.parse(self.month).end)

    def invoice(self) -> None:
        """A sole trader's invoice for a closed month: what it needs, too little, or by somebody else; or one goes."""
        one = self.any_of(Invoice.objects.filter(cancelled_at__isnull=True))
        if one is not None and self.chance.random() < 0.2:
            invoice_cancel(actor=self.people.finance, invoice_id=one.pk, reason="开错了")
            return
        statement = self.any_of(statements_to_invoice())
        if statement is None:
            return
        invoice_register(
            actor=self.people.finance,
            payee=statement.payee,
            number=f"{self.chance.randint(10**19, 10**20)}",
            issued_on=self.day(),
            issuer_name=self.chance.choice([statement.payee.legal_name] * 4 + ["别人"]),
            issuer_tax_number="91330106MA0000000X",
            kind="special",
            gross_fen=self.chance.choice([statement.net_pay_fen] * 4 + [1]),
            vat_rate=Decimal("0.01"),
            periods=[statement.period.code],
        )

    def try_terms(self) -> None:
        """Other rates for everybody over the last months: nothing changes but for the job that tells."""
        before = self.everything("jobs_job", "accounts_auditentry")
        job = trials.start_change(
            actor=self.people.finance,
            anchors=[],
            income="commission",
            points=Fraction(self.chance.randint(-19, 19), 100),
            bounds=Fraction(1, 2),
            months=3,
        )
        job = jobs.run(job.pk)
        assert job.state == "done", job.error_text()
        assert self.everything("jobs_job", "accounts_auditentry") == before

    def everything(self, *but: str) -> dict[str, str]:
        """A digest of every table of the agency but these and the audit trail."""
        tables = [model._meta.db_table for model in tenant_models()]
        found = {}
        with connection.cursor() as cursor:
            for table in sorted(set(tables) - {*but, "accounts_auditentry"}):
                cursor.execute(f"select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {table} t")
                found[table] = cursor.fetchone()[0]
        return found

    def draft(self) -> None:
        account = PayingAccount.objects.get()
        batch = batches.batch_create(actor=self.people.finance, account=account, pay_on=self.people.agency.today())
        for one in batch.payouts.all():
            assert self.is_invoiced(one)

    def is_invoiced(self, payout: Payout) -> bool:
        """Whether every month that it pays, as far as it needs an invoice, has those of its payee to the fen."""
        found: dict[str, int] = {}
        for row in valid_months().filter(invoice__payee=payout.payee, invoice__issuer_name=payout.payee.legal_name):
            found[row.period] = found.get(row.period, 0) + row.amount_fen
        unpaid = payout.amount_fen
        for statement in Statement.objects.filter(payee=payout.payee, period__state="closed").order_by("-period__code"):
            wants = unpaid > 0 and statement.kind == "sole_trader" and statement.net_pay_fen > 0
            if wants and found.get(statement.period.code) != statement.net_pay_fen:
                return False
            unpaid -= statement.net_pay_fen
        return True

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
        amount, reasons = unmatched_money(self.month)
        accepted = amount if reasons else None
        row = services.close(actor=self.people.approver, period=self.month, accepted_unmatched_fen=accepted)
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
            self.sale, self.sale, self.sale, self.sale, self.refund, self.advance, self.agree, self.cancel_plan,
            self.recalculate, self.correct, self.decide,
            self.dispute, self.answer, self.hold, self.draft, self.draft, self.batch_on, self.batch_on, self.batch_on,
            self.bank, self.bank, self.deposit, self.deposit, self.exit_sheet, self.settle_exit, self.invoice,
            self.invoice, self.late_file, self.try_terms,
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
def test_books_agree_and_closed_months_stay(inside: World, settings: Any, tmp_path: Path, seed: int) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = ""
    year = Year(inside, seed)
    year.begin()
    year.play()
    found: dict[str, Any] = {}
    for row in Period.objects.filter(code__in=MONTHS).order_by("code"):
        found[row.code] = proof.content_hash(row, row.previous_hash, leftovers=True)
    assert found == year.proofs
    assert [month["differences"] for month in verification.verify()["months"]] == [[]] * len(MONTHS)
    assert year.done["sale"] > 10
    assert {"recalculate", "draft", "batch_on", "bank"} <= year.done.keys()
