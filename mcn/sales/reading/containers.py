"""What a file really is, whatever its name says; and what stands in an archive."""

from __future__ import annotations

import json
import mmap
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from python_calamine import PasswordError

from mcn.sales.reading.errors import SalesFileError
from mcn.sales.reading.limits import MB, ReadingLimits

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
TABLE_SUFFIXES = {".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".json", ".htm", ".html"}
ARCHIVE_SUFFIXES = {".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz"}


@dataclass(frozen=True)
class Source:
    """One file to read: its name as the user knows it, where its bytes are, and their kind
    (`text`, `html`, `json`, `excel`, `zip`)."""

    name: str
    path: Path
    kind: str


@contextmanager
def damage_named(file: str, sheet: str | None = None) -> Iterator[None]:
    """Turns whatever a parser raises over bytes it cannot read into the one error of this package.

    A missing file or a full disk is no fault of the file's content and passes through.
    """
    try:
        yield
    except SalesFileError:
        raise
    except PasswordError:
        raise SalesFileError("password", file=file, sheet=sheet) from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise SalesFileError("damaged", file=file, sheet=sheet) from error
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "character": error.colno}
        raise SalesFileError("broken_json", file=file, sheet=sheet, **place) from error
    except Exception as error:
        raise SalesFileError("damaged", file=file, sheet=sheet) from error
    except BaseException as error:
        # Parsers written in Rust report their own broken assumptions by an exception outside `Exception`.
        if type(error).__name__ != "PanicException":
            raise
        raise SalesFileError("damaged", file=file, sheet=sheet) from error


def identify(path: Path, *, name: str, limits: ReadingLimits) -> Source:
    """What kind of file this is, judged by its bytes alone.

    Raises SalesFileError for empty, too large, encrypted and bomb-like files.
    """
    size = path.stat().st_size
    check_size(name, size, limits.file_bytes)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(OLE2):
        if _contains(path, "EncryptedPackage".encode("utf-16-le")):
            raise SalesFileError("password", file=name)
        kind = "excel"
    elif head.startswith(ZIP):
        kind = _identify_zip(path, name=name, limits=limits)
    else:
        kind = _identify_text(head)
    if kind in ("html", "json"):
        _refuse_above(size, limits.document_bytes, "document_too_large", name)
    return Source(name=name, path=path, kind=kind)


def check_size(name: str, size: int, limit: int) -> None:
    """Raises SalesFileError for a file of 0 bytes or more than `limit`."""
    if size == 0:
        raise SalesFileError("empty_file", file=name)
    _refuse_above(size, limit, "file_too_large", name)


def unpack(source: Source, folder: Path, *, limits: ReadingLimits) -> tuple[list[Source], list[str]]:
    """The tables of an archive, written under names of our own into `folder`, and the names left out.

    Raises SalesFileError for entries that point outside, are archives or are encrypted, and for bombs: sizes
    are counted while unpacking, because an archive may lie about them.
    """
    found: list[Source] = []
    ignored: list[str] = []
    left = limits.file_bytes
    with damage_named(source.name), zipfile.ZipFile(source.path) as archive:
        for number, entry in enumerate(archive.infolist()):
            name = _entry_name(entry)
            if entry.is_dir() or name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith("."):
                continue
            suffix = PurePosixPath(name).suffix.lower()
            if suffix in ARCHIVE_SUFFIXES:
                raise SalesFileError("zip_nested", file=source.name, entry=name)
            if suffix not in TABLE_SUFFIXES:
                ignored.append(name)
                continue
            target = folder / f"{number}{suffix}"
            left -= _copy_entry(archive, entry, target, room=left, archive_name=source.name)
            member = identify(target, name=f"{source.name}/{name}", limits=limits)
            if member.kind == "zip":
                raise SalesFileError("zip_nested", file=source.name, entry=name)
            found.append(member)
    if not found:
        raise SalesFileError("zip_nothing", file=source.name)
    return found, ignored


def _identify_text(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(head) > 3 and 0 in (head[0], head[1])):
        sample = head.replace(b"\0", b"")
    else:
        sample = head.removeprefix(b"\xef\xbb\xbf")
    start = sample.lstrip(b"\xff\xfe\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"[", b"{")):
        return "json"
    if start.startswith(b"<") and any(mark in start for mark in (b"<html", b"<table", b"<!doctype", b"<meta")):
        return "html"
    return "text"


def _identify_zip(path: Path, *, name: str, limits: ReadingLimits) -> str:
    with damage_named(name), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        packed = max(1, path.stat().st_size)
        if unpacked > limits.ratio_from_bytes and unpacked // packed > limits.ratio:
            raise SalesFileError("zip_bomb", file=name, detail=f"{unpacked // packed} : 1")
        if any(_entry_name(entry) == "xl/workbook.xml" for entry in entries):
            # Pictures beside the cells (some exports show each product) are not read.
            cells = sum(entry.file_size for entry in entries if entry.filename.endswith((".xml", ".bin")))
            _refuse_above(cells, limits.workbook_bytes, "document_too_large", name)
            return "excel"
        if len(entries) > limits.members:
            raise SalesFileError("zip_bomb", file=name, detail=f"{len(entries)} > {limits.members}")
        if unpacked > limits.file_bytes:
            raise SalesFileError("zip_bomb", file=name, detail=f"{unpacked // MB} MB")
        for entry in entries:
            if _points_outside(entry):
                raise SalesFileError("zip_unsafe_name", file=name, entry=_entry_name(entry))
            if entry.flag_bits & 0x1:
                raise SalesFileError("password", file=name)
    return "zip"


def _entry_name(entry: zipfile.ZipInfo) -> str:
    """Chinese archivers write names in GBK without saying so; Python then reads them as code page 437."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _points_outside(entry: zipfile.ZipInfo) -> bool:
    name = entry.orig_filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    return (
        name.startswith("/")
        or ".." in parts
        or "\0" in name
        or (bool(parts) and parts[0].endswith(":"))
        or stat.S_ISLNK(entry.external_attr >> 16)
    )


def _copy_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, *, room: int, archive_name: str) -> int:
    written = 0
    with archive.open(entry) as stream, target.open("wb") as out:
        while chunk := stream.read(MB):
            written += len(chunk)
            if written > room or written > entry.file_size:
                raise SalesFileError("zip_bomb", file=archive_name, detail=f"> {written // MB} MB")
            out.write(chunk)
    return written


def _contains(path: Path, needle: bytes) -> bool:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return view.find(needle) >= 0


def _refuse_above(size: int, limit: int, code: str, name: str) -> None:
    if size > limit:
        raise SalesFileError(code, file=name, size=-(-size // MB), limit=limit // MB)
