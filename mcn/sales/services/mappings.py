"""Writes of column mappings: a new one, a further version, taking one out of use."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.keeping import find, keep
from mcn.accounts.models import User
from mcn.core.errors import Conflict, RuleError
from mcn.core.platforms import Platform
from mcn.sales.importers.formats import is_personal
from mcn.sales.importers.layouts import Layout, signature
from mcn.sales.importers.mapped import takes_refund_lists
from mcn.sales.models import ColumnMapping, MappingVersion
from mcn.sales.own_formats import mappings_of_headers, newest_versions

LONGEST_NAME = 60


@transaction.atomic
def mapping_create(
    *, actor: User | None, name: str, platform: str, layout: Layout, headers: Sequence[str]
) -> MappingVersion:
    """A new mapping with its first version. `headers`: all headers of the file it was made for.

    Raises RuleError, at the field, for a name that is empty or taken, an unknown platform, a layout with problems, or
    headers that another mapping in use recognises already.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise RuleError(_("Give the mapping a name of at most 60 characters."), field="name")
    if platform not in Platform.values:
        raise RuleError(_("Choose the platform that the orders are from."), field="platform")
    if ColumnMapping.objects.filter(name=name).exists():
        raise RuleError(_("There is a mapping of this name already."), field="name")
    _check(layout, headers, besides=None)
    _check_refunds(layout, platform, besides=None)
    mapping, _outcome = keep(None, ColumnMapping, actor=actor, name=name, platform=platform)
    return _append(actor, mapping, 1, layout, headers)


@transaction.atomic
def mapping_change(
    *, actor: User | None, mapping: ColumnMapping, layout: Layout, headers: Sequence[str]
) -> MappingVersion:
    """A further version of a mapping, which takes its place for files that come from now on.

    The newest version is returned as it is where nothing differs. Raises RuleError as `mapping_create`, and Conflict
    for a mapping that is not in use.
    """
    locked = find(ColumnMapping, pk=mapping.pk)
    if locked is None or not locked.is_active:
        raise Conflict(_("This mapping is retired. Take it into use again before you change it."))
    _check(layout, headers, besides=locked)
    _check_refunds(layout, locked.platform, besides=locked)
    newest = locked.versions.order_by("-number").first()
    if newest is not None and (Layout.of(newest.layout), newest.headers) == (layout, list(headers)):
        return newest
    return _append(actor, locked, newest.number + 1 if newest else 1, layout, headers)


@transaction.atomic
def mapping_set_active(*, actor: User | None, mapping: ColumnMapping, is_active: bool) -> None:
    """Take a mapping out of use, or into use again. Raises RuleError where another one recognises its files now."""
    locked = find(ColumnMapping, pk=mapping.pk)
    if is_active and locked is not None and not locked.is_active:
        newest = locked.versions.order_by("-number").first()
        if newest is not None:
            _check_headers(newest.headers, besides=locked)
            _check_refunds(Layout.of(newest.layout), locked.platform, besides=locked)
    keep(locked, ColumnMapping, actor=actor, is_active=is_active)


def _check(layout: Layout, headers: Sequence[str], *, besides: ColumnMapping | None) -> None:
    problems = layout.problems()
    for field, message in problems.items():
        raise RuleError(message, field=field)
    if not set(layout.columns.values()) <= set(headers):
        raise RuleError(_("The columns chosen are not among the headers of the file."), field="order_key")
    for meaning, column in layout.columns.items():
        if is_personal(column):
            raise RuleError(
                _("“%(column)s” is buyers' personal data, which is never read."), field=meaning, column=column
            )
    _check_headers(headers, besides=besides)


def _check_refunds(layout: Layout, platform: str, *, besides: ColumnMapping | None) -> None:
    """No refund is taken back twice: by a list of refunds, and by an order list whose amounts fall."""
    takes_back = layout.rows == "lines" and layout.settles and not layout.falls_elsewhere
    if layout.rows != "refunds" and not takes_back:
        return
    if layout.rows == "refunds" and not takes_refund_lists(platform):
        raise RuleError(
            _("The order lists of this platform fall when an order is refunded: a list of refunds takes it twice."),
            field="rows",
        )
    for version in newest_versions():
        other = Layout.of(version.layout)
        if version.mapping.platform != platform or (besides is not None and version.mapping_id == besides.pk):
            continue
        falls = other.rows == "lines" and other.settles and not other.falls_elsewhere
        if falls if layout.rows == "refunds" else other.rows == "refunds":
            raise RuleError(
                _(
                    "“%(mapping)s” is read for this platform too, and refunds would be taken back twice: say of the"
                    " order list that its refunds come in a list of their own."
                ),
                field="rows" if layout.rows == "refunds" else "falls_elsewhere",
                mapping=version.mapping.name,
            )


def _check_headers(headers: Sequence[str], *, besides: ColumnMapping | None) -> None:
    """No two mappings in use may recognise the same files: neither would be used by itself any more."""
    for mapping in mappings_of_headers(signature(list(headers))):
        if besides is None or mapping.pk != besides.pk:
            raise RuleError(
                _("“%(mapping)s” recognises files with these headers already: change or retire that one."),
                field="name",
                mapping=mapping.name,
            )


def _append(
    actor: User | None, mapping: ColumnMapping, number: int, layout: Layout, headers: Sequence[str]
) -> MappingVersion:
    version = MappingVersion.objects.create(
        mapping=mapping, number=number, layout=layout.as_json(), headers=list(headers), created_by=actor
    )
    before = {"version": number - 1} if number > 1 else {}
    audit.record(actor=actor, action="change", target=mapping, before=before, after={"version": number})
    return version
