"""Whatever the bytes: lines, refused rows, or the one error of the package; never anything else."""

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.sales.importers import FORMATS, open_sales_file
from mcn.sales.importers.lines import LINE_SCHEMA
from mcn.sales.reading import ReadingLimits, SalesFileError
from mcn.sales.reading.containers import OLE2
from tests.sales.platform_files import ZONE, as_xlsx, rows_of, sample

LIMITS = ReadingLimits(chunk_bytes=400, batch_rows=3)


def survives(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(data)
        try:
            with open_sales_file(path, zone=ZONE, limits=LIMITS) as sales:
                for batch in sales.batches():
                    assert dict(batch.frame.schema) == LINE_SCHEMA
                    assert batch.rows_read > 0
        except SalesFileError as error:
            assert str(error)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([b"", b"PK\x03\x04", OLE2, b"[", b'{"a":', b"<table>", b"\xff\xfe", b"\xef\xbb\xbf"]),
    st.binary(max_size=600),
)
def test_random_bytes(start, data):
    survives(start + data)


mutations = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 30), st.binary(max_size=8)), min_size=1, max_size=6
)


def mutated(data: bytes, changes) -> bytes:
    for place, cut, insert in changes:
        at = int(place * len(data))
        data = data[:at] + insert + data[at + cut :]
    return data


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FORMATS)), st.sampled_from(["utf-8", "gb18030", "utf-16"]), mutations)
def test_mutated_text(code, encoding, changes):
    survives(mutated(sample(code).read_text().encode(encoding), changes))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(FORMATS)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.text(max_size=12)), min_size=1, max_size=8),
)
def test_mutated_cells(code, changes):
    """Text that no encoding objects to, put into the rows below the header."""
    head, _, body = sample(code).read_text().partition("\n")
    for place, insert in changes:
        at = int(place * len(body))
        body = body[:at] + insert + body[at + len(insert) :]
    survives(f"{head}\n{body}".encode("utf-8", "surrogatepass"))


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    return as_xlsx(tmp_path_factory.mktemp("xlsx") / "a.xlsx", rows_of("kuaishou_orders"))


@settings(max_examples=60, deadline=None)
@given(changes=mutations)
def test_mutated_workbooks(workbook, changes):
    survives(mutated(workbook.read_bytes(), changes))


@settings(max_examples=60, deadline=None)
@given(part=st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"]), changes=mutations)
def test_mutated_workbook_parts(workbook, part, changes):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "b.xlsx"
        with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(path, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                target.writestr(name, mutated(data, changes) if name == part else data)
        survives(path.read_bytes())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), json_values), max_size=6))
def test_json_with_any_values(changes):
    rows = rows_of("wechat_league")
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    for row, place, value in changes:
        records[row][rows[0][place % len(rows[0])]] = value
    survives(json.dumps(records).encode())
