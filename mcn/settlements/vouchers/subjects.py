"""Which subject of the accounting programme a ledger account stands for: the agency's own, else the default."""

from dataclasses import dataclass
from typing import Final

from mcn.settlements.models import Account, VoucherSettings, VoucherSubject
from mcn.settlements.models.vouchers import Auxiliary


@dataclass(frozen=True)
class Subject:
    """A subject (科目): its code and name in the accounting programme, and as what it is kept by payee."""

    code: str
    name: str
    auxiliary: Auxiliary = Auxiliary.NONE


@dataclass(frozen=True)
class Head:
    """What every voucher carries: the voucher word (凭证字) and who prepared it (制单)."""

    word: str
    preparer: str


# Codes of 企业会计准则; the tax payable has the detail code that 小企业会计准则 gives it in Kingdee and Yonyou. They
# are top-level subjects where there is one, as every chart of accounts has those.
DEFAULT_SUBJECTS: Final[dict[Account, Subject]] = {
    Account.PLATFORM_RECEIVABLE: Subject("1122", "应收账款"),
    Account.BRAND_RECEIVABLE: Subject("1122", "应收账款"),
    Account.ADVANCES: Subject("1221", "其他应收款", Auxiliary.SUPPLIER),
    Account.CLAWBACK_RECEIVABLE: Subject("1221", "其他应收款", Auxiliary.SUPPLIER),
    Account.INSTALMENTS: Subject("1221", "其他应收款", Auxiliary.SUPPLIER),
    Account.BANK: Subject("1002", "银行存款"),
    Account.PAYABLE: Subject("2202", "应付账款", Auxiliary.SUPPLIER),
    Account.TAX_PAYABLE: Subject("222112", "应交税费-应交个人所得税"),
    Account.DEPOSITS: Subject("2241", "其他应付款", Auxiliary.SUPPLIER),
    Account.OTHER_PAYABLE: Subject("2241", "其他应付款"),
    Account.COMMISSION_INCOME: Subject("6001", "主营业务收入"),
    Account.SLOT_FEE_INCOME: Subject("6001", "主营业务收入"),
    Account.TIPS_INCOME: Subject("6001", "主营业务收入"),
    Account.ADS_INCOME: Subject("6001", "主营业务收入"),
    Account.PENALTY_INCOME: Subject("6301", "营业外收入"),
    Account.ANCHOR_COST: Subject("6401", "主营业务成本"),
    Account.GUARANTEE_COST: Subject("6401", "主营业务成本"),
    Account.TAX_COST: Subject("6401", "主营业务成本"),
    Account.SHARED_COST: Subject("6601", "销售费用"),
}
DEFAULT_HEAD: Final = Head("记", "财务")


def subjects() -> dict[Account, Subject]:
    """The subject of every ledger account of the agency in scope, in the order of the accounts."""
    own = {row.account: Subject(row.code, row.name, Auxiliary(row.auxiliary)) for row in VoucherSubject.objects.all()}
    return {account: own.get(account.value, DEFAULT_SUBJECTS[account]) for account in Account}


def head() -> Head:
    """Word and preparer of the vouchers of the agency in scope."""
    own = VoucherSettings.objects.first()
    return DEFAULT_HEAD if own is None else Head(own.word, own.preparer)
