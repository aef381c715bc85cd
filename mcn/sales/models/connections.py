"""A platform's API that orders are fetched from, and what was fetched."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.core.encryption import EncryptedJSONField
from mcn.jobs.models import Job
from mcn.sales.models.imports import SalesImport
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Connection(TenantModel):
    """One list of orders of one account or institution, fetched every few hours.

    `api` is a code of `mcn.sales.connectors.APIS`, `account_id` the account of its rows where they name none.
    `credentials` hold what was entered and the tokens that the platform gave for it, also since when the answer to a
    refresh token is missing, and are never shown. Everything that changed before `complete_until` has been fetched;
    each run goes `overlap_days` back from there, because platforms change rows late. `job` is the newest run. A
    connection without credentials does nothing.
    """

    MOST_HOURS, MOST_OVERLAP = 168, 30

    api = models.CharField(_("list"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    account_id = models.CharField(_("account"), max_length=80, blank=True)
    credentials: Any = EncryptedJSONField(_("credentials"), blank=True, default=dict)
    is_active = models.BooleanField(_("fetches by itself"), default=True)
    every_hours = models.PositiveSmallIntegerField(_("every … hours"), default=6)
    overlap_days = models.PositiveSmallIntegerField(_("days fetched again"), default=3)
    since = models.DateField(_("changes since"))
    complete_until = models.DateTimeField(_("complete until"), null=True)
    job = TenantForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "name"], name="sales_connection_name"),
            models.CheckConstraint(
                condition=models.Q(every_hours__gte=1, every_hours__lte=168), name="sales_connection_hours"
            ),
            models.CheckConstraint(
                condition=models.Q(overlap_days__gte=1, overlap_days__lte=30), name="sales_connection_overlap"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        """Whether there are credentials to fetch with."""
        return bool(self.credentials)


class PulledWindow(TenantModel):
    """A window that a run has fetched wholly: where a run that was cut off goes on.

    `sales_import` has its rows; there is none for a window without rows. `is_same` says that it is an earlier one,
    because the platform gave the same bytes again. On `again_on` the window is to be fetched once more, for the sake
    of rows that the platform does not change when they become settled.
    """

    connection = TenantForeignKey(Connection, on_delete=models.PROTECT, related_name="windows")
    job = TenantForeignKey(Job, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    rows = models.PositiveIntegerField(_("rows"))
    sales_import = TenantForeignKey(SalesImport, on_delete=models.PROTECT, null=True, related_name="windows")
    is_same = models.BooleanField(default=False)
    again_on = models.DateField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("fetched window")
        verbose_name_plural = _("fetched windows")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "job", "starts_at"], name="sales_window_once"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="sales_window_order"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "connection", "starts_at"], name="sales_window_of"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}–{self.ends_at:%Y-%m-%d %H:%M}"
