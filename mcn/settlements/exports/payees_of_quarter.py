"""`tax-quarter`: what a quarter brought each payee, for the quarterly report of platform income (涉税信息报送).

Whether an agency files it itself is not settled (docs/exports.md): this keeps the data ready. Columns are those of the
income form as far as the product knows them, in Chinese whatever language the reader has.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Payee
from mcn.core.errors import Conflict, Listed
from mcn.core.exports import Column, Kind, frame_of
from mcn.core.periods import Period as Month
from mcn.settlements.exports.base import Export
from mcn.settlements.exports.withholding_client import RESIDENT_NUMBER
from mcn.settlements.models import Period, Statement
from mcn.tenancy.models import Agency

RESIDENT_CARD, CHINA = "201|居民身份证", "156|中国"  # as forms of the tax administration write them
REGISTERED = {Payee.Kind.SOLE_TRADER, Payee.Kind.COMPANY}
OTHER = "从事其他网络交易活动取得的收入(净额)"
FIGURES = ("收入总额", "劳务报酬", "工资薪金", OTHER, "已扣缴个人所得税", "交易笔数")
HEADERS = (
    "序号", "收入所属期间", "是否已取得登记证照", "名称", "统一社会信用代码", "姓名", "证件类型", "证件号码",
    "国家或地区", *FIGURES,
)  # fmt: skip
KINDS = {"序号": Kind.COUNT, "交易笔数": Kind.COUNT} | dict.fromkeys(FIGURES[:-1], Kind.AMOUNT)
COLUMNS = tuple(Column(name, name, KINDS.get(name, Kind.TEXT), width=16) for name in HEADERS)


def months_of(period: Period) -> list[str]:
    """The three months of the quarter that the month lies in."""
    month = Month.parse(period.code)
    first = (month.month - 1) // 3 * 3 + 1
    return [str(Month(month.year, number)) for number in range(first, first + 3)]


def check(period: Period) -> None:
    """Raises Conflict for a month that is not the last of its quarter, and while a month of it has statements and is
    not closed."""
    months = months_of(period)
    if period.code != months[-1]:
        raise Conflict(_("The quarter ends with %(month)s: choose that month."), month=months[-1])
    rows = Period.objects.filter(code__in=months).exclude(state=Period.State.CLOSED)
    if lacking := sorted(rows.values_list("code", flat=True)):
        raise Conflict(
            _("%(months)s are not closed: the quarter is reported when all its months are."), months=Listed(lacking)
        )


def payees(period: Period) -> list[tuple[Payee, list[Statement]]]:
    """Whose pay before tax in the quarter is not 0, by code, with the statements of the quarter. One person in law may
    be several payees: a natural person is there once, as the first."""
    found: dict[str, tuple[Payee, list[Statement]]] = {}
    statements = Statement.objects.filter(period__code__in=months_of(period)).exclude(taxable_fen=0)
    for statement in statements.select_related("payee").order_by("code", "period__code"):
        payee = statement.payee
        person = f"{payee.kind}:{payee.code}" if payee.kind in REGISTERED else payee.person_key
        found.setdefault(person, (payee, []))[1].append(statement)
    return list(found.values())


def rows(agency: Agency, period: Period) -> Iterator[pl.DataFrame]:
    """One row per person or company."""
    first, _second, last = months_of(period)
    told = [
        [number, f"{first}—{last}", *_identity(payee), *_figures(statements)]
        for number, (payee, statements) in enumerate(payees(period), 1)
    ]
    yield frame_of(COLUMNS, told)


def _identity(payee: Payee) -> list[str]:
    """Registered traders and companies by name and credit code, natural persons by name and document."""
    number = payee.id_number.strip().upper()
    if payee.kind in REGISTERED:
        return ["是", payee.legal_name, number, "", "", "", ""]
    card = bool(RESIDENT_NUMBER.fullmatch(number))
    return ["否", "", "", payee.legal_name, RESIDENT_CARD if card else "", number, CHINA if card else ""]


def _figures(statements: Sequence[Statement]) -> list[int]:
    """Income before tax by kind, tax and order lines, of the quarter; amounts in fen."""

    def income(*kinds: Any) -> int:
        return sum(s.taxable_fen for s in statements if s.kind in kinds)

    kinds = Payee.Kind
    return [
        income(*kinds.values),
        income(kinds.LABOUR),
        income(kinds.EMPLOYEE),
        income(*REGISTERED),
        sum(s.tax_fen for s in statements),
        sum(s.lines for s in statements),
    ]


QUARTER = Export(
    _("Reporting to the tax office, payees of the quarter"),
    COLUMNS,
    rows,
    expected=None,
    permission="payees.reveal",
    check=check,
    reveals=lambda period: [payee for payee, _statements in payees(period)],
)
