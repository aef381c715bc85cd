"""The vouchers of the worked month (docs/money.md §7, §9.1): every line of every format, reckoned by hand.

July's posting. The platform owes the pools 15,120.00 + 11,924.98 + 4,500.00 − 432.00 = 31,112.98 and the tips 2,000.00,
the brand the slot fee 8,000.00; the shared cost is 3,000.00. A01 earned 12,939.54, is topped up by 2,060.46 and fined
200.00: tax 2,368.00, recouped 3,881.86, net pay 8,550.14. G01 earned 1,025.21 − 14.04 = 1,011.17: tax
(1,011.17 − 800) × 20 % = 42.23, net pay 968.94. So anchors cost 13,950.71, and the tax is 2,410.23.
"""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from mcn.core.errors import Conflict
from mcn.settlements.exports import FORMATS, services
from mcn.tenancy import files
from tests.agencies import World
from tests.golden.worked_month import JULY, JUNE, settle

MAY = "2026-05"
DEBITS = [
    ("1122", "应收账款", "33112.98", ""),
    ("1122", "应收账款", "8000.00", ""),
    ("6401", "主营业务成本", "13950.71", ""),
    ("6401", "主营业务成本", "2060.46", ""),
    ("6601", "销售费用", "3000.00", ""),
]
CREDITS = [
    ("1221", "其他应收款", "3881.86", "A01 小鹿"),
    ("2202", "应付账款", "8550.14", "A01 小鹿"),
    ("2202", "应付账款", "968.94", "G01 李强"),
    ("222112", "应交税费-应交个人所得税", "2410.23", ""),
    ("2241", "其他应付款", "3000.00", ""),
    ("6001", "主营业务收入", "31112.98", ""),
    ("6001", "主营业务收入", "8000.00", ""),
    ("6001", "主营业务收入", "2000.00", ""),
    ("6301", "营业外收入", "200.00", ""),
]
SUMMARY = "2026-07 主播分成结算"
K3_HEADER = (
    "凭证日期,会计年度,会计期间,凭证字,凭证号,科目代码,科目名称,币别代码,币别名称,原币金额,借方,贷方,制单,审核,核准,出纳,经办,"
    "结算方式,结算号,凭证摘要,数量,数量单位,单价,参考信息,业务日期,往来业务编号,附件数,序号,系统模块,业务描述,汇率类型,汇率,"
    "分录序号,核算项目,过账,机制凭证,现金流量"
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled(inside: World, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path
    settle(inside)
    return inside


def export(what: str, form: str, month: str = JULY) -> Path:
    formats = [form] if form in FORMATS else []
    services.write_files(actor=None, period=month, what=[what], formats=formats, name="exports/1")
    return files.path_of(f"exports/1/{what}.{form}")


def text(path: Path, encoding: str = "utf-8") -> list[str]:
    return path.read_bytes().decode(encoding).split("\r\n")


def payee(told: str, pattern: str) -> str:
    """A payee as a format writes it."""
    code, _space, name = told.partition(" ")
    return pattern.format(code=code, name=name) if told else ""


def table_lines() -> list[str]:
    numbered = enumerate([*((row, 0) for row in DEBITS), *((row, 1) for row in CREDITS)], 1)
    return [
        f"2026-07-31,记,1,{number},{SUMMARY},{code},{name},{'0.00,' * side}{amount}{',0.00' * (1 - side)},"
        + (told.replace(" ", ",") if told else ",")
        for number, ((code, name, amount, told), side) in numbered
    ]


def k3_lines() -> list[str]:
    numbered = enumerate([*((row, 0) for row in DEBITS), *((row, 1) for row in CREDITS)])
    return [
        f"2026-07-31,2026,7,记,1,{code},{name},RMB,人民币,{amount},{'0.00,' * side}{amount}{',0.00' * (1 - side)},"
        f"财务,NONE,NONE,NONE,,*,,{SUMMARY},0,*,0,,2026-07-31,,0,1,,,公司汇率,1,{number},"
        f"{payee(told, '供应商---{code}---{name}')},0,,"
        for number, ((code, name, amount, told), side) in numbered
    ]


def test_the_table(settled: World) -> None:
    found = export("vouchers", "csv").read_bytes().decode().split("\n")
    assert found == [
        "\ufeffdate,word,number,line,summary,subject,subject_name,debit,credit,payee,payee_name",
        *table_lines(),
        "",
    ]
    assert found[1] == "2026-07-31,记,1,1,2026-07 主播分成结算,1122,应收账款,33112.98,0.00,,"
    assert found[6] == "2026-07-31,记,1,6,2026-07 主播分成结算,1221,其他应收款,0.00,3881.86,A01,小鹿"


def test_the_table_for_people_ends_with_both_sums_and_a_check(settled: World) -> None:
    sheet = openpyxl.load_workbook(export("vouchers", "xlsx")).worksheets[0]
    *_rows, total, check = [list(row) for row in sheet.values]
    assert total[7:9] == [60124.15, 60124.15]
    assert check[7:9] == [0, 0]


def test_kingdee_k3(settled: World) -> None:
    found = text(export("vouchers-kingdee-k3", "csv"))
    assert found == [f"\ufeff{K3_HEADER}", *k3_lines(), ""]
    assert len(K3_HEADER.split(",")) == 37
    assert found[8] == (
        "2026-07-31,2026,7,记,1,2202,应付账款,RMB,人民币,968.94,0.00,968.94,财务,NONE,NONE,NONE,,*,,"
        "2026-07 主播分成结算,0,*,0,,2026-07-31,,0,1,,,公司汇率,1,7,供应商---G01---李强,0,,"
    )


def test_kingdee_k3_as_a_workbook(settled: World) -> None:
    path = export("vouchers-kingdee-k3", "xlsx")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header, *found = [list(row) for row in sheet.values]
    assert (sheet.title, header) == ("Page1", K3_HEADER.split(","))
    for expected, row in zip(k3_lines(), found, strict=True):
        for text, value in zip(expected.split(","), row, strict=True):
            assert text == (value or "") if isinstance(value, str | None) else float(text) == value
    assert found[0][5] == "1122"  # a subject is a text, whatever its digits
    before = path.read_bytes()
    assert export("vouchers-kingdee-k3", "xlsx").read_bytes() == before


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_kingdee_kis(settled: World, form: str) -> None:
    header = "凭证日期,凭证字,凭证号,附件数,摘要,科目代码,科目名称,借方金额,贷方金额,核算项目"
    lines = [
        *(f"2026-07-31,记,1,0,{SUMMARY},{code},{name},{amount},," for code, name, amount, _told in DEBITS),
        *(
            f"2026-07-31,记,1,0,{SUMMARY},{code},{name},,{amount},{payee(told, '供应商---{code}---{name}')}"
            for code, name, amount, told in CREDITS
        ),
    ]
    path = export("vouchers-kis", form)
    if form == "csv":
        assert text(path) == [f"\ufeff{header}", *lines, ""]
        return
    found = [list(row) for row in openpyxl.load_workbook(path).worksheets[0].values]
    assert found[0] == header.split(",")
    assert found[1] == ["2026-07-31", "记", 1, 0, SUMMARY, "1122", "应收账款", 33112.98, None, None]
    assert [row[7] or row[8] for row in found[1:]] == [float(row[2]) for row in [*DEBITS, *CREDITS]]


def test_yonyou_u8(settled: World) -> None:
    found = text(export("vouchers-u8", "txt"), "gbk")
    assert found == [
        "填制凭证,V800",
        *(
            f"2026-07-31,记,1,0,{SUMMARY},{code},{amount},0.00,,,,财务,,,2026-07-31,,,,,,"
            for code, _n, amount, _t in DEBITS
        ),
        *(
            f"2026-07-31,记,1,0,{SUMMARY},{code},0.00,{amount},,,,财务,,,2026-07-31,,,,{payee(told, '{code}')},,"
            for code, _name, amount, told in CREDITS
        ),
        "",
    ]
    assert found[6] == "2026-07-31,记,1,0,2026-07 主播分成结算,1221,0.00,3881.86,,,,财务,,,2026-07-31,,,,A01,,"


def test_yonyou_tplus(settled: World) -> None:
    found = text(export("vouchers-tplus", "csv"))
    assert found == [
        "\ufeff凭证日期,凭证号,附单据数,摘要,科目编码,辅助项,借方金额,贷方金额",
        *(f"2026-07-31,记-0001,0,{SUMMARY},{code},,{amount}," for code, _name, amount, _told in DEBITS),
        *(
            f"2026-07-31,记-0001,0,{SUMMARY},{code},{payee(told, '供应商:{code} {name}')},,{amount}"
            for code, _name, amount, told in CREDITS
        ),
        "",
    ]


def test_june_and_the_advance_of_may(settled: World) -> None:
    """June: 35 % of 4,320.00 for A01, taxed (1,512.00 − 800) × 20 %; 140.40 for G01. May has the advance alone, and no
    month that was ever calculated."""
    assert text(export("vouchers-kis", "csv", JUNE))[1:] == [
        "2026-06-30,记,1,0,2026-06 主播分成结算,1122,应收账款,4320.00,,",
        "2026-06-30,记,1,0,2026-06 主播分成结算,6401,主营业务成本,1652.40,,",
        "2026-06-30,记,1,0,2026-06 主播分成结算,2202,应付账款,,1369.60,供应商---A01---小鹿",
        "2026-06-30,记,1,0,2026-06 主播分成结算,2202,应付账款,,140.40,供应商---G01---李强",
        "2026-06-30,记,1,0,2026-06 主播分成结算,222112,应交税费-应交个人所得税,,142.40,",
        "2026-06-30,记,1,0,2026-06 主播分成结算,6001,主营业务收入,,4320.00,",
        "",
    ]
    assert text(export("vouchers-kis", "csv", MAY))[1:] == [
        "2026-05-10,记,1,0,预支款 小鹿 ADV1,1221,其他应收款,6000.00,,供应商---A01---小鹿",
        "2026-05-10,记,1,0,预支款 小鹿 ADV1,1002,银行存款,,6000.00,",
        "",
    ]


def test_a_month_without_a_posting_has_no_vouchers(settled: World) -> None:
    with pytest.raises(Conflict, match="2026-08"):
        export("vouchers-kis", "csv", "2026-08")
    with pytest.raises(Conflict, match="2026-13"):
        export("vouchers", "csv", "2026-13")
