"""What both formats of Kingdee share: how a payee stands in 核算项目."""

from django.utils.translation import gettext_lazy as _

from mcn.core.errors import RuleError
from mcn.settlements.models.vouchers import Auxiliary
from mcn.settlements.vouchers.making import Line, Voucher

SEPARATOR = "---"
CATEGORIES = {Auxiliary.SUPPLIER: "供应商", Auxiliary.EMPLOYEE: "职员", Auxiliary.CUSTOMER: "客户"}


def item(voucher: Voucher, line: Line) -> str:
    """Category, code and name of the payee: 供应商---A01---小鹿; empty where the line has none.

    Raises RuleError for a code that holds the separator: the programme would cut it there.
    """
    if line.payee is None:
        return ""
    if SEPARATOR in line.payee.code:
        raise RuleError(
            _(
                "Voucher %(voucher)s, line %(line)s: the payee's code “%(code)s” holds “%(separator)s”, at which"
                " Kingdee cuts. Keep the subject by no payee, or give the payee another code."
            ),
            voucher=voucher.name,
            line=line.number,
            code=line.payee.code,
            separator=SEPARATOR,
        )
    return SEPARATOR.join((CATEGORIES[line.subject.auxiliary], line.payee.code, line.payee.name))
