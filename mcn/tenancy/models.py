"""Agency, and the base of every model that belongs to one."""

from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.core.fields import FenField, RateField, rate_in_range
from mcn.core.periods import business_date, business_day_start
from mcn.tenancy.scope import ScopeError, current_agency_id


class Agency(models.Model):
    """An agency (MCN) hosted on the platform. `slug` is its public code and the start of its URLs, `logo` the name of
    a picture among its files.
    """

    class LabourTax(models.TextChoices):
        PER_PAYMENT = "per_payment", _("Per payment")
        CUMULATIVE_PLATFORM = "cumulative_platform", _("Cumulative (internet platform)")

    class GapMonths(models.TextChoices):
        RESET = "reset", _("A month without pay starts again")
        INCOME_MONTHS = "income_months", _("Count months with pay")
        CALENDAR = "calendar", _("Count calendar months")

    slug = models.SlugField(
        _("short name in addresses"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$")],
    )
    name = models.CharField(_("name"), max_length=120)
    timezone = models.CharField(_("time zone"), max_length=64, default="Asia/Shanghai")
    day_starts_at = models.TimeField(_("business day starts at"), default=time(0, 0))
    labour_tax = models.CharField(
        _("tax method for labour pay"), max_length=24, choices=LabourTax, default=LabourTax.PER_PAYMENT
    )
    labour_gap_months = models.CharField(
        _("months without pay"), max_length=16, choices=GapMonths, default=GapMonths.RESET
    )
    labour_income_item = models.CharField(
        _("income item of labour pay in the withholding client"), max_length=40, blank=True, default=""
    )
    minimum_payout_fen = FenField(_("minimum payout"), default=0)
    second_approval_fen = FenField(_("two approvers from"), null=True, blank=True)
    dispute_days = models.PositiveSmallIntegerField(_("days to dispute a closed month"), default=7)
    dispute_answer_days = models.PositiveSmallIntegerField(_("days to answer a dispute"), default=3)
    report_day = models.PositiveSmallIntegerField(_("day on which the month's report is made"), null=True, blank=True)
    first_period = models.CharField(_("first settled month"), max_length=7, blank=True, default="")
    logo = models.CharField(_("logo"), max_length=120, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(minimum_payout_fen__gte=0), name="agency_minimum_payout"),
            models.CheckConstraint(
                condition=models.Q(second_approval_fen__isnull=True) | models.Q(second_approval_fen__gte=0),
                name="agency_second_approval",
            ),
            models.CheckConstraint(
                condition=models.Q(dispute_days__lte=365, dispute_answer_days__lte=365), name="agency_dispute_days"
            ),
            models.CheckConstraint(
                condition=models.Q(report_day__isnull=True) | models.Q(report_day__gte=1, report_day__lte=28),
                name="agency_report_day",
            ),
            models.CheckConstraint(
                condition=models.Q(first_period="") | models.Q(first_period__regex=r"^\d{4}-(0[1-9]|1[0-2])$"),
                name="agency_first_period",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the agency's business dates."""
        return ZoneInfo(self.timezone)

    def business_date(self, moment: datetime) -> date:
        """The agency's business day that a moment belongs to (docs/money.md §2)."""
        return business_date(moment, self.zone, self.day_starts_at)

    def day_start(self, day: date) -> datetime:
        """The moment at which a business day of the agency begins."""
        return business_day_start(day, self.zone, self.day_starts_at)

    def today(self) -> date:
        """The agency's business day now."""
        return self.business_date(timezone.now())


class TenantQuerySet(models.QuerySet):
    """Rows of one agency; PostgreSQL filters too, the explicit filter lets the indexes lead with it."""


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Rows of the agency in scope. Raises ScopeError where there is none."""

    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(agency_id=current_agency_id())

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        objs = list(objs)
        for obj in objs:
            obj.take_scope()
        return super().bulk_create(objs, *args, **kwargs)


class TenantModel(models.Model):
    """Base of every table that belongs to an agency: row-level security is set up for it after migrate."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+", editable=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def take_scope(self) -> None:
        """Put the row into the agency in scope. Raises ScopeError if it belongs to another one."""
        agency_id = current_agency_id()
        if self.agency_id is None:
            self.agency_id = agency_id
        elif self.agency_id != agency_id:
            raise ScopeError(f"{self._meta.label} belongs to another agency")

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.take_scope()
        super().save(*args, **kwargs)


def written_by_sets_only() -> models.ForeignKey:
    """`agency` of a table that set-based SQL fills a million rows at a time.

    Row-level security lets only rows of the agency in scope be written there, and every index leads with the
    agency; a foreign key check and an index entry more for each row would cost as much as the row.
    """
    return models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", editable=False, db_constraint=False, db_index=False
    )


class TenantReference:
    """Makes a reference between two rows of one agency.

    The database constraint is composite, (agency_id, x_id) → (agency_id, id), and is made by
    `mcn.tenancy.rls` after migrate; so PostgreSQL refuses a reference into another agency.
    `checked=False` leaves the constraint out: only for tables that are written by set-based SQL alone,
    a million rows at a time, where the same statement joins both sides.
    """

    checked: bool

    def __init__(self, *args: Any, checked: bool = True, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        self.checked = checked
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        kwargs.pop("db_constraint", None)
        if not self.checked:
            kwargs["checked"] = False
        return name, path, args, kwargs


class TenantForeignKey(TenantReference, models.ForeignKey):
    """Many to one, inside one agency."""


class TenantOneToOneField(TenantReference, models.OneToOneField):
    """One to one, inside one agency."""


class PlatformFeeRate(TenantModel):
    """The platform's technical fee on gross commission, used only where a file carries no fee amount."""

    platform = models.CharField(_("platform"), max_length=16)
    fee_rate = RateField(_("fee rate"))

    class Meta(TenantModel.Meta):
        verbose_name = _("platform fee rate")
        verbose_name_plural = _("platform fee rates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "platform"], name="platform_fee_rate_one"),
            *rate_in_range("fee_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.fee_rate}"
