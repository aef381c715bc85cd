"""Users, their memberships of agencies, invitations, and the audit trail."""

import secrets
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.permissions import Role, allowed
from mcn.tenancy.models import TenantModel
from mcn.tenancy.rls import USER


class UserManager(BaseUserManager["User"]):
    """Users are found by e-mail, in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. What they may do in an agency is the membership's; `is_staff` opens `/ops/`."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("operator"), default=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


class Membership(TenantModel):
    """A user's place in one agency, with roles. The user may see own memberships without an agency scope."""

    extra_read_policy = f"user_id = {USER}"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    name = models.CharField(_("name"), max_length=80)
    roles = ArrayField(models.CharField(max_length=16, choices=Role), verbose_name=_("roles"))
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "user"], name="membership_one"),
            models.CheckConstraint(
                condition=models.Q(roles__len__gt=0, roles__contained_by=Role.values), name="membership_roles"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.user)

    def can(self, code: str) -> bool:
        """Whether this member may do `code` of the permission list."""
        return self.is_active and allowed(self.roles, code)

    @property
    def role_labels(self) -> list[str]:
        return [str(Role(role).label) for role in self.roles]


def _new_token() -> str:
    return secrets.token_urlsafe(32)


class Invitation(TenantModel):
    """A way in: whoever opens the link with the token joins with these roles. Used once, for seven days.

    A person who has an account sees and accepts own invitations after sign-in as well, without the link.
    """

    extra_read_policy = f"email = (select email from accounts_user where id = {USER})"

    email = models.EmailField(_("e-mail"))
    name = models.CharField(_("name"), max_length=80)
    roles = ArrayField(models.CharField(max_length=16, choices=Role), verbose_name=_("roles"))
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # None: an agency file
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return self.accepted_at is None and self.expires_at > timezone.now()


class AuditEntry(TenantModel):
    """Who did what, when, from what to what. Rows are never changed or deleted: the database refuses."""

    append_only = True

    at = models.DateTimeField(_("time"), default=timezone.now)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(_("who"), max_length=120)
    action = models.CharField(_("action"), max_length=60)
    target = models.CharField(_("kind of record"), max_length=60)
    target_id = models.BigIntegerField(null=True)
    target_name = models.CharField(_("record"), max_length=200)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    address = models.GenericIPAddressField(_("address"), null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-at"], name="audit_time"),
            models.Index(fields=["agency", "target", "target_id"], name="audit_target"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action} {self.target_name}"
