"""The banks' files to the byte, and that each reads back as what is paid (docs/money.md §11)."""

import io
from typing import Any

import fastexcel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.anchors.models import Payee
from mcn.core.errors import RuleError
from mcn.settlements.models import PayingAccount, Payout, PayoutBatch
from mcn.settlements.payouts import forms
from mcn.settlements.payouts.forms import files
from tests.agencies import World
from tests.settlements.paying import TODAY, Paying

pytestmark = pytest.mark.django_db

CMB_HEADER = (
    "企业参考号(业务参考号),收款人编号,收款人账号,收款人名称,收方开户支行,收款人所在省,收款人所在市,收方邮件地址,收方移动电话,"
    "币种,付款分行,结算方式,业务种类,付方账号,期望日,期望时间,用途,金额,收方行号,收方开户银行,业务摘要"
)


@pytest.fixture
def batch(inside: World) -> PayoutBatch:
    desk = Paying(inside)
    account = desk.owe()
    return desk.draft(account)


def made(batch: PayoutBatch, **changes: Any) -> bytes:
    PayingAccount.objects.filter(pk=batch.account_id).update(**changes)
    batch = PayoutBatch.objects.get(pk=batch.pk)
    content, total = forms.write(batch, forms.layout_of(batch))
    assert total == 3650
    return content


def test_general_bank_list(batch: PayoutBatch) -> None:
    assert made(batch).decode("gb18030").split("\r\n") == [
        "序号,收款户名,收款账号,开户行,联行号,省,市,金额,用途,备注,手机号",
        "1,鹿小小,6222020000000000101,招商银行,308100000101,,,24.50,主播分成,P0001-001,13800000001",
        "2,阿木,6222020000000000002,,,,,5.00,主播分成,P0001-002,",
        "3,晚晚,6222020000000000003,,,,,7.00,主播分成,P0001-003,",
        "",
    ]


def test_china_merchants_bank_has_21_columns(batch: PayoutBatch) -> None:
    header, first, *_rest = made(batch, form="cmb").decode("gb18030").split("\r\n")
    assert header == CMB_HEADER
    assert len(header.split(",")) == 21
    assert first == (
        "P0001-001,A01,6222020000000000101,鹿小小,北京分行,,,,13800000001,人民币,,普通,,110900000000001,20261127,,"
        "主播分成,24.50,308100000101,招商银行,P0001-001"
    )


def test_where_the_bank_is_stands_in_both_lists(inside: World) -> None:
    desk = Paying(inside)
    account = desk.owe()
    Payee.objects.filter(code="A02").update(
        bank={
            "account": "2",
            "name": "阿木",
            "bank": "宁波银行",
            "branch": "杭州分行",
            "province": "浙江省",
            "city": "杭州市",
        }
    )
    batch = desk.draft(account)
    assert made(batch).decode("gb18030").split("\r\n")[2] == (
        "2,阿木,2,宁波银行,,浙江省,杭州市,5.00,主播分成,P0001-002,"
    )
    assert made(batch, form="cmb").decode("gb18030").split("\r\n")[2] == (
        "P0001-002,A02,2,阿木,杭州分行,浙江省,杭州市,,,人民币,,普通,,110900000000001,20261127,,主播分成,5.00,,宁波银行,P0001-002"
    )


def test_alipay_keeps_the_two_rows_of_its_template(inside: World) -> None:
    desk = Paying(inside)
    account = desk.owe()
    Payee.objects.filter(code="A02").update(alipay={"account": "amu@example.test", "name": "阿木"})
    PayingAccount.objects.filter(pk=account.pk).update(channel="alipay", form="alipay", purpose="")
    account.refresh_from_db()
    batch = desk.draft(account)
    content, total = forms.write(batch, forms.layout_of(batch))
    assert total == 500
    assert content.decode("gb18030").split("\r\n") == [
        "支付宝批量付款文件模板（前面两行请勿删除）",
        "序号（必填）,收款方支付宝账号（必填）,收款方姓名（必填）,金额（必填，单位：元）,备注（选填）",
        "1,amu@example.test,阿木,5.00,P0001-001",
        "",
    ]


OWN = [
    {"header": "收款账号", "source": "account"},
    {"header": "户名", "source": "holder"},
    {"header": "金额", "source": "amount"},
    {"header": "是否本行", "text": "否"},
    {"header": "付款户名", "source": "payer_holder"},
]


