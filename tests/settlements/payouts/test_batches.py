"""Drafting, approving and exporting a batch, and what the database refuses (docs/money.md §11)."""

from datetime import date
from decimal import Decimal

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.db.utils import Error

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Anchor, Payee
from mcn.commissions.models import ShareLine
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements.holds import hold_place, hold_release
from mcn.settlements.models import Hold, PayingAccount, Payout, PayoutBatch
from mcn.settlements.payouts.batches import (
    batch_approve,
    batch_create,
    batch_drop,
    batch_export,
    batch_file,
    payout_remove,
)
from mcn.settlements.payouts.due import due
from mcn.settlements.payouts.forms import SOURCES
from mcn.settlements.places import Place, of_share
from mcn.settlements.services.invoices import invoice_cancel, invoice_register
from mcn.tenancy.models import Agency
from tests.settlements.books import JULY
from tests.settlements.paying import BANK, TODAY, Paying, payouts

pytestmark = pytest.mark.django_db


def blocks(channel: str = "bank") -> dict[str, list[str]]:
    return {row.payee.code: [block.code for block in row.blocks] for row in due(channel)}


# ── what is due ──────────────────────────────────────────────────────────────────────────────────────


def test_everybody_whom_the_books_owe_is_due(desk: Paying, account: PayingAccount) -> None:
    assert {row.payee.code: (row.payable, row.amount) for row in due("bank")} == {
        "A01": (2450, 2450),
        "A02": (500, 500),
        "A03": (700, 700),
    }
    assert blocks() == {"A01": [], "A02": [], "A03": []}


def test_small_amounts_wait_and_are_paid_with_the_next(desk: Paying, account: PayingAccount) -> None:
    Agency.objects.filter(pk=desk.people.id).update(minimum_payout_fen=1000)
    assert blocks() == {"A01": [], "A02": ["minimum"], "A03": ["minimum"]}
    desk.bonus(Anchor.objects.get(code="A02"), 500, JULY)
    desk.close(JULY)
    assert blocks()["A02"] == []
    assert [row.amount for row in due("bank") if row.payee.code == "A02"] == [1000]


def test_no_account_and_somebody_elses_account_block(desk: Paying, account: PayingAccount) -> None:
    Payee.objects.filter(code="A02").update(bank={})
    Payee.objects.filter(code="A03").update(bank={"account": "1", "name": "别人"})
    assert blocks() == {"A01": [], "A02": ["no_account"], "A03": ["holder"]}
    assert blocks("alipay") == {"A01": ["no_account"], "A02": ["no_account"], "A03": ["no_account"]}
    batch = desk.draft(account)
    assert list(payouts(batch)) == ["A01"]


NINGBO = {"account": "2", "name": "阿木", "bank": "宁波银行"}


@pytest.mark.parametrize(
    ("bank", "wanting"),
    [
        (NINGBO, ["province", "city"]),
        (NINGBO | {"province": "浙江省"}, ["city"]),
        (NINGBO | {"province": "浙江省", "city": "宁波市"}, []),
        (NINGBO | {"cnaps": "313332082914"}, []),
        (NINGBO | {"bank": "招商银行宁波分行"}, []),
        (NINGBO | {"bank": ""}, []),
    ],
)
def test_cmb_asks_where_another_bank_without_a_code_is(
    desk: Paying, account: PayingAccount, bank: dict[str, str], wanting: list[str]
) -> None:
    Payee.objects.filter(code="A02").update(bank=bank)
    assert blocks()["A02"] == []
    (row,) = (row for row in due("bank", "cmb") if row.payee.code == "A02")
    assert [block.values["what"] for block in row.blocks] == ([[SOURCES[name] for name in wanting]] if wanting else [])
    assert list(payouts(desk.draft(account))) == ["A01", "A02", "A03"]


