"""What an agency's accounting programme calls the accounts of the ledger, and what its vouchers carry."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mcn.tenancy.models import TenantModel


class Auxiliary(models.TextChoices):
    """As what the accounting programme keeps a subject by payee; `none`: it is not kept by payee."""

    NONE = "none", pgettext_lazy("auxiliary accounting", "None: one sum")
    SUPPLIER = "supplier", pgettext_lazy("auxiliary accounting", "Supplier")
    EMPLOYEE = "employee", pgettext_lazy("auxiliary accounting", "Staff member")
    CUSTOMER = "customer", pgettext_lazy("auxiliary accounting", "Customer")


class VoucherSubject(TenantModel):
    """The subject that a ledger account has in the agency's accounting programme, where it is not the default.

    `account` is one of `Account`. It has no choices here, so that a further account needs no migration of this table.
    """

    account = models.CharField(_("account"), max_length=24)
    code = models.CharField(_("subject code"), max_length=40)
    name = models.CharField(_("subject name"), max_length=80)
    auxiliary = models.CharField(_("kept by payee as"), max_length=12, choices=Auxiliary, default=Auxiliary.NONE)

    class Meta(TenantModel.Meta):
        verbose_name = _("subject of vouchers")
        verbose_name_plural = _("subjects of vouchers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "account"], name="voucher_subject_one"),
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[0-9A-Za-z][0-9A-Za-z._-]*$"), name="voucher_subject_code"
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="voucher_subject_name"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.code}"


class VoucherSettings(TenantModel):
    """The voucher word and the preparer of an agency's vouchers, where they are not the defaults."""

    word = models.CharField(_("voucher word"), max_length=4)
    preparer = models.CharField(_("preparer"), max_length=40)

    class Meta(TenantModel.Meta):
        verbose_name = _("settings of vouchers")
        verbose_name_plural = _("settings of vouchers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency"], name="voucher_settings_one"),
        ]

    def __str__(self) -> str:
        return f"{self.word} {self.preparer}"
