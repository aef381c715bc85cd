"""`tax-people`: whom the withholding client has to know (人员信息采集) before it takes labour pay and wages of a month.

Columns are the client's own, whatever language the reader has. Only what is known, or what the number of a resident's
identity card says, is filled in. Non-residents are in it, too: the client has to know them before their income, which
is filed in a form of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee, Sex
from mcn.core.errors import DomainError, Listed, RuleError
from mcn.core.exports import Column, frame_of
from mcn.settlements.exports import withholding_client as client
from mcn.settlements.exports.base import Export
from mcn.settlements.models import Period
from mcn.settlements.tax_ledger import PersonMonth
from mcn.tenancy.models import Agency

METHODS = {*client.LABOUR_ITEMS, "wages", "non_resident"}
SEXES = {Sex.FEMALE: "女", Sex.MALE: "男"}
# What the client asks for of a non-resident, by the part of a Card, as people call it here.
ASKED = {
    "kind": _("Kind of document"),
    "country": _("Nationality"),
    "sex": _("Sex"),
    "born": _("Date of birth"),
    "entered": _("First entry into China"),
}
HEADERS = (
    "工号", "*姓名", "*证照类型", "*证照号码", "*性别", "*出生日期", "*国籍(地区)", "*人员状态", "是否残疾", "是否烈属",
    "是否孤老", "*任职受雇从业类型", "手机号码", "来华时间", "任职受雇从业日期", "离职日期",
)  # fmt: skip
COLUMNS = tuple(Column(name, name, width=16) for name in HEADERS)


@dataclass(frozen=True)
class Card:
    """What the number of a resident's identity card says (GB 11643): digits 7 to 14 are the birthday, the 17th is odd
    for men; of another document, what is recorded of it. Empty where nothing is, or the number has no such day."""

    kind: str = ""
    sex: str = ""
    born: str = ""
    country: str = ""
    entered: str = ""

    @classmethod
    def of(cls, number: str, document: Mapping[str, str] | None = None) -> "Card":
        if not client.RESIDENT_NUMBER.fullmatch(number):
            kept = document or {}
            sex = SEXES[Sex(kept["sex"])] if kept.get("sex") else ""
            kind = client.kind_of_document(number, kept)
            return cls(kind, sex, kept.get("born_on", ""), kept.get("country", ""), kept.get("entered_on", ""))
        sex = "男" if int(number[16]) % 2 else "女"
        try:
            born = date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
        except ValueError:
            born = ""
        return cls(client.RESIDENT_CARD, sex, born, "中国")


def lacking(payees: Sequence[Payee]) -> list[Any]:
    """What the client asks for of a non-resident and is not recorded with any of the person's payees, in words. A
    resident's identity card lacks nothing: who has one has not come to China."""
    number = payees[0].id_number.strip().upper()
    card = Card.of(number, client.document_of(payees))
    if card.kind == client.RESIDENT_CARD:
        return []
    return [words for part, words in ASKED.items() if not getattr(card, part)]


def check(period: Period) -> None:
    """Raises as `client.check`, and RuleError naming the non-residents of whom something is not recorded, and what."""
    client.check(period, METHODS)
    rows = client.declared(period, {"non_resident"})
    wanting = [
        DomainError("%(name)s (%(code)s: %(what)s)", name=row.payee.legal_name, code=row.payee.code, what=Listed(found))
        for row in rows
        if (found := lacking([part.payee for part in row.parts]))
    ]
    if wanting:
        raise RuleError(
            _("The withholding client asks for more of these non-residents: %(payees)s."),
            field="document",
            payees=Listed(wanting),
        )


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
    card = Card.of(number, client.document_of(part.payee for part in row.parts))
    employed = row.method == "wages"
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
        "来华时间": card.entered,
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
    check=check,
    reveals=_payees,
    revealed=("id_number", "document", "phone"),
)
