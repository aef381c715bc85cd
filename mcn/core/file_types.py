"""What the content of a file is, whatever its name says."""

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import BinaryIO, Final

ZIPPED = b"PK\x03\x04"  # workbooks, documents and OFD papers are archives
HEAD = 16
# What stands where in a file, by the ending of its name.
MARKS: Final[Mapping[str, tuple[tuple[int, bytes], ...]]] = {
    ".pdf": ((0, b"%PDF-"),),
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".webp": ((0, b"RIFF"), (8, b"WEBP")),
    ".heic": ((4, b"ftyp"),),
    ".xlsx": ((0, ZIPPED),),
    ".docx": ((0, ZIPPED),),
    ".ofd": ((0, ZIPPED),),
}


def ending_of(name: str) -> str:
    """The ending of a file's name with its dot, in small letters: `.pdf`."""
    return PurePosixPath(name).suffix.lower()


def last_part(name: str, most: int) -> str:
    """A file's name without the folders that some browsers send, at most the last `most` characters of it."""
    return PurePosixPath(name.replace("\\", "/")).name[-most:]


def is_what_it_says(source: BinaryIO, ending: str, known: Collection[str] = MARKS.keys()) -> bool:
    """Whether the stream begins as files with this ending do, which is one of `known`.

    It stands at its beginning afterwards.
    """
    head = source.read(HEAD)
    source.seek(0)
    return ending in known and all(head[at : at + len(mark)] == mark for at, mark in MARKS[ending])
