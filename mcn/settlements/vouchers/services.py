"""Change which subjects the accounts of the ledger stand for, and what vouchers carry."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import UNCHANGED, save_by
from mcn.accounts.models import User
from mcn.core.errors import RuleError
from mcn.core.exports import FORMULA_STARTS
from mcn.settlements.models import Account, VoucherSettings, VoucherSubject
from mcn.settlements.services.moves import check_allowed
from mcn.settlements.vouchers.subjects import Head, Subject, head, subjects

PERMISSION = "vouchers.change"
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")


@transaction.atomic
def subjects_save(*, actor: User | None, given_head: Head, given: Mapping[Account, Subject]) -> bool:
    """Keep word, preparer and the subjects of the given accounts; whether anything changed.

    What is as it was is not written, so the defaults stay defaults. Raises NotAllowed without `vouchers.change`, and
    RuleError for an empty or unusable text, with `field` naming its place ("word", "code_bank", …).
    """
    check_allowed(actor, PERMISSION)
    new_head = Head(_text(given_head.word, "word", 4), _text(given_head.preparer, "preparer", 40))
    new = {account: _checked(account, subject) for account, subject in given.items()}
    outcomes = []
    if new_head != head():
        outcomes.append(save_by(VoucherSettings, {}, actor=actor, **asdict(new_head))[1])
    known = subjects()
    for account, subject in new.items():
        if subject != known[account]:
            key = {"account": account.value}
            outcomes.append(save_by(VoucherSubject, key, actor=actor, **asdict(subject))[1])
    return any(outcome != UNCHANGED for outcome in outcomes)


def _checked(account: Account, subject: Subject) -> Subject:
    code = subject.code.strip()
    if len(code) > 40 or _CODE.fullmatch(code) is None:
        raise RuleError(
            _("%(account)s: a subject code has digits, letters, dots and hyphens, at most %(most)s, such as 1122.01."),
            field=f"code_{account.value}",
            account=account.label,
            most=40,
        )
    return Subject(code, _text(subject.name, f"name_{account.value}", 80), subject.auxiliary)


def _text(text: str, field: str, most: int) -> str:
    """A text that every accounting programme reads as it is: one line, no comma, and no formula for a spreadsheet."""
    text = text.strip()
    if not text or len(text) > most:
        raise RuleError(_("This has 1 to %(most)s characters."), field=field, most=most)
    if any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") for sign in text):
        raise RuleError(_("Tabs and line breaks cannot stand here: files of vouchers are cut at them."), field=field)
    if "," in text or '"' in text:
        raise RuleError(_("Commas and quotes cannot stand here: files of vouchers are cut at them."), field=field)
    if text[0] in FORMULA_STARTS:
        raise RuleError(
            _("“%(sign)s” cannot stand first: a spreadsheet takes it for a formula."), field=field, sign=text[0]
        )
    return text
