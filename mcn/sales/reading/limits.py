"""How large and how packed a file may be before it is refused unread."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20


@dataclass(frozen=True)
class ReadingLimits:
    """Bytes and counts. The defaults keep one import within the memory of a worker (1.5 GiB)."""

    file_bytes: int = 2048 * MB
    """An uploaded file, and what an archive unpacks to in all."""
    workbook_bytes: int = 768 * MB
    """The unpacked sheets of an Excel file: they are read as a whole and take 1.7 times as much memory."""
    document_bytes: int = 128 * MB
    """An HTML table or a JSON list: they are read as a whole and take seven times as much memory."""
    members: int = 200
    """Files in one archive."""
    ratio: int = 200
    """Unpacked ÷ packed; real exports stay under 40. Tested only above `ratio_from_bytes`."""
    ratio_from_bytes: int = 32 * MB
    header_rows: int = 20
    """The header stands somewhere in so many first rows."""
    batch_rows: int = 100_000
    chunk_bytes: int = 24 * MB
    """Text is read in pieces of this size."""
