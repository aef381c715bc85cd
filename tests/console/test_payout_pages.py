"""Payouts on the console: what is due, a batch's whole way, the bank's statement, own columns."""

from collections.abc import Callable
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Payee
from mcn.settlements.models import BankLine, PayingAccount, Payout, PayoutBatch, Statement
from mcn.settlements.payouts.results import payouts_paid
from tests.agencies import APPROVER, World, make_world
from tests.console.sold import plain
from tests.settlements.paying import Paying, payouts

Clients = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def owing(world: World) -> World:
    with world.open():
        Paying(world).owe()
    return world


def page(client: Client, world: World, path: str = "payouts/") -> str:
    answer = client.get(f"{world.console}/{path}")
    assert answer.status_code == 200
    return unescape(plain(answer.text))


def post(client: Client, world: World, path: str, **data: object) -> str:
    answer = client.post(f"{world.console}/{path}", data, follow=True)
    return unescape(plain(answer.text))


def test_before_anything_is_owed_the_page_says_what_to_do(world: World, client_of: Clients) -> None:
    text = page(client_of(Role.FINANCE), world)
    assert "No account to pay from" in text
    assert "Close a month" in text
    assert "No account to pay from" in page(client_of(Role.FINANCE), world, "payouts/new/")


def test_a_batch_goes_its_whole_way(owing: World, client_of: Clients) -> None:
    finance, approver = client_of(Role.FINANCE), client_of(APPROVER)
    assert "¥36.50" in page(finance, owing)
    with owing.open():
        ids = {payee.code: payee.pk for payee in Payee.objects.all()}
        account = PayingAccount.objects.get()
    form = page(finance, owing, "payouts/new/")
    assert "小鹿" in form
    assert "¥24.50" in form
    sent = {"account": account.pk, "pay_on": "2026-11-27", "payee": [ids["A01"], ids["A02"]]}
    text = post(finance, owing, "payouts/new/", **sent)
    assert "Drafted. A second person approves it now." in text
    assert "somebody else has to approve it" in text
    with owing.open():
        batch = PayoutBatch.objects.get()
        ones = {one.payee.code: one.pk for one in batch.payouts.select_related("payee")}
    at = f"payouts/{batch.pk}/"
    assert "a second person has to approve it" in post(finance, owing, f"{at}approve/")
    assert "Approved. The bank's file can be made now." in post(approver, owing, f"{at}approve/")
    assert "The file is made." in post(finance, owing, f"{at}export/")
    file = finance.get(f"{owing.console}/{at}file/")
    assert "6222020000000000101" in file.content.decode("gb18030")
    assert "6222020000000000101" not in page(finance, owing, at)
    assert "••••0101" in page(finance, owing, at)
    with owing.open():
        today = owing.agency.today().isoformat()
    told = post(finance, owing, f"{at}results/", payout=[ones["A01"]], result="paid", day=today)
    assert "Recorded for 1 payout." in told
    assert "Say why" in post(finance, owing, f"{at}results/", payout=[ones["A02"]], result="failed")
    assert "Say on which day." in post(finance, owing, f"{at}results/", payout=[ones["A02"]], result="paid", day="x")
    post(finance, owing, f"{at}results/", payout=[ones["A02"]], result="failed", reason="no such account")
    text = post(finance, owing, f"{at}results/", payout=[ones["A01"]], result="returned", day=today, reason="back")
    assert "no such account" in text
    assert "came back" in text
    with owing.open():
        assert set(Payout.objects.values_list("state", flat=True)) == {"failed", "returned"}
    assert "¥36.50" in page(finance, owing)


def test_what_the_banks_file_still_needs_is_told_wherever_it_is_the_only_file(owing: World, client_of: Clients) -> None:
    told = "the bank asks for more of the account: Province of the bank, City of the bank"
    with owing.open():
        Payee.objects.filter(code="A02").update(bank={"account": "2", "name": "阿木", "bank": "宁波银行"})
        PayingAccount.objects.update(form="cmb")
        account = PayingAccount.objects.get()
    finance = client_of(Role.FINANCE)
    assert told in page(finance, owing)
    assert told in page(finance, owing, f"payouts/new/?account={account.pk}")
    with owing.open():
        Payee.objects.filter(code="A02").update(alipay={"account": "amu@example.test", "name": "阿木"})
    assert told not in page(finance, owing)
    with owing.open():
        Payee.objects.filter(code="A02").update(alipay={})
        PayingAccount.objects.create(code="Z02", name="x", channel="bank", holder="x", number="1", form="generic")
    assert told not in page(finance, owing)


def test_a_batch_is_dropped_and_a_payee_taken_out(owing: World, client_of: Clients) -> None:
    finance = client_of(Role.FINANCE)
    with owing.open():
        batch = Paying(owing).draft(PayingAccount.objects.get())
        one = batch.payouts.get(place=1)
    assert "is taken out and due again" in post(finance, owing, f"payouts/{batch.pk}/remove/", payout=one.pk)
    assert "Dropped." in post(finance, owing, f"payouts/{batch.pk}/drop/")
    assert "can no longer be done" in post(finance, owing, f"payouts/{batch.pk}/drop/")
    answer = finance.get(f"{owing.console}/payouts/{batch.pk}/file/", follow=True)
    assert "has no file yet" in plain(answer.text)


def test_who_is_blocked_is_named_with_the_reason(owing: World, client_of: Clients) -> None:
    with owing.open():
        Payee.objects.filter(code="A02").update(bank={})
        Payee.objects.filter(code="A03").update(bank={"account": "1", "name": "别人"})
    for path in ("payouts/", "payouts/new/"):
        text = page(client_of(Role.FINANCE), owing, path)
        assert "account is recorded" in text
        assert "the account is 别人's, the contract 晚晚's" in text