def test_who_lacks_it_is_left_out_of_a_batch_and_named_where_chosen(desk: Paying, account: PayingAccount) -> None:
    Payee.objects.filter(code="A02").update(bank=NINGBO)
    before = desk.draft(account)
    PayingAccount.objects.update(form="cmb")
    account.refresh_from_db()
    with pytest.raises(Conflict, match="阿木"):
        batch_approve(actor=desk.people.approver, batch=PayoutBatch.objects.get(pk=before.pk))
    batch_drop(actor=desk.people.finance, batch=before)
    with pytest.raises(RuleError, match="阿木"):
        desk.draft(account, payees=[Payee.objects.get(code="A02").pk])
    assert list(payouts(desk.draft(account))) == ["A01", "A03"]


@pytest.mark.parametrize("written", ["鹿 小小", "鹿小小 ", "鹿·小小"])
def test_a_holder_is_the_same_person_with_other_spaces(desk: Paying, account: PayingAccount, written: str) -> None:
    Payee.objects.filter(code="A01").update(bank=BANK | {"name": written})
    assert blocks()["A01"] == []


def test_a_sole_trader_is_paid_against_an_invoice(desk: Paying) -> None:
    account = desk.owe(trader="A03")
    assert blocks()["A03"] == ["invoice"]
    reason = next(row.blocks[0].values["reason"] for row in due("bank") if row.payee.code == "A03")
    assert (reason.code, reason.period, reason.amount) == ("missing", "2026-06", 700)
    invoice = invoice_register(
        actor=desk.people.finance,
        payee=Payee.objects.get(code="A03"),
        number="24000000000000000001",
        issued_on=date(2026, 7, 1),
        issuer_name="晚晚",
        issuer_tax_number="91330106MA0000000X",
        kind="special",
        gross_fen=700,
        vat_rate=Decimal("0.01"),
        periods=["2026-06"],
    )
    assert blocks()["A03"] == []
    batch = desk.draft(account)
    invoice_cancel(actor=desk.people.finance, invoice_id=invoice.pk, reason="开错了")
    with pytest.raises(Conflict, match="晚晚"):
        batch_approve(actor=desk.people.approver, batch=batch)


def test_what_is_held_back_waits_and_the_rest_is_paid(desk: Paying, account: PayingAccount) -> None:
    a01, a02 = (Payee.objects.get(code=code) for code in ("A01", "A02"))
    hold = hold_place(actor=desk.people.finance, place=Place(a02), reason="核对账号")
    share = ShareLine.objects.get(bucket__payee=a01)
    line = hold_place(actor=desk.people.finance, place=of_share(share.pk), reason="退货纠纷")
    Hold.objects.filter(pk=line.pk).update(amount_fen=1000)
    rows = {row.payee.code: (row.held, row.amount, [block.code for block in row.blocks]) for row in due("bank")}
    assert rows == {"A01": (1000, 1450, []), "A02": (500, 0, ["held"]), "A03": (0, 700, [])}
    batch = desk.draft(account)
    assert {code: one.amount_fen for code, one in payouts(batch).items()} == {"A01": 1450, "A03": 700}
    hold_release(actor=desk.people.finance, hold_id=hold.pk)
    assert list(payouts(desk.draft(account))) == ["A02"]
    hold_place(actor=desk.people.finance, place=Place(a01), reason="暂停")
    with pytest.raises(Conflict, match="小鹿"):
        batch_approve(actor=desk.people.approver, batch=batch)


# ── drafting ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_promises_all_that_is_due_once(desk: Paying, account: PayingAccount) -> None:
    batch = desk.draft(account)
    assert (str(batch), batch.state) == ("P0001", "draft")
    assert {code: (one.amount_fen, one.reference) for code, one in payouts(batch).items()} == {
        "A01": (2450, "P0001-001"),
        "A02": (500, "P0001-002"),
        "A03": (700, "P0001-003"),
    }
    assert payouts(batch)["A01"].account == BANK | {"phone": "13800000001"}
    assert set(blocks().values().__iter__().__next__()) == {"in_batch"}
    with pytest.raises(Conflict, match="Nobody is due"):
        desk.draft(account)
    assert PayoutBatch.objects.count() == 1


