"""`tax-people`: whom the withholding client has to know (人员信息采集) before it takes labour pay and wages of a month.

Columns are the client's own, whatever language the reader has. Only what is known, or what the number of a resident's
identity card says, is filled in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee
from mcn.core.exports import Column, frame_of
from mcn.settlements.exports import withholding_client as client
from mcn.settlements.exports.base import Export
from mcn.settlements.models import Period
from mcn.settlements.tax_ledger import PersonMonth
from mcn.tenancy.models import Agency

METHODS = {*client.LABOUR_ITEMS, "wages"}
HEADERS = (
    "工号", "*姓名", "*证照类型", "*证照号码", "*性别", "*出生日期", "*国籍(地区)", "*人员状态", "是否残疾", "是否烈属",
    "是否孤老", "*任职受雇从业类型", "手机号码", "来华时间", "任职受雇从业日期", "离职日期",
)  # fmt: skip
COLUMNS = tuple(Column(name, name, width=16) for name in HEADERS)


@dataclass(frozen=True)
class Card:
    """What the number of a resident's identity card says (GB 11643): digits 7 to 14 are the birthday, the 17th is odd
    for men. Empty where the number is that of another document or has no such day."""

    kind: str = ""
    sex: str = ""
    born: str = ""
    country: str = ""

    @classmethod
    def of(cls, number: str) -> "Card":
        if not client.RESIDENT_NUMBER.fullmatch(number):
            return cls()
        sex = "男" if int(number[16]) % 2 else "女"
        try:
            born = date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
        except ValueError:
            born = ""
        return cls(client.RESIDENT_CARD, sex, born, "中国")


def people(period: Period) -> list[PersonMonth]:
    """Everybody whom `tax-labour` or `tax-wages` of the month declares, once each, by the code of the first payee; who
    has wages besides labour pay is there as an employee."""
    found: dict[str, PersonMonth] = {}
    for row in client.declared(period, METHODS):
        if row.person not in found or row.method == "wages":
            found[row.person] = row
    return sorted(found.values(), key=lambda row: row.payee.code)


def rows(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """One row per person."""
    yield frame_of(COLUMNS, [_row(row) for row in people(period)])


def _row(row: PersonMonth) -> list[str]:
    payee, number = row.payee, client.number_of(row)
    card, employed = Card.of(number), row.method == "wages"
    told = {
        "工号": payee.code,
        "*姓名": payee.legal_name,
        "*证照类型": card.kind,
        "*证照号码": number,
        "*性别": card.sex,
        "*出生日期": card.born,
        "*国籍(地区)": card.country,
        "*人员状态": "正常",
        "*任职受雇从业类型": "雇员" if employed else "其他",
        "手机号码": payee.phone,
        "任职受雇从业日期": payee.employed_from.isoformat() if employed and payee.employed_from else "",
    }
    return [told.get(name, "") for name in HEADERS]


def _payees(period: Period) -> list[Payee]:
    return [row.payee for row in people(period)]


PEOPLE = Export(
    _("Tax filing, persons"),
    COLUMNS,
    rows,
    expected=None,
    permission="payees.reveal",
    check=lambda period: client.check(period, METHODS),
    reveals=_payees,
    revealed=("id_number", "phone"),
)
