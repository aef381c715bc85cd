"""The agency's own files: below MEDIA_ROOT/agencies/<id>/, whole or not at all, never outside of it.

Names are relative, with `/`. What a name means is the caller's business; that it stays inside the agency in
scope is seen to here, whatever the name is. Pages serve these files only through a view that checks the right.
What is being written stands in a folder of its own until it is whole, so that what a killed process left is found.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.conf import settings

from mcn.tenancy.scope import current_agency_id

CHUNK_BYTES = 1 << 20
FLUSHED_BYTES = 32 << 20
DRAFTS = "drafts"


class UnsafeName(ValueError):
    """A file name that would leave the agency's folder."""


@dataclass(frozen=True)
class Stored:
    """A file that was stored: its name within the agency, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str


def folder() -> Path:
    """The folder of the agency in scope. Raises ScopeError where there is none."""
    return Path(settings.MEDIA_ROOT) / "agencies" / str(current_agency_id())


def path_of(name: str) -> Path:
    """Where the agency's file `name` is or would be.

    Raises UnsafeName for names that are absolute, empty, climb up, or pass through a link to the outside.
    """
    parts = PurePosixPath(name).parts
    if not parts or "\x00" in name or "\\" in name or name.startswith("/") or ".." in parts:
        raise UnsafeName(f"{name!r} is no name of a file of an agency")
    root = folder().resolve()
    path = root.joinpath(*parts)
    if not path.resolve().is_relative_to(root):
        raise UnsafeName(f"{name!r} leads outside of the agency's files")
    return path


@contextmanager
def draft(name: str) -> Iterator[Path]:
    """A new file to write to; it takes the place of `name` when the block ends well, else it vanishes."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft_name = tempfile.mkstemp(dir=_drafts())
    os.close(handle)
    written = Path(draft_name)
    try:
        yield written
        _flush(written)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


@contextmanager
def draft_folder(name: str) -> Iterator[Path]:
    """The same for a folder of files; an existing folder of that name is replaced."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = Path(tempfile.mkdtemp(dir=_drafts()))
    try:
        yield written
        if path.exists():
            shutil.rmtree(path)
        written.replace(path)
    finally:
        shutil.rmtree(written, ignore_errors=True)


def remove_drafts(*, before: datetime) -> int:
    """Delete the drafts that nobody wrote to since `before`; returns how many files and folders went.

    A draft vanishes with its block, but not if the process is killed. Who calls has to know that no draft that old is
    still being written; a folder counts as written to when a file is added to it.
    """
    drafts, removed = path_of(DRAFTS), 0
    for path in list(drafts.iterdir()) if drafts.is_dir() else []:
        with contextlib.suppress(FileNotFoundError):  # its block ended just now
            if path.lstat().st_mtime < before.timestamp():
                remove(f"{DRAFTS}/{path.name}")
                removed += 1
    return removed


def store(name: str, source: BinaryIO) -> Stored:
    """Copy a stream to the agency's file `name`; memory use does not depend on its size."""
    digest, size, flushed = hashlib.sha256(), 0, 0
    with draft(name) as path, path.open("wb") as target, ThreadPoolExecutor(max_workers=2) as beside:
        flushing = None
        while chunk := source.read(CHUNK_BYTES):
            hashed = beside.submit(digest.update, chunk)
            size += target.write(chunk)
            hashed.result()
            if size - flushed >= FLUSHED_BYTES and (flushing is None or flushing.done()):
                if flushing:
                    flushing.result()
                target.flush()
                flushing, flushed = beside.submit(os.fsync, target.fileno()), size  # while the rest arrives
        if flushing:
            flushing.result()
    return Stored(name, size, digest.hexdigest())


def remove(name: str) -> None:
    """Delete the agency's file or folder `name`, if it is there."""
    path = path_of(name)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _drafts() -> Path:
    path = path_of(DRAFTS)
    path.mkdir(parents=True, exist_ok=True)
    return path


def _flush(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