def test_some_can_be_chosen_and_the_rest_is_paid_by_another_batch(desk: Paying, account: PayingAccount) -> None:
    first = desk.draft(account, payees=[Payee.objects.get(code="A02").pk])
    assert list(payouts(first)) == ["A02"]
    second = desk.draft(account)
    assert (str(second), list(payouts(second))) == ("P0002", ["A01", "A03"])


def test_whoever_cannot_be_paid_is_named(desk: Paying, account: PayingAccount) -> None:
    Payee.objects.filter(code="A03").update(bank={})
    chosen = list(Payee.objects.filter(code__in=["A02", "A03"]).values_list("pk", flat=True))
    with pytest.raises(RuleError, match="晚晚"):
        desk.draft(account, payees=chosen)
    with pytest.raises(RuleError, match="1 who are owed nothing"):
        desk.draft(account, payees=[10**9])
    assert not PayoutBatch.objects.exists()


def test_a_paying_account_out_of_use_pays_nobody(desk: Paying, account: PayingAccount) -> None:
    account.is_active = False
    account.save()
    with pytest.raises(RuleError, match="no longer in use"):
        desk.draft(account)


def test_who_may(desk: Paying, account: PayingAccount) -> None:
    with pytest.raises(NotAllowed):
        batch_create(actor=desk.people.user("talent"), account=account, pay_on=TODAY)
    batch = desk.draft(account)
    for service in (batch_approve, batch_drop, batch_export, batch_file):
        with pytest.raises(NotAllowed):
            service(actor=desk.people.user("talent"), batch=batch)
    with pytest.raises(NotAllowed):
        payout_remove(actor=desk.people.user("talent"), payout=payouts(batch)["A01"])


# ── approval ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_person_approves(desk: Paying, account: PayingAccount) -> None:
    batch = desk.draft(account)
    with pytest.raises(NotAllowed, match="second person"):
        batch_approve(actor=desk.people.finance, batch=batch)
    batch_approve(actor=desk.people.approver, batch=batch)
    assert batch.state == "approved"
    assert {one.state for one in payouts(batch).values()} == {"approved"}
    with pytest.raises(Conflict, match="P0001"):
        batch_approve(actor=desk.people.approver, batch=batch)
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        PayoutBatch.objects.update(approved_by=desk.people.finance)


@pytest.mark.parametrize(
    "change",
    [
        {"bank": BANK | {"account": "6222020000000000999"}},
        {"bank": {}},
        {"legal_name": "鹿大大"},
    ],
)
def test_an_account_that_changed_since_the_draft_is_not_paid(
    desk: Paying, account: PayingAccount, change: dict[str, object]
) -> None:
    batch = desk.draft(account)
    Payee.objects.filter(code="A01").update(**change)
    with pytest.raises(Conflict, match="小鹿"):
        batch_approve(actor=desk.people.approver, batch=batch)
    Payee.objects.filter(code="A01").update(bank=BANK, legal_name="鹿小小")
    batch_approve(actor=desk.people.approver, batch=batch)
    Payee.objects.filter(code="A01").update(**change)
    with pytest.raises(Conflict, match="小鹿"):
        batch_export(actor=desk.people.finance, batch=batch)


def test_more_that_is_owed_since_does_not_stop_a_batch(desk: Paying, account: PayingAccount) -> None:
    batch = desk.draft(account)
    desk.event("2", 10000, JULY)
    desk.close(JULY)
    batch_approve(actor=desk.people.approver, batch=batch)
    assert payouts(batch)["A01"].amount_fen == 2450


# ── giving up ────────────────────────────────────────────────────────────────────────────────────────


