"""Delimited text: any encoding and delimiter met in exports, read in pieces of bounded size."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import polars as pl

from mcn.sales.reading.containers import Source, damage_named
from mcn.sales.reading.errors import SalesFileError
from mcn.sales.reading.limits import ReadingLimits
from mcn.sales.reading.tables import CUT_OFF, ROW_NUMBER, SURPLUS

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DELIMITERS = ",\t;"
_LONGEST_CELL = 1 << 20
_SAMPLE = 1 << 16
_FIRST = 8


@dataclass
class TextTable:
    """One delimited text file."""

    file: str
    sheet: str | None
    preview: list[list[str]]
    path: Path
    encoding: str
    bom_bytes: int
    delimiter: str
    bare_returns: bool
    """Lines end with a carriage return alone, as old spreadsheets write them."""
    limits: ReadingLimits
    _well_quoted: dict[int, bool] = field(default_factory=dict, init=False, repr=False)
    """By number of the piece, what was found out when it was read first."""

    def frames(self, *, header: int, names: Sequence[str], only: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        names = [*names, SURPLUS]
        wanted = only if only is not None else names
        # Each piece gets a first line of our own, so that its width does not depend on its first row.
        head = self.delimiter.join(f"c{place}" for place in range(len(names))).encode() + b"\n"
        skip, number = header + 1, 1
        with damage_named(self.file):
            for place, piece in enumerate(self._pieces(head)):
                if place not in self._well_quoted:
                    self._well_quoted[place] = _is_well_quoted(piece, self.delimiter.encode())
                frame = self._parse(piece, names, wanted) if self._well_quoted[place] else None
                if frame is None:
                    rows = piece.removeprefix(head)
                    frame = self._parse_carefully(rows, names, wanted, number=number, header=header)
                frame = frame.insert_column(0, _numbers(number, frame.height))
                if SURPLUS in wanted and not piece.endswith(b"\n") and self._is_cut_off(piece, len(names) - 1):
                    last = pl.int_range(frame.height, eager=True) == frame.height - 1
                    frame = frame.with_columns(frame[SURPLUS].set(last, CUT_OFF))
                number += frame.height
                if skip:
                    dropped = min(skip, frame.height)
                    frame, skip = frame.slice(dropped), skip - dropped
                yield from frame.iter_slices(self.limits.batch_rows)

    def _pieces(self, head: bytes = b"") -> Iterator[bytes]:
        """UTF-8 bytes of whole records, each piece about `chunk_bytes` long and with `head` before it."""
        rest, open_quotes = b"", 0
        blocks = self.blocks()
        block = next(blocks, b"")
        for following in blocks:
            cut = self._last_record_end(block, open_quotes)
            if cut:
                yield b"".join((head, rest, memoryview(block)[:cut]))
                rest = block[cut:]
                open_quotes = rest.count(b'"')
            else:
                rest += block
                open_quotes += block.count(b'"')
                if len(rest) > 2 * self.limits.chunk_bytes + _LONGEST_CELL:
                    raise SalesFileError("cell_too_long", file=self.file, limit=_LONGEST_CELL)
            block = following
        if rest or block:
            yield b"".join((head, rest, block))

    def _is_cut_off(self, piece: bytes, width: int) -> bool:
        """Whether the last record, which no line end ends, has fewer cells than the header."""
        ending = piece if b'"' in piece else piece[piece.rfind(b"\n") + 1 :]
        *_, (last, _line) = self._records(io.StringIO(ending.decode(), newline=""))
        return len(last) < width

    def _last_record_end(self, block: bytes, open_quotes: int) -> int:
        """Where the last whole record of a block ends: at a line end outside of a quoted cell; 0 if nowhere."""
        last = cut = block.rfind(b"\n") + 1
        if not open_quotes and b'"' not in block:
            return last
        quotes = open_quotes + block.count(b'"', 0, cut)
        while cut and quotes % 2:
            if last - cut > _LONGEST_CELL:
                return last  # no cell is that long: a stray quote put the count out of step
            before = block.rfind(b"\n", 0, cut - 1) + 1
            quotes -= block.count(b'"', before, cut)
            cut = before
        return cut

    def blocks(self) -> Iterator[bytes]:
        """The file as UTF-8 bytes with line feeds, in blocks that may end anywhere.

        Raises SalesFileError instead of a block with bytes that are not of the encoding.
        """
        decoder = codecs.getincrementaldecoder(self.encoding)()
        size = max(self.limits.chunk_bytes // _FIRST, 1)  # whoever waits for rows shall never wait long
        with self.path.open("rb") as stream:
            stream.seek(self.bom_bytes)
            while block := stream.read(size):
                size = min(2 * size, self.limits.chunk_bytes)
                block = self._as_utf8(block, decoder)
                if b"\0" in block:
                    block = block.replace(b"\0", b"")  # the database stores no zero bytes
                yield block.replace(b"\r", b"\n") if self.bare_returns else block
            self._as_utf8(b"", decoder)  # the file's end may cut a character

    def _as_utf8(self, block: bytes, decoder: codecs.IncrementalDecoder) -> bytes:
        """The block, or what the decoder can tell of it so far; an empty one is the file's end."""
        view, decoded = memoryview(block), []
        try:
            # A text of a whole block would not stay in the processor's cache, and take thrice as long.
            for start in range(0, len(block) + 1, _SAMPLE):
                text = decoder.decode(view[start : start + _SAMPLE], final=not block)
                if self.encoding != "utf-8":
                    decoded.append(text.encode())
        except UnicodeDecodeError:
            row = _first_damage(self.path, self.encoding, self.bom_bytes)
            raise SalesFileError("unreadable_encoding", file=self.file, row=row) from None
        return b"".join(decoded) if decoded else block

    def _parse(self, piece: bytes, names: Sequence[str], wanted: Sequence[str]) -> pl.DataFrame | None:
        """The piece, read fast; None where its quotes are malformed in a way that only shows now."""
        lazy = pl.scan_csv(
            piece,
            separator=self.delimiter,
            quote_char='"' if b'"' in piece else None,
            infer_schema=False,
            truncate_ragged_lines=True,
        )
        picked = [pl.col(f"c{names.index(name)}").alias(name) for name in wanted]
        try:
            return lazy.select(picked).collect()
        except pl.exceptions.PolarsError:
            return None

    def _parse_carefully(
        self, piece: bytes, names: Sequence[str], wanted: Sequence[str], *, number: int, header: int
    ) -> pl.DataFrame:
        """The piece, whose first row is row `number`, read as a spreadsheet does.

        Raises SalesFileError over a quote that swallows rows: it is open at the end, or closed by that of another row.
        """
        lines = list(io.StringIO(piece.decode(), newline=""))
        rows: list[list[str]] = []
        began = 0
        for row, ended in self._records(lines):
            if ended - began > 1 and number + len(rows) > header + 1 and not self._is_whole(lines[began:ended]):
                raise SalesFileError("open_quote", file=self.file, row=number + len(rows))
            rows.append(row)
            began = ended
        places = [(names.index(name), name) for name in wanted]
        return pl.DataFrame(
            {
                name: pl.Series(name, [row[p] or None if p < len(row) else None for row in rows], dtype=pl.String)
                for p, name in places
            }
        )

    def _is_whole(self, lines: Sequence[str]) -> bool:
        """Whether a row of several lines has its quotes around whole cells, so that the lines are its own."""
        try:
            return len(list(csv.reader(lines, delimiter=self.delimiter, strict=True))) == 1
        except csv.Error:
            return False

    def _records(self, lines: Iterable[str]) -> Iterator[tuple[list[str], int]]:
        """The rows, each with the number of the line in which it ends."""
        csv.field_size_limit(_LONGEST_CELL)
        try:
            reader = csv.reader(lines, delimiter=self.delimiter)
            for row in reader:
                yield row, reader.line_num
        except csv.Error:
            raise SalesFileError("cell_too_long", file=self.file, limit=_LONGEST_CELL) from None


