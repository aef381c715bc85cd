"""Who streams and who is paid."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Func
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Membership
from mcn.core.encryption import EncryptedJSONField, EncryptedTextField, fingerprint
from mcn.core.fields import FenField
from mcn.core.platforms import Platform
from mcn.tenancy.models import TenantForeignKey, TenantModel, TenantOneToOneField


class DateRange(Func):
    """`daterange(from, until)`, half-open; an empty end is open."""

    function = "daterange"


class Payee(TenantModel):
    """Whoever is paid: an anchor's person or company, or an agent. `code` is public within the agency.

    `document` says what else stands on the document whose number `id_number` is (DOCUMENT_PARTS), where that is no
    resident's identity card: from the number of a card all of it follows.
    """

    class Kind(models.TextChoices):
        LABOUR = "labour", _("Labour (natural person)")
        EMPLOYEE = "employee", _("Employee")
        SOLE_TRADER = "sole_trader", _("Sole trader")
        COMPANY = "company", _("Company")

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    legal_name = models.CharField(_("legal name"), max_length=120)
    id_number = EncryptedTextField(_("identity number"), blank=True, default="")
    id_fingerprint = models.CharField(max_length=64, blank=True, default="", editable=False)
    document = EncryptedJSONField(_("identity document"), blank=True, default=dict)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    bank = EncryptedJSONField(_("bank account"), blank=True, default=dict)
    alipay = EncryptedJSONField(_("Alipay account"), blank=True, default=dict)
    social_insurance_fen = FenField(_("social insurance a month"), default=0)
    special_deductions_fen = FenField(_("special deductions a month"), default=0)
    employed_from = models.DateField(_("employed from"), null=True, blank=True)
    non_resident = models.BooleanField(_("non-resident for tax"), default=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("payee")
        verbose_name_plural = _("payees")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="payee_code"),
            models.CheckConstraint(
                condition=models.Q(social_insurance_fen__gte=0, special_deductions_fen__gte=0),
                name="payee_deductions",
            ),
            models.CheckConstraint(
                condition=models.Q(non_resident=False) | models.Q(kind="labour"), name="payee_non_resident"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.id_fingerprint = fingerprint(self.id_number) if self.id_number else ""
        super().save(*args, **kwargs)

    @property
    def person_key(self) -> str:
        """What makes two payees one person for tax: the identity number, else the payee itself."""
        return self.id_fingerprint or f"payee:{self.code}"


class Anchor(TenantModel):
    """A person who streams. The anchor's code is also the code of its payee."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        LEFT = "left", _("Left")

    code = models.CharField(_("code"), max_length=40)
    stage_name = models.CharField(_("stage name"), max_length=80)
    payee = TenantOneToOneField(Payee, on_delete=models.PROTECT, verbose_name=_("payee"), related_name="anchor")
    member = TenantOneToOneField(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("sign-in"),
        related_name="anchor",
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.ACTIVE)
    joined_on = models.DateField(_("joined"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="anchor_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.stage_name}"


class PlatformAccount(TenantModel):
    """A platform account in one anchor's hands, from `starts_on` up to but not including `ends_on`."""

    class CollectedBy(models.TextChoices):
        AGENCY = "agency", _("The agency collects all")
        PLATFORM_SPLIT = "platform_split", _("The platform pays the anchor's part itself")

    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="accounts", verbose_name=_("anchor"))
    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    account_id = models.CharField(_("account id"), max_length=80)
    nickname = models.CharField(_("nickname"), max_length=120, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)
    collected_by = models.CharField(_("collection"), max_length=16, choices=CollectedBy, default=CollectedBy.AGENCY)

    class Meta(TenantModel.Meta):
        verbose_name = _("platform account")
        verbose_name_plural = _("platform accounts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gt=models.F("starts_on")),
                name="account_dates",
            ),
            ExclusionConstraint(
                name="account_one_holder",
                expressions=[
                    ("agency", RangeOperators.EQUAL),
                    ("platform", RangeOperators.EQUAL),
                    ("account_id", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {self.nickname or self.account_id}"
