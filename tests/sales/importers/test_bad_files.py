"""Files that cannot be imported at all give one clear error and nothing else."""

import io
import zipfile
import zlib

import openpyxl
import pytest
from django.utils import translation

from mcn.sales.importers import FORMATS, formats, open_sales_file, registry
from mcn.sales.reading import ReadingLimits, SalesFileError
from mcn.sales.reading.containers import OLE2
from tests.sales.platform_files import FOLDER, ZONE, as_csv, as_xlsx, rows_of, sample


def refusal(path, **options):
    with pytest.raises(SalesFileError) as caught, translation.override("en"):
        open_sales_file(path, zone=ZONE, **options)
    return caught.value


def made(path, data):
    path.write_bytes(data)
    return path


def archive(path, *entries, compress=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compress) as out:
        for entry, data in entries:
            out.writestr(entry, data)
    return path


def test_empty(tmp_path):
    error = refusal(made(tmp_path / "a.csv", b""))
    assert error.code == "empty_file"
    with translation.override("en"):
        assert str(error) == "file “a.csv”: The file is empty (0 bytes)."


def test_the_name_that_the_user_knows_is_told(tmp_path):
    error = refusal(made(tmp_path / "upload-17", b""), name="五月.csv")
    with translation.override("en"):
        assert str(error).startswith("file “五月.csv”: ")


def test_too_large(tmp_path):
    error = refusal(sample("douyin_alliance"), limits=ReadingLimits(file_bytes=1000))
    assert error.code == "file_too_large"


@pytest.mark.parametrize("name", ["a.json", "a.html", "a.xlsx"])
def test_documents_read_as_a_whole_have_a_smaller_limit(name, tmp_path):
    path = tmp_path / name
    {
        "a.json": lambda: path.write_text("[" + '{"a": 1},' * 100 + '{"a": 1}]'),
        "a.html": lambda: path.write_text("<table>" + "<tr><td>1</td></tr>" * 100),
        "a.xlsx": lambda: as_xlsx(path, rows_of("douyin_alliance")),
    }[name]()
    limits = ReadingLimits(document_bytes=100, workbook_bytes=100)
    assert refusal(path, limits=limits).code == "document_too_large"


@pytest.mark.parametrize("data", [b"\xff\xff\x80\x80,\x80\n" * 9, b"\xff\xfe\x00\xd8\x00\xd8", b"a,b\n\x81\x20,c"])
def test_undecodable(data, tmp_path):
    assert refusal(made(tmp_path / "a.csv", data)).code == "unreadable_encoding"


@pytest.mark.parametrize(
    ("encoding", "broken"), [("utf-8", "浙江".encode("gbk")), ("utf-8-sig", b"\xff"), ("gb18030", b"\xff\xff")]
)
def test_undecodable_far_behind_the_beginning(encoding, broken, tmp_path):
    header, *rows = sample("douyin_alliance").read_text().splitlines()
    data = ("\n".join([header, *rows * 3000]) + "\n").encode(encoding) + broken + b",1,2\n"
    with open_sales_file(made(tmp_path / "a.csv", data), zone=ZONE) as source, pytest.raises(SalesFileError) as caught:
        list(source.batches())
    error = caught.value
    assert (error.code, error.params["row"]) == ("unreadable_encoding", 15_002)
    with translation.override("en"):
        assert str(error).startswith("file “a.csv”, row 15002: The text cannot be read as UTF-8")


@pytest.mark.parametrize("data", [b"hello", b"name,age\nx,3\n", b"\n\n\n", bytes(range(1, 128))])
def test_unknown_format(data, tmp_path):
    error = refusal(made(tmp_path / "a.csv", data))
    assert error.code == "unknown_format"
    with translation.override("en"):
        assert "Known are: Douyin alliance orders, " in str(error)
        assert [code for code in FORMATS if code in str(error)] == []
    with translation.override("zh-hans"):
        assert "抖音" in str(error) and "、" in str(error)


def test_missing_columns_are_named_with_the_nearest_format(tmp_path):
    rows = rows_of("douyin_alliance")
    gone = [rows[0].index("订单id"), rows[0].index("订单结算时间")]
    path = tmp_path / "a.csv"
    path.write_text(as_csv([[], *([cell for place, cell in enumerate(row) if place not in gone] for row in rows)]))
    error = refusal(path)
    assert error.code == "missing_columns"
    with translation.override("en"):
        assert str(error) == (
            "file “a.csv”: This looks like “Douyin alliance orders” (row 2), "
            "but these columns are missing: 订单id, 订单结算时间."
        )