def test_a_bank_statement_marks_what_a_person_confirms(owing: World, client_of: Clients) -> None:
    finance = client_of(Role.FINANCE)
    with owing.open():
        account = PayingAccount.objects.get()
        Paying(owing).exported(account)
        today = owing.agency.today().isoformat()
    rows = f"交易日期,支出金额,对方户名,摘要\n{today},24.50,鹿小小,P0001-001\n{today},7.00,房东,房租\n"
    file = SimpleUploadedFile("bank.csv", rows.encode("gb18030"))
    text = post(finance, owing, "bank-statements/", account=account.pk, upload=file)
    assert "2 lines are new, 0 were known" in text
    assert "same name · our reference · on time" in text
    with owing.open():
        one = Payout.objects.get(reference="P0001-001")
        assert one.state == "exported"
    pair = f"{owing.agency.pk and _line(owing)}-{one.pk}"
    assert "1 payout is marked paid." in post(finance, owing, "bank-statements/confirm/", pair=[pair])
    assert "Choose at least one line." in post(finance, owing, "bank-statements/confirm/")
    file = SimpleUploadedFile("bank.csv", rows.encode("gb18030"))
    assert "brought in already" in post(finance, owing, "bank-statements/", account=account.pk, upload=file)
    broken = SimpleUploadedFile("b.csv", "交易日期,支出金额\n某日,1.00\n".encode())
    answer = finance.post(f"{owing.console}/bank-statements/", {"account": account.pk, "upload": broken})
    assert answer.status_code == 422
    assert "Nothing was kept: mend these rows" in plain(answer.text)


def _line(world: World) -> int:
    with world.open():
        return BankLine.objects.get(text="P0001-001").pk


def test_columns_are_read_from_a_banks_template_and_kept(owing: World, client_of: Clients) -> None:
    finance = client_of(Role.FINANCE)
    with owing.open():
        account = PayingAccount.objects.get()
        PayingAccount.objects.update(form="own")
    at = f"paying-accounts/{account.pk}/columns/"
    assert "Columns of the file" in page(finance, owing, f"paying-accounts/{account.pk}/")
    template = SimpleUploadedFile("t.csv", "代发模板\n账号,户名,金额,开户地\n".encode("gb18030"))
    answer = finance.post(f"{owing.console}/{at}", {"template": template})
    assert 'value="开户地"' in answer.text
    assert answer.text.count("selected") >= 3
    data = {"header": ["账号", "户名", "金额", ""], "source": ["account", "holder", "amount", ""], "text": [""] * 4}
    assert "have 3 columns now" in post(finance, owing, at, **data)
    answer = finance.post(f"{owing.console}/{at}", {"header": ["账号"], "source": ["account"], "text": [""]})
    assert answer.status_code == 422
    assert "nobody can be paid without" in plain(answer.text)
    with owing.open():
        assert [one["source"] for one in PayingAccount.objects.get().columns] == ["account", "holder", "amount"]


def test_an_account_is_entered_and_its_number_kept(world: World, client_of: Clients) -> None:
    finance = client_of(Role.FINANCE)
    data = {
        "code": "Z09", "name": "支付宝", "channel": "alipay", "holder": "星河", "form": "alipay",
        "number": "pay@x.test", "file_type": "csv_gb18030", "has_header": "on", "purpose": "", "is_active": "on",
    }  # fmt: skip
    text = post(finance, world, "paying-accounts/new/", **data)
    assert "••••test" in text
    with world.open():
        account = PayingAccount.objects.get()
    post(finance, world, f"paying-accounts/{account.pk}/edit/", **(data | {"number": "", "name": "企业支付宝"}))
    with world.open():
        account.refresh_from_db()
    assert (account.name, account.number) == ("企业支付宝", "pay@x.test")
    answer = finance.post(f"{world.console}/paying-accounts/new/", data | {"code": "Z10", "form": "cmb"})
    assert answer.status_code == 422


def test_statement_and_the_anchors_pages_say_that_it_is_paid(owing: World, client_of: Clients) -> None:
    anchor, finance = client_of(Role.ANCHOR), client_of(Role.FINANCE)
    month = f"/me/{owing.agency.slug}/months/2026-06/"
    assert "Not paid yet" in anchor.get(month).text
    with owing.open():
        desk = Paying(owing)
        one = payouts(desk.exported(PayingAccount.objects.get()))["A01"]
        statement = Statement.objects.get(code="A01")
    assert "Being paid" in anchor.get(month).text
    with owing.open():
        today = owing.agency.today()
        payouts_paid(actor=owing.finance, payouts=[one], paid_on=today)
    told = f"Paid {today:%Y-%m-%d}"
    assert told in anchor.get(month).text
    assert told in anchor.get(f"/me/{owing.agency.slug}/").text
    text = page(finance, owing, f"months/2026-06/statements/{statement.pk}/")
    assert told in text
    assert "P0001-001" in text


def test_of_several_accounts_one_is_chosen_and_stays_when_something_is_typed_wrong(
    owing: World, client_of: Clients
) -> None:
    finance = client_of(Role.FINANCE)
    with owing.open():
        bank = PayingAccount.objects.get()
        PayingAccount.objects.create(
            code="Z02", name="支付宝", channel="alipay", holder="星河传媒有限公司", form="alipay"
        )
    assert f'type="hidden" name="account" value="{bank.pk}"' in page(finance, owing, "payouts/new/")
    answer = finance.post(f"{owing.console}/payouts/new/", {"account": bank.pk, "pay_on": "soon", "payee": []})
    assert (answer.status_code, answer.context["account"], len(answer.context["ready"])) == (422, bank, 3)
