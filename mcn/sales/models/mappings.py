"""How an agency's own files are read: column mappings, their versions, and files that wait to be mapped."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import User
from mcn.core.platforms import Platform
from mcn.sales.models.imports import SalesImport
from mcn.tenancy.models import TenantForeignKey, TenantModel, TenantOneToOneField


class ColumnMapping(TenantModel):
    """What the columns of one kind of file mean, for one platform. Its newest version recognises files.

    A retired one reads no file any more; what it read stays, and tells which version did.
    """

    name = models.CharField(_("name"), max_length=60)
    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "name"], name="column_mapping_name"),
        ]

    def __str__(self) -> str:
        return self.name


class MappingVersion(TenantModel):
    """One state of a mapping, never edited: lines keep the version that read them.

    `layout`: `importers.layouts.Layout` as data. `headers`: all headers of the file it was made for; only a file with
    just these is recognised by itself.
    """

    mapping = TenantForeignKey(
        ColumnMapping, on_delete=models.PROTECT, related_name="versions", verbose_name=_("column mapping")
    )
    number = models.PositiveIntegerField(_("version"))
    layout = models.JSONField(_("columns"))
    headers = models.JSONField(_("headers"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        verbose_name = _("version of a column mapping")
        verbose_name_plural = _("versions of column mappings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "mapping", "number"], name="mapping_version_number"),
        ]
        triggers: ClassVar[list[Any]] = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.mapping.name} v{self.number}"


class UnmappedFile(TenantModel):
    """A file whose columns nobody has named yet. It is kept for some days, so that somebody may.

    `sales_import` is the import that did not recognise it, none where it was brought in to be mapped. `folder` holds
    the file and what was read of it for the pages.
    """

    file_name = models.CharField(_("file"), max_length=255)
    folder = models.CharField(max_length=255)
    stored_path = models.CharField(max_length=255)
    sales_import = TenantOneToOneField(
        SalesImport, on_delete=models.PROTECT, null=True, related_name="unmapped_file", verbose_name=_("import")
    )
    account_id = models.CharField(_("account"), max_length=80, blank=True)
    exported_at = models.DateTimeField(_("exported at"))
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("file to map")
        verbose_name_plural = _("files to map")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-created_at"], name="unmapped_file_newest"),
        ]

    def __str__(self) -> str:
        return self.file_name