def test_the_sheet_is_told(tmp_path):
    rows = [row[1:] for row in rows_of("douyin_alliance")]
    error = refusal(as_xlsx(tmp_path / "a.xlsx", rows, "明细"))
    with translation.override("en"):
        assert str(error).startswith("file “a.xlsx”, sheet “明细”: This looks like “Douyin alliance orders” (row 1)")


def test_a_named_format_must_fit(tmp_path):
    assert refusal(sample("douyin_alliance"), format="kuaishou_orders").code == "missing_columns"
    assert refusal(sample("douyin_alliance"), format="nonsense").code == "unknown_format_code"
    with open_sales_file(sample("douyin_alliance"), zone=ZONE, format="douyin_alliance") as sales:
        assert sales.format == "douyin_alliance"


def test_headers_that_fit_several_formats_are_refused_unless_one_is_named(monkeypatch):
    twin = formats.SalesFormat(
        code="twin",
        platform="douyin",
        title="twin",
        account_from="given",
        columns=FORMATS["douyin_alliance"].columns,
        derive=FORMATS["douyin_alliance"].derive,
    )
    monkeypatch.setitem(registry.FORMATS, "twin", twin)
    error = refusal(sample("douyin_alliance"))
    assert error.code == "several_formats"
    with translation.override("en"):
        assert str(error.params["formats"]) == "Douyin alliance orders (douyin_alliance), twin (twin)"
    with open_sales_file(sample("douyin_alliance"), zone=ZONE, format="twin") as sales:
        assert sales.format == "twin"


