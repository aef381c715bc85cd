"""What the columns of a bank's file hold: the built-in forms, and an agency's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from mcn.core.errors import RuleError
from mcn.settlements.models import PayingAccount

Form = PayingAccount.Form

# What a column can hold, and what people call it.
SOURCES: Final[dict[str, Any]] = {
    "place": _("Running number"),
    "reference": _("Reference of the payout"),
    "code": _("Code of the payee"),
    "holder": _("Account holder"),
    "account": _("Account number"),
    "bank": _("Bank"),
    "branch": _("Branch"),
    "province": _("Province of the bank"),
    "city": _("City of the bank"),
    "cnaps": _("Bank code (CNAPS)"),
    "phone": _("Phone"),
    "amount": _("Amount in yuan"),
    "currency": _("Currency (CNY)"),
    "purpose": _("Purpose"),
    "pay_on": _("Day to be paid, 20260815"),
    "payer": _("Number of the paying account"),
    "payer_holder": _("Holder of the paying account"),
}
NEEDED: Final = ("account", "holder", "amount")  # without them no bank can pay


@dataclass(frozen=True)
class Column:
    """A column: its header, and what it holds: a `source`, or the same `text` in every row."""

    header: str
    source: str = ""
    text: str = ""


@dataclass(frozen=True)
class BuiltIn:
    """A form that a bank prescribes. `title` stands above the header."""

    columns: Sequence[Column]
    title: str = ""


def _columns(*pairs: tuple[str, str]) -> tuple[Column, ...]:
    return tuple(Column(header, source) for header, source in pairs)


BUILT_IN: Final[Mapping[str, BuiltIn]] = {
    # 支付宝批量付款, as the template that Alipay hands out.
    Form.ALIPAY: BuiltIn(
        _columns(
            ("序号（必填）", "place"),
            ("收款方支付宝账号（必填）", "account"),
            ("收款方姓名（必填）", "holder"),
            ("金额（必填，单位：元）", "amount"),
            ("备注（选填）", "purpose"),
        ),
        title="支付宝批量付款文件模板（前面两行请勿删除）",
    ),
    # 招商银行 batch transfer, 21 columns.
    Form.CMB: BuiltIn(
        (
            Column("企业参考号(业务参考号)", "reference"),
            Column("收款人编号", "code"),
            Column("收款人账号", "account"),
            Column("收款人名称", "holder"),
            Column("收方开户支行", "branch"),
            Column("收款人所在省", "province"),
            Column("收款人所在市", "city"),
            Column("收方邮件地址"),
            Column("收方移动电话", "phone"),
            Column("币种", text="人民币"),
            Column("付款分行"),
            Column("结算方式", text="普通"),
            Column("业务种类"),
            Column("付方账号", "payer"),
            Column("期望日", "pay_on"),
            Column("期望时间"),
            Column("用途", "purpose"),
            Column("金额", "amount"),
            Column("收方行号", "cnaps"),
            Column("收方开户银行", "bank"),
            Column("业务摘要", "reference"),
        )
    ),
    Form.GENERIC: BuiltIn(
        (
            Column("序号", "place"),
            Column("收款户名", "holder"),
            Column("收款账号", "account"),
            Column("开户行", "bank"),
            Column("联行号", "cnaps"),
            Column("省", "province"),
            Column("市", "city"),
            Column("金额", "amount"),
            Column("用途", "purpose"),
            Column("备注", "reference"),
            Column("手机号", "phone"),
        )
    ),
}


def lacking(form: str, account: Mapping[str, str]) -> list[str]:
    """What a form asks for that an account does not tell, as keys of SOURCES.

    CMB finds its own accounts by their number and those of another bank by its code; without one it asks where the bank
    is. What an agency's own form needs is not known.
    """
    bank = account.get("bank", "")
    if form != Form.CMB or not bank or "招商银行" in bank or account.get("cnaps"):
        return []
    return [name for name in ("province", "city") if not account.get(name)]


def columns_of(kept: Sequence[Mapping[str, str]]) -> list[Column]:
    """An agency's own columns as they are kept. Raises RuleError for one that holds what does not exist, and where a
    column is missing without which nobody can be paid."""
    columns = []
    for place, entry in enumerate(kept, start=1):
        unknown = set(entry) - {"header", "source", "text"}
        source = entry.get("source", "")
        if unknown or (source and source not in SOURCES):
            raise RuleError(
                _("Column %(place)s: there is no “%(name)s”."), field="columns", place=place, name=source or unknown
            )
        columns.append(Column(entry.get("header", ""), source, entry.get("text", "")))
    missing = [str(SOURCES[name]) for name in NEEDED if all(column.source != name for column in columns)]
    if missing:
        raise RuleError(
            _("These columns are missing, and nobody can be paid without: %(columns)s."),
            field="columns",
            columns="; ".join(missing),
        )
    return columns
