"""What the demo has paid of its closed month: one batch through the bank, one through Alipay that waits; invoices."""

from decimal import Decimal

from django.db import transaction

from mcn.accounts.models import User
from mcn.anchors.models import Payee
from mcn.settlements.demo.bank import make_bank_statement
from mcn.settlements.invoicing import statements_to_invoice
from mcn.settlements.models import PayoutBatch
from mcn.settlements.payouts.accounts import account_save
from mcn.settlements.payouts.batches import batch_approve, batch_create, batch_export
from mcn.settlements.payouts.due import due
from mcn.settlements.services.invoices import invoice_register
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

ACCOUNTS = (
    ("Z01", "招商银行基本户", "bank", "cmb", "571900000000001", "主播分成"),
    ("Z02", "支付宝企业账户", "alipay", "alipay", "pay@demo.test", ""),
)


def _register_invoices(agency: Agency, finance: User) -> None:
    """Of the companies; the sole traders' are still to come, so that the demo shows what they stop."""
    needed = statements_to_invoice().filter(kind=Payee.Kind.COMPANY).select_related("payee", "period")
    for place, statement in enumerate(needed, start=1):
        invoice_register(
            actor=finance,
            payee=statement.payee,
            number=f"26332000000000{place:06d}",
            issued_on=agency.today(),
            issuer_name=statement.payee.legal_name,
            issuer_tax_number=f"91330106MA000000{place}X",
            kind="special",
            gross_fen=statement.net_pay_fen,
            vat_rate=Decimal("0.06"),
            periods=[statement.period.code],
        )


@transaction.atomic
def make_payouts(*, finance: User, approver: User) -> None:
    """Pay what the closed month owes through the bank, all but the last payee; draft what goes through Alipay."""
    if PayoutBatch.objects.exists():
        return
    agency = Agency.objects.get(pk=current_agency_id())
    _register_invoices(agency, finance)
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
        if all(row.blocks for row in due(channel, form)):
            continue
        batch = batch_create(actor=finance, account=account, pay_on=agency.today())
        if channel == "bank":
            batch_approve(actor=approver, batch=batch)
            batch_export(actor=finance, batch=batch)
            paid = list(batch.payouts.select_related("batch__agency", "payee").order_by("payee__code"))
            make_bank_statement(finance=finance, agency=agency, account=account, payouts=paid, day=agency.today())
