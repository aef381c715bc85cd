"""The ledger: double entry, append-only (docs/money.md §9). Written by `mcn.settlements.ledger.posting` alone."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.accounts.models import User
from mcn.anchors.models import Advance, DepositMove, InstalmentPlan, Payee
from mcn.core.fields import FenField
from mcn.settlements.models.periods import Period
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Account(models.TextChoices):
    """The accounts of an agency's ledger. The order is that of the trial balance."""

    PLATFORM_RECEIVABLE = "platform_receivable", _("Platform receivable")
    BRAND_RECEIVABLE = "brand_receivable", _("Brand receivable")
    ADVANCES = "advances", pgettext_lazy("ledger account", "Advances")
    CLAWBACK_RECEIVABLE = "clawback_receivable", _("Clawback receivable")
    INSTALMENTS = "instalments", pgettext_lazy("ledger account", "Instalments receivable")
    BANK = "bank", pgettext_lazy("ledger account", "Bank")
    PAYABLE = "payable", _("Payable to payees")
    TAX_PAYABLE = "tax_payable", _("Tax payable")
    DEPOSITS = "deposits", pgettext_lazy("ledger account", "Deposits")
    OTHER_PAYABLE = "other_payable", _("Other payables")
    COMMISSION_INCOME = "commission_income", _("Commission income")
    SLOT_FEE_INCOME = "slot_fee_income", _("Slot fee income")
    TIPS_INCOME = "tips_income", _("Tips income")
    ADS_INCOME = "ads_income", _("Ads income")
    PENALTY_INCOME = "penalty_income", _("Penalty income")
    ANCHOR_COST = "anchor_cost", _("Anchor cost")
    GUARANTEE_COST = "guarantee_cost", _("Guarantee cost")
    TAX_COST = "tax_cost", _("Tax borne for payees")
    SHARED_COST = "shared_cost", _("Shared costs")


# Looked at when the transaction ends: the posting is whole then.
_BALANCED = """
    select coalesce(sum(debit_fen - credit_fen), 0), count(*) into off_by, entries
    from settlements_ledgerentry where agency_id = new.agency_id and posting_id = new.id;
    if off_by <> 0 or entries < 2 then
        raise exception 'posting % does not balance: % fen in % entries', new.number, off_by, entries
            using errcode = 'check_violation';
    end if;
    return null;
"""
_IN_ONE_TRANSACTION = """
    if not exists (
        select from settlements_posting
        where agency_id = new.agency_id and id = new.posting_id and made_in = pg_current_xact_id()::text::bigint
    ) then
        raise exception 'a posting takes no entry after the transaction that made it'
            using errcode = 'check_violation';
    end if;
    return null;
"""
_MADE_IN = "new.made_in = pg_current_xact_id()::text::bigint; return new;"
_KEPT = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Posting(TenantModel):
    """One fact of the books with its entries, whose debits equal their credits: the database refuses others.

    Postings are numbered without gaps within the agency. Nothing is changed or removed; what turns out wrong is
    reversed by a further posting (`reverses`). `made_in` is the database's transaction: entries come with it only.
    """

    append_only = True

    class Kind(models.TextChoices):
        MONTH = "month", _("Month closed")
        ADVANCE = "advance", _("Advance paid")
        PAYOUT = "payout", _("Payouts paid")
        PAYOUT_RETURNED = "payout_returned", _("Payouts returned")
        DEPOSIT = "deposit", pgettext_lazy("posting", "Deposit")
        INSTALMENTS = "instalments", pgettext_lazy("posting", "Instalments agreed")
        PLAN_CANCELLED = "plan_cancelled", pgettext_lazy("posting", "Instalments cancelled")
        REVERSAL = "reversal", _("Reversal")

    number = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    dated_on = models.DateField(_("dated"))
    period = TenantForeignKey(
        Period, on_delete=models.PROTECT, null=True, related_name="postings", verbose_name=_("month")
    )
    advance = TenantForeignKey(
        Advance, on_delete=models.PROTECT, null=True, related_name="postings", verbose_name=_("advance")
    )
    deposit_move = TenantForeignKey(
        DepositMove, on_delete=models.PROTECT, null=True, related_name="postings", verbose_name=_("move of a deposit")
    )
    plan = TenantForeignKey(
        InstalmentPlan, on_delete=models.PROTECT, null=True, related_name="postings", verbose_name=_("instalment plan")
    )
    reverses = TenantForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reversals", verbose_name=_("reverses")
    )
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("posted"), auto_now_add=True)
    made_in = models.BigIntegerField(editable=False, default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        ordering = ("-number",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "number"], name="posting_number"),
            models.UniqueConstraint(
                fields=["agency", "period"], condition=models.Q(kind="month"), name="posting_month_once"
            ),
            models.UniqueConstraint(fields=["agency", "reverses"], name="posting_reversed_once"),
            models.UniqueConstraint(fields=["agency", "deposit_move"], name="posting_deposit_move_once"),
            models.UniqueConstraint(fields=["agency", "plan", "kind"], name="posting_plan_once"),
            models.CheckConstraint(
                condition=(
                    models.Q(kind="month", period__isnull=False, reverses__isnull=True)
                    | models.Q(kind="advance", advance__isnull=False, reverses__isnull=True)
                    | models.Q(kind__in=["payout", "payout_returned"], reverses__isnull=True)
                    | models.Q(kind="deposit", deposit_move__isnull=False, reverses__isnull=True)
                    | models.Q(kind__in=["instalments", "plan_cancelled"], plan__isnull=False, reverses__isnull=True)
                    | models.Q(kind="reversal", reverses__isnull=False)
                ),
                name="posting_source",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "dated_on"], name="posting_dated"),
        ]
        triggers: ClassVar[list[Any]] = [
            _KEPT,
            pgtrigger.Trigger(name="made_in", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_MADE_IN),
            pgtrigger.Trigger(
                name="balanced",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("off_by", "bigint"), ("entries", "bigint")],
                func=_BALANCED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"


class LedgerEntry(TenantModel):
    """One side of a posting: a debit or a credit of an account, in fen; `payee` where the account is kept by payee."""

    append_only = True

    posting = TenantForeignKey(Posting, on_delete=models.PROTECT, related_name="entries", verbose_name=_("posting"))
    account = models.CharField(_("account"), max_length=24, choices=Account)
    payee = TenantForeignKey(
        Payee, on_delete=models.PROTECT, null=True, related_name="ledger_entries", verbose_name=_("payee")
    )
    debit_fen = FenField(_("debit"), default=0)
    credit_fen = FenField(_("credit"), default=0)

    class Meta(TenantModel.Meta):
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ("pk",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(debit_fen__gt=0, credit_fen=0) | models.Q(debit_fen=0, credit_fen__gt=0),
                name="ledger_entry_one_side",
            ),
            models.CheckConstraint(condition=models.Q(account__in=Account.values), name="ledger_entry_account"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "account", "payee"], name="ledger_entry_account_payee"),
        ]
        triggers: ClassVar[list[Any]] = [
            _KEPT,
            pgtrigger.Trigger(
                name="in_one_transaction", when=pgtrigger.After, operation=pgtrigger.Insert, func=_IN_ONE_TRANSACTION
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.debit_fen - self.credit_fen}"