def open_text(source: Source, *, limits: ReadingLimits) -> TextTable:
    """Finds encoding and delimiter of a delimited text.

    Raises SalesFileError when no encoding fits; bytes far behind the beginning may only be found damaged when they
    are read.
    """
    encoding, bom_bytes = _encoding_of(source)
    table = TextTable(source.name, None, [], source.path, encoding, bom_bytes, ",", False, limits)
    beginning = b""
    for block in table.blocks():
        beginning += block
        if len(beginning) >= _LONGEST_CELL:
            break
    table.bare_returns = b"\r" in beginning and b"\n" not in beginning
    text = beginning[:_LONGEST_CELL].decode(errors="ignore")
    for delimiter in _DELIMITERS:
        candidate = replace(table, delimiter=delimiter)
        candidate.preview = _first_records(candidate, text, limits.header_rows)
        # The right delimiter cuts header and rows into the most cells; a stray one may begin every cell but those of
        # the header.
        if sum(map(len, candidate.preview)) > sum(map(len, table.preview)):
            table = candidate
    return table


def _is_well_quoted(piece: bytes, delimiter: bytes) -> bool:
    """Whether quotes stand only around whole cells, or doubled inside of them.

    Over other quotes (5" plates) the fast reader joins rows silently, so such a piece is left to the careful
    one, which takes it as a spreadsheet does.
    """
    if b'"' not in piece:
        return True
    single = piece.replace(b'""', b"")
    opening = single.count(delimiter + b'"') + single.count(b'\n"')
    closing = sum(single.count(b'"' + after) for after in (delimiter, b"\n", b"\r\n"))
    closing += single.endswith(b'"')
    return opening == closing and opening + closing == single.count(b'"')


