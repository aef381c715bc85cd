"""Delimited text is read as a spreadsheet reads it, fast or carefully."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.sales.reading.containers import identify
from mcn.sales.reading.limits import ReadingLimits
from mcn.sales.reading.text import open_text

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
