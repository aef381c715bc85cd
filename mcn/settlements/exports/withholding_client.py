"""Import files of the withholding client (自然人电子税务局扣缴端): `tax-labour` and `tax-wages`.

Columns are the client's own, whatever language the reader has; what it may be left to fill in is empty. They hold
identity numbers in full: only whoever may reveal personal data gets them, and each look is in the audit trail.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Document, Payee, WageDeductions
from mcn.core.errors import Conflict, Listed, RuleError
from mcn.core.exports import Column, Kind, frame_of
from mcn.core.periods import Period as Month
from mcn.settlements.exports.base import Export
from mcn.settlements.models import Period
from mcn.settlements.tax_ledger import PersonMonth, persons
from mcn.tenancy.models import Agency

# What the client calls labour pay (所得项目) by tax method. Its versions differ: an agency may name another.
LABOUR_ITEMS = {"per_payment": "一般劳务报酬所得", "cumulative_platform": "其他连续劳务报酬所得"}
RESIDENT_CARD = "居民身份证"
# What the client calls the other documents (证件类型).
DOCUMENTS = {
    Document.FOREIGN_PASSPORT: "外国护照",
    Document.CHINESE_PASSPORT: "中国护照",
    Document.HK_MACAU_PERMIT: "港澳居民来往内地通行证",
    Document.HK_MACAU_RESIDENCE: "港澳居民居住证",
    Document.TAIWAN_PERMIT: "台湾居民来往大陆通行证",
    Document.TAIWAN_RESIDENCE: "台湾居民居住证",
    Document.PERMANENT_RESIDENCE: "外国人永久居留身份证",
}
RESIDENT_NUMBER = re.compile(r"[0-9]{17}[0-9X]")

SOCIAL_HEADERS = dict(
    zip(("基本养老保险费", "基本医疗保险费", "失业保险费", "住房公积金"), WageDeductions.SOCIAL, strict=True)
)
SPECIAL_HEADERS = dict(
    zip(
        ("累计子女教育", "累计继续教育", "累计住房贷款利息", "累计住房租金", "累计赡养老人"),
        WageDeductions.SPECIAL,
        strict=True,
    )
)
AMOUNTS = {"*收入", "*本期收入", *SOCIAL_HEADERS, *SPECIAL_HEADERS}
LABOUR_HEADERS = (
    "工号", "*姓名", "*证件类型", "*证件号码", "*所得项目", "*收入", "免税收入", "商业健康保险", "税延养老保险", "其他",
    "允许扣除的税费", "减免税额", "协定减免", "备注",
)  # fmt: skip
WAGES_HEADERS = (
    "工号", "姓名", "*证照类型", "*证照号码", "*本期收入", "本期免税收入", "基本养老保险费", "基本医疗保险费",
    "失业保险费", "住房公积金", "累计子女教育", "累计继续教育", "累计住房贷款利息", "累计住房租金", "累计赡养老人",
)  # fmt: skip


def _columns(headers: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(name, name, Kind.AMOUNT if name in AMOUNTS else Kind.TEXT, width=16) for name in headers)


LABOUR_COLUMNS, WAGES_COLUMNS = _columns(LABOUR_HEADERS), _columns(WAGES_HEADERS)


def declared(period: Period, methods: set[str]) -> list[PersonMonth]:
    """Whose income of these methods the month's file declares: everybody who has any."""
    return [row for row in persons(period) if row.method in methods and row.income > 0]


def number_of(row: PersonMonth) -> str:
    """The person's identity number as the client wants it, "" where no payee has one."""
    return row.payee.id_number.strip().upper()


def check(period: Period, methods: set[str]) -> None:
    """Raises Conflict for a month that is not closed, RuleError with the names of those who have no identity number."""
    if period.state != Period.State.CLOSED:
        raise Conflict(_("%(period)s is not closed: only the tax of a closed month is filed."), period=period.code)
    lacking = [f"{row.payee.legal_name} ({row.payee.code})" for row in declared(period, methods) if not number_of(row)]
    if lacking:
        raise RuleError(
            _("These payees have no identity number, which the withholding client asks for: %(payees)s."),
            field="id_number",
            payees=Listed(lacking),
        )


def _frames(columns: tuple[Column, ...], rows: list[dict[str, Any]]) -> Iterator[pl.DataFrame]:
    empty = {column.name: None if column.name in AMOUNTS else "" for column in columns}
    yield frame_of(columns, [list({**empty, **row}.values()) for row in rows])


def document_of(payees: Iterable[Payee]) -> dict[str, str]:
    """What is recorded of a person's document, by DOCUMENT_PARTS: with the first of its payees that has any."""
    found: Iterable[Any] = (payee.document for payee in payees)
    return next((document for document in found if document), {})


def kind_of_document(number: str, document: Mapping[str, str]) -> str:
    """The kind of document as the client calls it; "" where neither the number nor the record tells."""
    if RESIDENT_NUMBER.fullmatch(number):
        return RESIDENT_CARD
    kind = document.get("kind", "")
    return DOCUMENTS[Document(kind)] if kind else ""


def _kind(row: PersonMonth) -> str:
    return kind_of_document(number_of(row), document_of(part.payee for part in row.parts))


def labour(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """One row per person with labour pay, by the code of the first payee. Income is before costs, which the client
    takes off itself.
    """
    rows = [
        {
            "工号": row.payee.code,
            "*姓名": row.payee.legal_name,
            "*证件类型": _kind(row),
            "*证件号码": number_of(row),
            "*所得项目": agency.labour_income_item or LABOUR_ITEMS[row.method],
            "*收入": row.income,
        }
        for row in declared(period, set(LABOUR_ITEMS))
    ]
    return _frames(LABOUR_COLUMNS, rows)


def wages(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """One row per employee. What is deducted is left to the client where it is not known by its parts."""
    rows = [
        {
            "工号": row.payee.code,
            "姓名": row.payee.legal_name,
            "*证照类型": _kind(row),
            "*证照号码": number_of(row),
            "*本期收入": row.income,
            **_deducted(row, period),
        }
        for row in declared(period, {"wages"})
    ]
    return _frames(WAGES_COLUMNS, rows)


def _deducted(row: PersonMonth, period: Period) -> dict[str, int]:
    """What is deducted, by its parts, fen by column: social insurance of the month if it is recorded, and special
    deductions of all months that the method counts if each of them is.
    """
    last = Month.parse(period.code)
    first = Month(last.year, last.month - row.reckoning.months + 1)
    found = WageDeductions.objects.filter(payee=row.parts[-1].payee, period__gte=str(first), period__lte=str(last))
    months = {one.period: one for one in found}
    told: dict[str, int] = {}
    if period.code in months:
        told |= {header: getattr(months[period.code], name) for header, name in SOCIAL_HEADERS.items()}
    if len(months) == row.reckoning.months:
        told |= {header: sum(getattr(one, name) for one in months.values()) for header, name in SPECIAL_HEADERS.items()}
    return told


def _payees(period: Period, methods: set[str]) -> list[Payee]:
    return [row.payee for row in declared(period, methods)]


LABOUR = Export(
    _("Tax filing, labour pay"),
    LABOUR_COLUMNS,
    labour,
    expected=None,
    permission="payees.reveal",
    check=lambda period: check(period, set(LABOUR_ITEMS)),
    reveals=lambda period: _payees(period, set(LABOUR_ITEMS)),
)
WAGES = Export(
    _("Tax filing, wages"),
    WAGES_COLUMNS,
    wages,
    expected=None,
    permission="payees.reveal",
    check=lambda period: check(period, {"wages"}),
    reveals=lambda period: _payees(period, {"wages"}),
)
