from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy


def _secure_after_migrate(*, using: str, **kwargs: Any) -> None:
    from mcn.tenancy import rls

    rls.secure(using)


class TenancyConfig(AppConfig):
    name = "mcn.tenancy"
    label = "tenancy"
    verbose_name = gettext_lazy("Hosting")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_secure_after_migrate, sender=self, dispatch_uid="tenancy.secure")