def test_an_agencys_own_columns(batch: PayoutBatch) -> None:
    lines = made(batch, form="own", columns=OWN, file_type="csv_utf8").decode("utf-8-sig").split("\r\n")
    assert lines[:2] == ["收款账号,户名,金额,是否本行,付款户名", "6222020000000000101,鹿小小,24.50,否,星河传媒有限公司"]
    bare = made(batch, form="own", columns=OWN, has_header=False).decode("utf-8-sig").split("\r\n")
    assert (bare[0], len(bare)) == ("6222020000000000101,鹿小小,24.50,否,星河传媒有限公司", 4)


def test_a_workbook_keeps_every_digit(batch: PayoutBatch) -> None:
    content = made(batch, file_type="xlsx")
    rows = fastexcel.read_excel(content).load_sheet(0, header_row=None).to_polars().rows()
    assert rows[1][:8] == ("1", "鹿小小", "6222020000000000101", "招商银行", "308100000101", "", "", "24.50")
    assert content == made(batch, file_type="xlsx")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([{"header": "账号", "source": "nothing"}], "nothing"),
        ([{"header": "账号", "source": "account"}, {"header": "户名", "source": "holder"}], "Amount in yuan"),
        ([], "Account number"),
        ([{"header": "账号", "formula": "1"}], "formula"),
    ],
)
def test_own_columns_that_cannot_pay_are_refused(columns: list[dict[str, str]], said: str) -> None:
    with pytest.raises(RuleError, match=said):
        forms.columns_of(columns)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "@sum", "+cmd", "-x", "鹿\n小小"])
def test_a_name_that_a_spreadsheet_would_run_is_refused(batch: PayoutBatch, name: str) -> None:
    one = batch.payouts.get(place=1)
    one.account = {**one.account, "name": name}
    one.save()
    with pytest.raises(RuleError, match="A01"):
        made(batch)


def test_an_empty_account_is_refused(batch: PayoutBatch) -> None:
    one = batch.payouts.get(place=2)
    one.account = {**one.account, "account": ""}
    one.save()
    with pytest.raises(RuleError, match="A02"):
        made(batch)


def test_a_file_that_says_another_sum_does_not_leave(batch: PayoutBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "total_of", lambda made, layout: 1)
    with pytest.raises(files.WrongTotal):
        forms.write(batch, forms.layout_of(batch))


def test_rare_characters_stand_in_gb18030(batch: PayoutBatch) -> None:
    one = batch.payouts.get(place=1)
    one.account = {**one.account, "name": '𠮷田，"中",文'}
    one.save()
    assert "𠮷田，" in made(batch).decode("gb18030")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 10**13), min_size=1, max_size=5),
    st.sampled_from(PayingAccount.FileType.values),
    st.sampled_from(["generic", "cmb", "own"]),
    st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), max_size=8),
)
def test_every_file_reads_back_as_what_is_paid(amounts: list[int], kind: str, form: str, name: str) -> None:
    account = PayingAccount(code="Z", channel="bank", form=form, file_type=kind, number="1", holder="甲", columns=OWN)
    payouts = [
        Payout(
            place=place,
            payee=Payee(code=f"A{place}"),
            amount_fen=fen,
            reference=f"P-{place}",
            account={"account": "62220200000000001", "name": f"甲{name}"},
        )
        for place, fen in enumerate(amounts, start=1)
    ]

    class Rows:
        def select_related(self, *names: str) -> "Rows":
            return self

        def order_by(self, *names: str) -> list[Payout]:
            return payouts

    class Batch:
        pay_on = TODAY

        def __init__(self) -> None:
            self.account, self.payouts = account, Rows()

        def __str__(self) -> str:
            return "P0001"

    found: Any = Batch()
    layout = forms.layout_of(found)
    content, total = forms.write(found, layout)
    assert total == sum(amounts) == forms.total_of(content, layout)
    rows = list(files._rows(content, kind))
    place = next(i for i, column in enumerate(layout["columns"]) if column["source"] == "holder")
    assert {row[place] for row in rows[1:]} == {f"甲{name}"}
    assert io.BytesIO(content).getbuffer().nbytes > 0
