"""Live sessions and who hosts them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.anchors.models import Anchor
from mcn.core.platforms import Platform
from mcn.tenancy.models import TenantForeignKey, TenantModel


class Session(TenantModel):
    """A live session on one account, from `starts_at` up to but not including `ends_at`."""

    code = models.CharField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=160, blank=True)
    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    account_id = models.CharField(_("account id"), max_length=80)
    room_id = models.CharField(_("room id"), max_length=64, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    note = models.TextField(_("note"), blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("live session")
        verbose_name_plural = _("live sessions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "code"], name="session_code"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="session_times"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "platform", "account_id", "starts_at"], name="session_window"),
            models.Index(fields=["agency", "platform", "room_id"], name="session_room"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}".strip()


class SessionHost(TenantModel):
    """An anchor hosts a session with a weight; the weights of a session add up to 1 at most."""

    session = TenantForeignKey(Session, on_delete=models.CASCADE, related_name="hosts", verbose_name=_("session"))
    anchor = TenantForeignKey(Anchor, on_delete=models.PROTECT, related_name="hosted", verbose_name=_("anchor"))
    weight = models.DecimalField(_("weight"), max_digits=7, decimal_places=6)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta(TenantModel.Meta):
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        ordering = ("position",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "session", "anchor"], name="session_host_one"),
            models.CheckConstraint(condition=models.Q(weight__gt=0, weight__lte=1), name="session_host_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id}/{self.anchor_id}"
