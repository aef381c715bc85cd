"""The accounts that money is paid from, and the columns of an agency's own kind of file (docs/money.md §11)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit, guards
from mcn.accounts.keeping import KEEP, save_by
from mcn.accounts.models import User
from mcn.core.errors import RuleError
from mcn.settlements.models import PayingAccount
from mcn.settlements.payouts.forms.columns import columns_of
from mcn.settlements.services import moves

Form, Channel = PayingAccount.Form, PayingAccount.Channel
CHANNELS = {Form.ALIPAY: {Channel.ALIPAY}, Form.CMB: {Channel.BANK}, Form.GENERIC: {Channel.BANK}}  # own: both


@transaction.atomic
def account_save(
    *,
    actor: User | None,
    code: str,
    name: str,
    channel: str,
    holder: str,
    form: str,
    number: str = KEEP,
    file_type: str = KEEP,
    has_header: bool = KEEP,
    purpose: str = KEEP,
    is_active: bool = KEEP,
) -> tuple[PayingAccount, str]:
    """Create or change the paying account with this code; returns it and the outcome.

    Raises NotAllowed, RuleError for a kind of file that the channel does not take, and where a new account has no
    number.
    """
    moves.check_allowed(actor, "payouts.change")
    guards.one_of(Channel, channel, field="channel")
    guards.one_of(Form, form, field="form")
    if channel not in CHANNELS.get(Form(form), set(Channel)):
        raise RuleError(
            _("%(form)s is no file for %(channel)s."),
            field="form",
            form=Form(form).label,
            channel=Channel(channel).label,
        )
    known = PayingAccount.objects.filter(code=code).first()
    if number is KEEP and known is None:
        raise RuleError(_("An account has a number."), field="number")
    return save_by(
        PayingAccount,
        {"code": code},
        actor=actor,
        name=name,
        channel=channel,
        holder=holder,
        form=form,
        number=number,
        file_type=file_type,
        has_header=has_header,
        purpose=purpose,
        is_active=is_active,
    )


@transaction.atomic
def columns_save(*, actor: User, account: PayingAccount, columns: Sequence[dict[str, str]]) -> PayingAccount:
    """Set what stands in each column of an account's own kind of file; batches whose file is made keep theirs.

    Raises NotAllowed, and RuleError as `forms.columns_of` does.
    """
    moves.check_allowed(actor, "payouts.change")
    kept: Any = [{name: text for name, text in entry.items() if text} for entry in columns]
    columns_of(kept)
    row = PayingAccount.objects.select_for_update().get(pk=account.pk)
    before = {"columns": _told(row.columns), "form": row.form}
    row.columns, row.form = kept, Form.OWN
    row.save()
    after = {"columns": _told(kept), "form": row.form}
    audit.record(actor=actor, action="change", target=row, before=before, after=after)
    return row


def _told(columns: Sequence[dict[str, str]]) -> list[str]:
    return [f"{one.get('header', '')} = {one.get('source') or one.get('text', '')}" for one in columns]
