"""Delimited text is read as a spreadsheet reads it, fast or carefully."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.sales.reading.containers import identify
from mcn.sales.reading.errors import SalesFileError
from mcn.sales.reading.limits import ReadingLimits
from mcn.sales.reading.text import TextTable, open_text

CELLS = [
    "a",
    "bb",
    "",
    '5" x',
    'x"',
    'x "y" z',
    '"quoted"',
    '"a,b"',
    '"l\nm"',
    '"e""e"',
    '""',
    '"""s"""',
    'x""y',
]
NAMES = ["a", "b", "c", "d"]


def parsed(text: str, limits: ReadingLimits) -> list[tuple[str | None, ...]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(text, newline="")
        table = open_text(identify(path, name="a.csv", limits=limits), limits=limits)
        rows = [row for frame in table.frames(header=0, names=NAMES) for row in frame.rows()]
    assert [row[0] for row in rows] == list(range(2, len(rows) + 2))
    return [row[1:5] for row in rows]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(CELLS), min_size=4, max_size=4), min_size=1, max_size=12),
    st.sampled_from(["\n", "\r\n"]),
)
def test_cells_and_row_numbers_are_those_of_a_spreadsheet(rows, line_end):
    text = line_end.join(",".join(row) for row in [["a", "b", "c", "d"], *rows]) + line_end
    expected = [tuple(cell or None for cell in row) for row in list(csv.reader(io.StringIO(text, newline="")))[1:]]
    got = parsed(text, ReadingLimits())
    assert [tuple(cell or None for cell in row) for row in got] == [
        (row + (None,) * 4)[:4] if row else (None,) * 4 for row in expected
    ]


LINES = ["订单,主播,金额,备注"] + [f"{number},主播{number},1.00,宽松款𠮷" for number in range(60_000)]
SMALL = ReadingLimits(chunk_bytes=1 << 16)  # the look at the beginning takes a megabyte, the file has two


def opened(path: Path, data: bytes, limits: ReadingLimits = SMALL) -> TextTable:
    path.write_bytes(data)
    return open_text(identify(path, name="a.csv", limits=limits), limits=limits)


def read_until_refused(path: Path, data: bytes) -> tuple[SalesFileError, int]:
    """The error, and the number of rows that were handed out before."""
    rows = 0
    with pytest.raises(SalesFileError) as caught:
        for frame in opened(path, data).frames(header=0, names=NAMES):
            rows += frame.height
    return caught.value, rows


@pytest.mark.parametrize(
    ("encoding", "broken"),
    [
        ("utf-8", b"\xff"),
        ("utf-8", "浙江".encode("gbk")),
        ("utf-8-sig", b"\xe4\xb8"),
        ("gb18030", b"\xff"),
        ("utf-16", b"\x00\xd8"),
    ],
)
@pytest.mark.parametrize("place", [1, 2, 40_000, 59_999, 60_000])
def test_damage_is_refused_with_its_row(encoding: str, broken: bytes, place: int, tmp_path: Path) -> None:
    before, after = ("\n".join(lines) + "\n" for lines in (LINES[:place], LINES[place:]))
    tail = after.encode("utf-16-le" if encoding == "utf-16" else encoding.removesuffix("-sig"))
    error, rows = read_until_refused(tmp_path / "a.csv", before.encode(encoding) + broken + tail)
    assert (error.code, error.params["file"], error.params["row"]) == ("unreadable_encoding", "a.csv", place + 1)
    assert rows < place
    assert (rows > 0) == (place >= 40_000)


@pytest.mark.parametrize(("encoding", "bytes_cut"), [("utf-8", 1), ("utf-8", 3), ("gb18030", 1), ("utf-16", 1)])
def test_a_file_that_ends_within_a_character_is_refused(encoding: str, bytes_cut: int, tmp_path: Path) -> None:
    error, rows = read_until_refused(tmp_path / "a.csv", "\n".join(LINES).encode(encoding)[:-bytes_cut])
    assert (error.code, error.params["row"]) == ("unreadable_encoding", len(LINES))
    assert rows > 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("chunk_bytes", [1000, 1001, 1002, 1003])
def test_blocks_may_end_within_a_character(encoding: str, chunk_bytes: int, tmp_path: Path) -> None:
    text = "\n".join(LINES[:2000])
    table = opened(tmp_path / "a.csv", text.encode(encoding), ReadingLimits(chunk_bytes=chunk_bytes))
    assert b"".join(table.blocks()).decode() == text
    rows = [row[1:5] for frame in table.frames(header=0, names=NAMES) for row in frame.rows()]
    assert rows == [tuple(line.split(",")) for line in LINES[1:2000]]


def test_of_a_beginning_without_chinese_the_whole_file_tells_the_encoding(tmp_path: Path) -> None:
    lines = [f"{number},a,1.00,b" for number in range(60_000)]
    for encoding in ("utf-8", "gb18030"):
        assert opened(tmp_path / "a.csv", "\n".join([*lines, "1,主播,1.00,"]).encode(encoding)).encoding == encoding
    with pytest.raises(SalesFileError) as caught:
        opened(tmp_path / "a.csv", "\n".join(lines).encode() + b"\n\xff\xff,")
    assert (caught.value.code, caught.value.params["row"]) == ("unreadable_encoding", None)


def test_tabs_before_every_value_are_no_delimiter() -> None:
    rows = [["a", "b", "c", "d"], ["1", "2", "3", "4"], ["5", "6", "7", "8"]]
    text = "\n".join(",".join(row if row == rows[0] else ["\t" + cell for cell in row]) for row in rows)
    assert parsed(text + "\n", ReadingLimits()) == [tuple("\t" + cell for cell in row) for row in rows[1:]]