def test_a_dropped_batch_makes_everybody_due_again(desk: Paying, account: PayingAccount) -> None:
    batch = batch_approve(actor=desk.people.approver, batch=desk.draft(account))
    batch_drop(actor=desk.people.finance, batch=batch)
    assert {one.state for one in payouts(batch).values()} == {"dropped"}
    assert blocks() == {"A01": [], "A02": [], "A03": []}
    with pytest.raises(Conflict):
        batch_drop(actor=desk.people.finance, batch=batch)
    assert str(desk.draft(account)) == "P0002"


def test_one_payee_can_be_taken_out(desk: Paying, account: PayingAccount) -> None:
    batch = desk.draft(account)
    payout_remove(actor=desk.people.finance, payout=payouts(batch)["A02"])
    assert blocks()["A02"] == []
    with pytest.raises(Conflict):
        payout_remove(actor=desk.people.finance, payout=payouts(batch)["A02"])
    for code in ("A01", "A03"):
        payout_remove(actor=desk.people.finance, payout=payouts(batch)[code])
    batch.refresh_from_db()
    assert batch.state == "dropped"


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_file_is_made_once_and_given_again(desk: Paying, account: PayingAccount) -> None:
    batch = desk.draft(account)
    with pytest.raises(Conflict, match="P0001"):
        batch_export(actor=desk.people.finance, batch=batch)
    batch_approve(actor=desk.people.approver, batch=batch)
    with pytest.raises(Conflict, match="no file"):
        batch_file(actor=desk.people.finance, batch=batch)
    batch_export(actor=desk.people.finance, batch=batch)
    made = batch_file(actor=desk.people.finance, batch=batch)
    assert (batch.state, batch.file_total_fen, batch.file_name) == ("exported", 3650, "P0001-Z01-20261127.csv")
    account.form, account.purpose, account.number = "cmb", "别的", "2"
    account.save()
    Payee.objects.filter(code="A01").update(phone="13900000000", bank={})
    again = PayoutBatch.objects.get(pk=batch.pk)
    assert batch_file(actor=desk.people.finance, batch=again) == made
    trail = AuditEntry.objects.filter(target="settlements.payoutbatch", target_id=batch.pk).order_by("pk")
    assert [entry.action for entry in trail] == ["create", "approve", "export", "download", "download"]
    with pytest.raises(Conflict, match="P0001"):
        batch_drop(actor=desk.people.finance, batch=again)


# ── what the database refuses ────────────────────────────────────────────────────────────────────────


def test_the_database_refuses_a_second_open_payout(desk: Paying, account: PayingAccount) -> None:
    one = payouts(desk.draft(account, payees=[Payee.objects.get(code="A02").pk]))["A02"]
    other = PayoutBatch.objects.create(number=9, account=account, pay_on=TODAY)
    with pytest.raises(IntegrityError, match="payout_one_open"), transaction.atomic():
        Payout.objects.create(batch=other, place=1, payee=one.payee, amount_fen=1, reference="X", account={})


def test_the_database_refuses_to_promise_more_than_is_owed(desk: Paying, account: PayingAccount) -> None:
    batch = PayoutBatch.objects.create(number=9, account=account, pay_on=TODAY)
    payee = Payee.objects.get(code="A02")
    with pytest.raises(IntegrityError, match="who is owed 500 fen"), transaction.atomic():
        Payout.objects.create(batch=batch, place=1, payee=payee, amount_fen=501, reference="X", account={})
        pgtrigger.constraints(pgtrigger.Immediate, "settlements.Payout:owed", databases=["default"])


def test_the_database_keeps_amount_and_payee(desk: Paying, account: PayingAccount) -> None:
    batch = desk.draft(account)
    other = Payee.objects.get(code="A03")
    for change in ({"amount_fen": 1}, {"payee": other}):
        with pytest.raises(Error, match="sum_and_payee_stay"), transaction.atomic():
            batch.payouts.filter(place=1).update(**change)
    with pytest.raises(Error, match="never_deleted"), transaction.atomic():
        Payout.objects.all().delete()
