"""What the demo has paid of its closed month: one batch through the bank, one through Alipay that waits."""

from django.db import transaction

from mcn.accounts.models import User
from mcn.settlements.models import PayoutBatch
from mcn.settlements.payouts.accounts import account_save
from mcn.settlements.payouts.batches import batch_approve, batch_create, batch_export
from mcn.settlements.payouts.due import due
from mcn.settlements.payouts.results import payouts_paid
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

ACCOUNTS = (
    ("Z01", "招商银行基本户", "bank", "cmb", "571900000000001", "主播分成"),
    ("Z02", "支付宝企业账户", "alipay", "alipay", "pay@demo.test", ""),
)


@transaction.atomic
def make_payouts(*, finance: User, approver: User) -> None:
    """Pay what the closed month owes through the bank, all but the last payee; draft what goes through Alipay."""
    if PayoutBatch.objects.exists():
        return
    agency = Agency.objects.get(pk=current_agency_id())
    for code, name, channel, form, number, purpose in ACCOUNTS:
        account, _outcome = account_save(
            actor=finance,
            code=code,
            name=name,
            channel=channel,
            holder=f"{agency.name}有限公司",
            form=form,
            number=number,
            purpose=purpose,
        )
        if all(row.blocks for row in due(channel)):
            continue
        batch = batch_create(actor=finance, account=account, pay_on=agency.today())
        if channel == "bank":
            batch_approve(actor=approver, batch=batch)
            batch_export(actor=finance, batch=batch)
            paid = list(batch.payouts.select_related("batch__agency", "payee"))
            if len(paid) > 1:
                payouts_paid(actor=finance, payouts=paid[:-1], paid_on=agency.today())
