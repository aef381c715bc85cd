"""Paying what the books owe: the accounts that pay, batches of payouts, and what became of each (docs/money.md §11)."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.accounts.models import User
from mcn.anchors.models import Payee
from mcn.core.encryption import EncryptedJSONField, EncryptedTextField, masked
from mcn.core.fields import FenField
from mcn.settlements.models.ledger import Posting
from mcn.tenancy.models import TenantForeignKey, TenantModel


class PayingAccount(TenantModel):
    """An account of the agency that money is paid from, and the kind of file its bank takes.

    `columns` belong to the agency's own kind of file: a list of {"header", "source"} or {"header", "text"}.
    """

    class Channel(models.TextChoices):
        BANK = "bank", _("Bank")
        ALIPAY = "alipay", _("Alipay")

    class Form(models.TextChoices):
        ALIPAY = "alipay", _("Alipay batch payment")
        CMB = "cmb", _("China Merchants Bank, 21 columns")
        GENERIC = "generic", _("General bank list")
        OWN = "own", _("Own columns")

    class FileType(models.TextChoices):
        CSV_GB18030 = "csv_gb18030", _("csv, GB18030")
        CSV_UTF8 = "csv_utf8", _("csv, UTF-8")
        XLSX = "xlsx", _("xlsx")

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    holder = models.CharField(_("account holder"), max_length=120)
    number = EncryptedTextField(_("account number"))
    form = models.CharField(_("kind of file"), max_length=12, choices=Form)
    file_type = models.CharField(_("file type"), max_length=12, choices=FileType, default=FileType.CSV_GB18030)
    columns = models.JSONField(_("columns"), default=list, blank=True)
    has_header = models.BooleanField(_("with a header row"), default=True)
    purpose = models.CharField(_("purpose"), max_length=40, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("paying account")
        verbose_name_plural = _("paying accounts")
        ordering = ("code",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="paying_account_code"),
            models.CheckConstraint(
                condition=Q(form="own")
                | Q(form="alipay", channel="alipay")
                | Q(form__in=["cmb", "generic"], channel="bank"),
                name="paying_account_form",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def shown_number(self) -> str:
        """The account number, hidden but for its end."""
        return masked(self.number)

    shown_number.fget.short_description = _("account number")  # type: ignore[attr-defined]


class PayoutBatch(TenantModel):
    """Payouts that one account pays with one file. Numbered within the agency.

    The file is not kept: account numbers would lie in plain text on a disk. `layout` and the payouts give the same
    bytes again, and `file_sha256` proves it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("payout", "Draft")
        APPROVED = "approved", pgettext_lazy("payout", "Approved")
        EXPORTED = "exported", pgettext_lazy("payout", "Exported")
        DROPPED = "dropped", pgettext_lazy("payout", "Dropped")

    number = models.BigIntegerField(_("number"))
    account = TenantForeignKey(
        PayingAccount, on_delete=models.PROTECT, related_name="batches", verbose_name=_("paying account")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    pay_on = models.DateField(_("to be paid on"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(_("approved"), null=True)
    exported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    exported_at = models.DateTimeField(_("exported"), null=True)
    layout = EncryptedJSONField(_("layout of the file"), default=dict, blank=True)
    file_name = models.CharField(_("file"), max_length=120, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_total_fen = FenField(_("total of the file"), null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("payout batch")
        verbose_name_plural = _("payout batches")
        ordering = ("-number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "number"], name="payout_batch_number"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("created_by")),
                name="payout_batch_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"P{self.number:04d}"


# Looked at when the transaction ends: marking a payout paid and posting it belong together.
_OWED = """
    select coalesce(sum(credit_fen - debit_fen), 0) into owed
    from settlements_ledgerentry
    where agency_id = new.agency_id and account = 'payable' and payee_id = new.payee_id;
    select coalesce(sum(amount_fen), 0) into promised
    from settlements_payout
    where agency_id = new.agency_id and payee_id = new.payee_id and state in ('draft', 'approved', 'exported');
    if promised > owed then
        raise exception 'payouts of % fen to payee %, who is owed % fen', promised, new.payee_id, owed
            using errcode = 'check_violation';
    end if;
    return null;
"""


class Payout(TenantModel):
    """What one payee is paid by a batch, to the account that stood in its record when the batch was made.

    A payee has one payout at a time that is neither paid nor given up, and never more than the books owe: the
    database refuses others. `reference` is written into the bank's file and comes back on its statement.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("payout", "Draft")
        APPROVED = "approved", pgettext_lazy("payout", "Approved")
        EXPORTED = "exported", pgettext_lazy("payout", "Exported")
        PAID = "paid", pgettext_lazy("payout", "Paid")
        FAILED = "failed", pgettext_lazy("payout", "Failed")
        RETURNED = "returned", pgettext_lazy("payout", "Returned")
        DROPPED = "dropped", pgettext_lazy("payout", "Dropped")

    OPEN: ClassVar = (State.DRAFT, State.APPROVED, State.EXPORTED)

    batch = TenantForeignKey(PayoutBatch, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("batch"))
    place = models.PositiveIntegerField(_("place"))
    payee = TenantForeignKey(Payee, on_delete=models.PROTECT, related_name="payouts", verbose_name=_("payee"))
    amount_fen = FenField(_("amount"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    reference = models.CharField(_("reference"), max_length=32)
    account = EncryptedJSONField(_("account"), default=dict)
    paid_on = models.DateField(_("paid on"), null=True)
    paid_by = TenantForeignKey(
        Posting, on_delete=models.PROTECT, null=True, related_name="paid_payouts", verbose_name=_("posting")
    )
    returned_on = models.DateField(_("returned on"), null=True)
    returned_by = TenantForeignKey(
        Posting, on_delete=models.PROTECT, null=True, related_name="returned_payouts", verbose_name=_("posting")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ("batch", "place")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "batch", "place"], name="payout_place"),
            models.UniqueConstraint(fields=["agency", "reference"], name="payout_reference"),
            models.UniqueConstraint(
                fields=["agency", "payee"],
                condition=Q(state__in=["draft", "approved", "exported"]),
                name="payout_one_open",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="payout_amount"),
            models.CheckConstraint(
                condition=Q(state__in=["paid", "returned"], paid_on__isnull=False, paid_by__isnull=False)
                | (~Q(state__in=["paid", "returned"]) & Q(paid_on__isnull=True, paid_by__isnull=True)),
                name="payout_paid",
            ),
            models.CheckConstraint(
                condition=Q(state="returned", returned_on__isnull=False, returned_by__isnull=False)
                | (~Q(state="returned") & Q(returned_on__isnull=True, returned_by__isnull=True)),
                name="payout_returned",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "payee", "state"], name="payout_payee"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Trigger(
                name="owed",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                timing=pgtrigger.Deferred,
                declare=[("owed", "bigint"), ("promised", "bigint")],
                func=_OWED,
            ),
            pgtrigger.Protect(
                name="sum_and_payee_stay",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__amount_fen__df=pgtrigger.F("new__amount_fen"))
                | pgtrigger.Q(old__payee_id__df=pgtrigger.F("new__payee_id"))
                | pgtrigger.Q(old__batch_id__df=pgtrigger.F("new__batch_id")),
            ),
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.reference