def _numbers(first: int, count: int) -> pl.Series:
    return pl.arange(first, first + count, dtype=pl.Int64, eager=True).alias(ROW_NUMBER)


def _first_records(table: TextTable, beginning: str, count: int) -> list[list[str]]:
    try:
        return [row for row, _line in islice(table._records(io.StringIO(beginning, newline="")), count)]
    except SalesFileError:
        return []


def _encoding_of(source: Source) -> tuple[str, int]:
    """The encoding, and how many bytes before the text name it.

    One that is sure is not looked after here: bytes that are not of it are found when they are read, and a large file
    need not be read twice. Where the beginning leaves a choice, the whole file decides.
    """
    with source.path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding, len(bom)
    candidates = _likely_encodings(head)
    for encoding in candidates:
        if len(candidates) == 1 or _first_damage(source.path, encoding) is None:
            return encoding, 0
    # Which row is broken cannot be told, as it cannot be told in which encoding.
    raise SalesFileError("unreadable_encoding", file=source.name, row=None)


def _likely_encodings(head: bytes) -> list[str]:
    if b"\0" in head:
        # Latin letters, digits and delimiters have a zero byte in UTF-16: on odd places when little-endian.
        little = head[1::2].count(0) > head[0::2].count(0)
        return ["utf-16-le" if little else "utf-16-be"]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        # Text of another encoding loses most of what is not ASCII; UTF-8 with a few broken bytes loses only these.
        beyond = sum(byte > 127 for byte in head)
        lost = len(head) - len(head.decode("utf-8", errors="ignore").encode())
        return ["utf-8"] if lost * 10 < beyond else ["gb18030"]
    # Chinese text that is valid UTF-8 is no accident; pure ASCII may go on in either encoding.
    return ["utf-8", "gb18030"] if head.isascii() else ["utf-8"]


def _first_damage(path: Path, encoding: str, offset: int = 0) -> int | None:
    """The row of the first bytes that are not of this encoding; None if all are."""
    decoder = codecs.getincrementaldecoder(encoding)()
    row = 1
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            while block := stream.read(_SAMPLE):
                row += decoder.decode(block).count("\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return row + error.object[: error.start].decode(encoding, errors="ignore").count("\n")
    return None
