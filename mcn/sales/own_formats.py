"""The formats that an agency described itself: its column mappings, as the importers take them."""

from collections.abc import Iterator

from mcn.sales.importers import FORMATS
from mcn.sales.importers.formats import SalesFormat
from mcn.sales.importers.layouts import Layout
from mcn.sales.importers.mapped import PREFIX, mapped_format
from mcn.sales.models import ColumnMapping, MappingVersion


def code_of(version: MappingVersion) -> str:
    """The code of the format, kept with every import: `mapped:<mapping>:<version>`."""
    return f"{PREFIX}{version.mapping_id}:{version.number}"


def format_of(version: MappingVersion) -> SalesFormat:
    """The version as a format."""
    return mapped_format(
        Layout.of(version.layout),
        code=code_of(version),
        platform=version.mapping.platform,
        title=version.mapping.name,
        headers=version.headers,
    )


def own_formats(code: str = "") -> list[SalesFormat]:
    """What a file may be read by, beside the built-in formats: the newest version of each mapping in use.

    With the `code` of a version that one alone, be it the newest or not; none where there is no such version in use.
    """
    if code:
        found = _named(code)
        return [] if found is None else [format_of(found)]
    return [format_of(version) for version in newest_versions()]


def newest_versions() -> Iterator[MappingVersion]:
    """The newest version of each mapping in use, by the mappings' names."""
    versions = MappingVersion.objects.filter(mapping__is_active=True).select_related("mapping")
    yield from versions.order_by("mapping__name", "mapping_id", "-number").distinct("mapping__name", "mapping_id")


def whole_code(code: str) -> str:
    """The code with its version: `mapped:<mapping>` stands for the mapping's newest. Others stay as they are."""
    found = _named(code) if code.count(":") == 1 else None
    return code if found is None else code_of(found)


def format_titles() -> dict[str, str]:
    """What people call each format, by code: the built-in ones and every version of every mapping."""
    versions = MappingVersion.objects.select_related("mapping")
    own = {code_of(version): f"{version.mapping.name} · v{version.number}" for version in versions}
    return {code: str(layout.title) for code, layout in FORMATS.items()} | own


def mappings_of_headers(signature: frozenset[str]) -> list[ColumnMapping]:
    """The mappings in use whose newest version recognises a file with these headers (`layouts.signature`)."""
    return [version.mapping for version in newest_versions() if format_of(version).headers == signature]


def _named(code: str) -> MappingVersion | None:
    mapping, _colon, number = code.removeprefix(PREFIX).partition(":")
    if not code.startswith(PREFIX) or not all(part.isascii() and part.isdecimal() for part in (mapping, number or "1")):
        return None
    if len(mapping) > 18 or len(number) > 9:
        return None
    versions = MappingVersion.objects.filter(mapping_id=int(mapping), mapping__is_active=True)
    versions = versions.select_related("mapping").order_by("-number")
    return (versions.filter(number=int(number)) if number else versions).first()