def test_damaged_xlsx(tmp_path):
    data = as_xlsx(tmp_path / "a.xlsx", rows_of("douyin_alliance")).read_bytes()
    assert refusal(made(tmp_path / "cut.xlsx", data[: len(data) // 2])).code == "damaged"
    out = io.BytesIO()
    with zipfile.ZipFile(tmp_path / "a.xlsx") as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"<broken" if "sheet1" in name else source.read(name))
    assert refusal(made(tmp_path / "broken.xlsx", out.getvalue())).code == "damaged"


def test_damaged_xls(tmp_path):
    assert refusal(made(tmp_path / "a.xls", OLE2 + b"\x01" * 2000)).code == "damaged"


def test_password_protected_workbook():
    assert refusal(FOLDER / "password.xlsx").code == "password"


def test_password_protected_archive(tmp_path):
    path = archive(tmp_path / "a.zip", ("a.csv", "x,y"))
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert refusal(made(path, bytes(data))).code == "password"


def test_zip_bombs(tmp_path):
    zeros = b"0" * 40_000_000
    assert refusal(archive(tmp_path / "a.zip", ("a.csv", zeros))).code == "zip_bomb"
    many = archive(tmp_path / "b.zip", *((f"{n}.csv", b"x") for n in range(201)))
    assert refusal(many).code == "zip_bomb"
    large = archive(tmp_path / "c.zip", ("a.csv", b"x" * 3000), ("b.csv", b"x" * 3000))
    assert refusal(large, limits=ReadingLimits(file_bytes=5000)).code == "zip_bomb"


def test_an_archive_that_lies_about_its_size(tmp_path):
    path = archive(tmp_path / "a.zip", ("a.csv", b"0" * 3_000_000))
    data = path.read_bytes()
    lie = data.replace((3_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lie.count((100).to_bytes(4, "little")) >= 2
    assert refusal(made(path, lie)).code in ("zip_bomb", "damaged")


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "x/../../a.csv", "C:/a.csv", "..\\a.csv"])
def test_entries_that_point_outside(name, tmp_path):
    error = refusal(archive(tmp_path / "a.zip", (name, "x,y")))
    assert error.code == "zip_unsafe_name"


def test_links_in_archives(tmp_path):
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = 0o120777 << 16
    assert refusal(archive(tmp_path / "a.zip", (link, "/etc/passwd"))).code == "zip_unsafe_name"


def test_archives_in_archives_and_without_tables(tmp_path):
    inner = archive(tmp_path / "b.zip", ("a.csv", "x")).read_bytes()
    assert refusal(archive(tmp_path / "a.zip", ("b.zip", inner))).code == "zip_nested"
    assert refusal(archive(tmp_path / "a.zip", ("b.csv", inner))).code == "zip_nested"
    assert refusal(archive(tmp_path / "a.zip", ("readme.pdf", b"x"))).code == "zip_nothing"


def test_one_unknown_table_in_an_archive_refuses_the_whole(tmp_path):
    good = sample("douyin_alliance").read_bytes()
    error = refusal(archive(tmp_path / "a.zip", ("good.csv", good), ("notes/bad.csv", "x,y\n1,2\n")))
    assert error.code == "unknown_format"
    with translation.override("en"):
        assert str(error).startswith("file “a.zip/notes/bad.csv”: ")


def test_damaged_archive_content(tmp_path):
    path = archive(tmp_path / "a.zip", ("a.csv", sample("douyin_alliance").read_bytes()))
    data = bytearray(path.read_bytes())
    data[60:200] = zlib.compress(b"other")[:140].ljust(140, b"\xff")
    assert refusal(made(path, bytes(data))).code == "damaged"


@pytest.mark.parametrize("text", ["[1, 2]", '{"a": 1}', '{"a": [], "b": []}', '"x"', "[[1]]"])
def test_json_of_other_shapes(text, tmp_path):
    assert refusal(made(tmp_path / "a.json", text.encode())).code in ("json_shape", "unknown_format")


@pytest.mark.parametrize("text", ["[", '[{"a": 1', "{" * 5000, "[" * 100_000])
def test_damaged_json(text, tmp_path):
    assert refusal(made(tmp_path / "a.json", text.encode())).code in ("damaged", "broken_json")


def test_broken_json_says_where(tmp_path):
    error = refusal(made(tmp_path / "a.json", b'[\n{"order_id": 1,}]'))
    with translation.override("en"):
        assert "faulty or breaks off in line 2, at character" in str(error)


def test_utf8_with_a_few_broken_bytes_names_the_row(tmp_path):
    rows = sample("douyin_alliance").read_bytes().split(b"\n")
    rows[2] = rows[2].replace("示例".encode(), b"\xff\xfe", 1)
    error = refusal(made(tmp_path / "a.csv", b"\n".join(rows)))
    assert (error.code, error.params["row"]) == ("unreadable_encoding", 3)


def test_html_without_a_table_and_empty_workbooks(tmp_path):
    assert refusal(made(tmp_path / "a.xls", b"<html><body>Sign in</body></html>")).code == "not_a_table"
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert refusal(tmp_path / "a.xlsx").code == "not_a_table"


def test_a_cell_far_beside_the_table_ends_no_process(tmp_path):
    """Such a sheet would take 550 GB, and the library that reads it gives up with its whole process."""
    book = openpyxl.load_workbook(as_xlsx(tmp_path / "a.xlsx", rows_of("kuaishou_orders")))
    book.active.cell(1_048_576, 16_384, "x")
    book.save(tmp_path / "a.xlsx")
    error = refusal(tmp_path / "a.xlsx")
    assert error.code == "workbook_too_wide"


def test_a_workbook_whose_sectors_run_in_a_circle_ends_no_process(tmp_path):
    """An OLE2 file of three sectors: the table of what follows what says that the directory follows itself."""
    free, table, ring = b"\xff\xff\xff\xff", b"\xfd\xff\xff\xff", b"\x01\x00\x00\x00"
    end = b"\xfe\xff\xff\xff"
    header = OLE2 + bytes(16) + b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0" + bytes(10)
    header += b"\1\0\0\0" + ring + bytes(4) + b"\0\x10\0\0" + end + bytes(4) + end + bytes(4)
    header += bytes(4) + free * 108
    sectors = (table + ring + free * 126) + bytes(1024)
    assert refusal(made(tmp_path / "a.xls", header + sectors)).code == "workbook_too_wide"


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ({"示例商品K2": '"示例商品K2'}, 3),  # nothing closes it
        ({"示例商品K2": '"示例商品K2', "示例商品K4": '"示例商品K4'}, 3),  # the quote of another row does
        ({",1\n2026-05-18": ',"1\n2026-05-18'}, 2),  # the row has all its cells
    ],
)
def test_a_quote_that_takes_in_rows_is_told_with_its_row(changes, row, tmp_path):
    text = sample("kuaishou_orders").read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    path = made(tmp_path / "a.csv", text.encode())
    with open_sales_file(path, zone=ZONE) as sales, pytest.raises(SalesFileError) as caught:
        list(sales.batches())
    assert (caught.value.code, caught.value.params["row"]) == ("open_quote", row)
