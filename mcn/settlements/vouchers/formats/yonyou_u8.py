"""Yonyou U8: the text that its general ledger tool (总账工具) brings in, in GBK.

The format has no quotes, and U8 reads GBK alone. So what a comma or a rare character means decides: in the summary it
is put into another shape; in what U8 looks up (word, subject, preparer, code of the payee) it is an error that names
its place.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.core.errors import RuleError
from mcn.core.money import yuan
from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.vouchers.making import Line, Voucher

FIRST_LINE = "填制凭证,V800"
ENCODING = "gbk"
MISSING = "〓"  # what print has always put where a character is missing
COLUMNS = (
    "日期", "凭证类别字", "凭证号", "附单据数", "摘要", "科目编码", "借方金额", "贷方金额", "数量", "外币", "汇率",
    "制单人", "结算方式", "票号", "发生日期", "部门编码", "个人编码", "客户编码", "供应商编码", "业务员", "项目编码",
)  # fmt: skip
# Where the payee's code stands, by what the subject is kept by.
PLACES = {Auxiliary.EMPLOYEE: "个人编码", Auxiliary.CUSTOMER: "客户编码", Auxiliary.SUPPLIER: "供应商编码"}


def rows(vouchers: Iterable[Voucher]) -> Iterator[list[str]]:
    """One row per line. Raises RuleError for what U8 looks up and its file cannot hold."""
    for voucher in vouchers:
        for line in voucher.lines:
            yield _row(voucher, line)


def _row(voucher: Voucher, line: Line) -> list[str]:
    day = f"{voucher.dated_on:%Y-%m-%d}"
    told = {
        "日期": day,
        "凭证类别字": _exact(voucher.head.word, _("the voucher word"), voucher, line),
        "凭证号": str(voucher.number),
        "附单据数": "0",
        "摘要": _loose(voucher.summary),
        "科目编码": _exact(line.subject.code, _("the subject code"), voucher, line),
        "借方金额": yuan(line.debit),
        "贷方金额": yuan(line.credit),
        "制单人": _exact(voucher.head.preparer, _("the preparer"), voucher, line),
        "发生日期": day,
    }
    if line.payee is not None:
        told[PLACES[line.subject.auxiliary]] = _exact(line.payee.code, _("the payee's code"), voucher, line)
    return [told.get(name, "") for name in COLUMNS]


def _loose(text: str) -> str:
    """A text for people: commas in their Chinese shape, characters that GBK lacks as 〓."""
    return "".join(sign if _fits(sign) else MISSING for sign in text.replace(",", "，"))


def _exact(text: str, what: Any, voucher: Voucher, line: Line) -> str:
    """A text that U8 looks up. Raises RuleError for what it cannot hold."""
    for sign in text:
        if sign == "," or not _fits(sign):
            raise RuleError(
                _(
                    "Voucher %(voucher)s, line %(line)s: %(what)s “%(text)s” holds “%(sign)s”, which a file of Yonyou"
                    " U8 cannot."
                ),
                voucher=voucher.name,
                line=line.number,
                what=what,
                text=text,
                sign=sign,
            )
    return text


def _fits(sign: str) -> bool:
    try:
        sign.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def write_file(path: Path, vouchers: Iterable[Voucher]) -> None:
    """Write the vouchers as text in GBK with CRLF. Raises RuleError as `rows` does."""
    lines = [FIRST_LINE, *(",".join(row) for row in rows(vouchers))]
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode(ENCODING))
