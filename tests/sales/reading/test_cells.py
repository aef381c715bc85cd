"""Cells to exact values, alone and in columns where the unusual is common."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.sales.reading.cells import parse_count, parse_fen, parse_id, parse_moment, parse_word, parse_yuan, tidy
from mcn.sales.reading.tables import cell_text

USUAL = {parse_yuan: "1.00", parse_fen: "100", parse_id: "123", parse_count: "1"}


def one(parse, value, *args):
    """The value or the reason, read both among usual cells and in a column full of this kind."""
    usual = "2026-05-01 00:00:00" if parse is parse_moment else USUAL[parse]
    few = parse(pl.Series([value, *[usual] * 20], dtype=pl.String), *args)
    many = parse(pl.Series([value, value], dtype=pl.String), *args)
    results = [
        read.refused[0] if read.refused is not None and read.refused[0] is not None else read.values[0]
        for read in (few, many)
    ]
    assert results[0] == results[1]
    return results[0]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("169.00", 16900),
        ("0", 0),
        ("0.1", 10),
        ("-5.05", -505),
        ("+5.05", 505),
        (" 169.00\t", 16900),
        ("'169.00", 16900),
        ("\u200b169.00\ufeff", 16900),
        ("1,234.56", 123456),
        ("12,345，678.90", 1234567890),
        ("¥9.90", 990),
        ("￥9.90", 990),
        ("¥ -9.90", -990),
        ("-¥9.90", -990),
        ("9.90元", 990),
        ("(1.00)", -100),
        ("（1.00）", -100),
        ("（￥1,000.00）", -100000),
        ("１６９．００", 16900),
        ("169.000", 16900),
        (".5", 50),
        ("5.", 500),
        ("9999999999999.99", 999999999999999),
        ("-", None),
        ("--", None),
        ("—", None),
        ("", None),
        (" ", None),
        ("计算中", None),
        (None, None),
        ("1.005", "too_many_decimals"),
        ("0.001", "too_many_decimals"),
        ("1e3", "not_money"),
        ("1.2.3", "not_money"),
        ("1,23.00", "not_money"),
        ("1234,567", "not_money"),
        ("1,5", "not_money"),
        ("(-1.00)", "not_money"),
        ("--1", "not_money"),
        ("NaN", "not_money"),
        ("Infinity", "not_money"),
        ("9" * 30, "not_money"),
        ("٣", "not_money"),
        ("20.00%", "not_money"),
    ],
)
def test_yuan(text, fen):
    assert one(parse_yuan, text) == fen


@given(st.integers(-(10**14), 10**14), st.booleans(), st.booleans())
def test_every_amount_is_read_exactly(fen, grouped, signed):
    sign = "-" if fen < 0 else ""
    text = f"{abs(fen) // 100:{',' if grouped else ''}}.{abs(fen) % 100:02d}"
    assert one(parse_yuan, ("￥" if signed else "") + sign + text) == fen


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_parts_of_a_fen_are_never_rounded(amount):
    expected = int(amount * 100) if amount * 100 == int(amount * 100) else "too_many_decimals"
    assert one(parse_yuan, f"{amount:f}") == expected


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("16900", 16900),
        ("-5", -5),
        ("1,234", 1234),
        ("12.00", 1200 // 100),
        ("12.5", "too_many_decimals"),
        ("x", "not_money"),
    ],
)
def test_fen(text, fen):
    assert one(parse_fen, text) == fen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6990000000000000101", "6990000000000000101"),
        ("\t6990000000000000101\t", "6990000000000000101"),
        ("'6990", "6990"),
        ("69 90", "6990"),
        ("\u200b69\u200b90", "6990"),
        ("６９９０", "6990"),
        ("260520-000000000000001", "260520-000000000000001"),
        ("P1_a", "P1_a"),
        ("-", None),
        ("6.95355E+18", "lost_digits"),
        ("7E18", "lost_digits"),
        ("123.0", "bad_id"),
        ("a/b", "bad_id"),
        ("1" * 65, "bad_id"),
    ],
)
def test_ids(text, expected):
    assert one(parse_id, text) == expected


@pytest.mark.parametrize("text", ["1", "1.0", "1,000", "0"])
def test_counts(text):
    assert one(parse_count, text) == int(Decimal(text.replace(",", "")))


@pytest.mark.parametrize("text", ["1.5", "-1", "x", "1000000000"])
def test_no_counts(text):
    assert one(parse_count, text) == "not_count"


NOON = datetime(2026, 5, 20, 4, 5, 6, tzinfo=UTC)  # 12:05:06 in China


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-20 12:05:06", NOON),
        ("2026/05/20 12:05:06", NOON),
        ("2026/5/20 12:5:6", NOON),
        ("2026.05.20 12:05:06", NOON),
        ("2026年05月20日 12:05:06", NOON),
        ("2026年5月20日12时05分06秒", NOON),
        ("2026-05-20T12:05:06", NOON),
        ("2026-05-20T12:05:06+08:00", NOON),
        ("2026-05-20T04:05:06Z", NOON),
        ("2026-05-20 12:05:06.0", NOON),
        ("\t2026-05-20  12:05:06 ", NOON),
        ("2026-05-20 12:05", NOON - timedelta(seconds=6)),
        ("2026-05-20", datetime(2026, 5, 19, 16, tzinfo=UTC)),
        ("20260520", datetime(2026, 5, 19, 16, tzinfo=UTC)),
        ("46162", datetime(2026, 5, 19, 16, tzinfo=UTC)),
        ("46162.5", datetime(2026, 5, 20, 4, tzinfo=UTC)),
        ("1779249906", NOON),
        ("1779249906000", NOON),
        ("0", None),
        ("1", None),
        ("-", None),
        ("--", None),
        (None, None),
        ("2026-13-01 00:00:00", "not_time"),
        ("2026-02-30", "not_time"),
        ("2026-05-20 24:00:00", "not_time"),
        ("1899-12-30 00:00:00", "not_time"),
        ("2126-05-20 12:05:06", "not_time"),
        ("12:05:06", "not_time"),
        ("x", "not_time"),
        ("9999999999", "not_time"),
    ],
)
def test_moments(text, moment):
    assert one(parse_moment, text, "Asia/Shanghai") == moment


def test_times_that_the_clocks_skipped_are_refused_and_repeated_ones_are_the_first():
    zone = "Europe/Berlin"
    assert one(parse_moment, "2026-03-29 02:30:00", zone) == "not_time"
    assert one(parse_moment, "2026/3/29 2:30", zone) == "not_time"
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert one(parse_moment, "2026-10-25 02:30:00", zone) == first
    assert one(parse_moment, "2026/10/25 2:30", zone) == first


@given(st.datetimes(datetime.fromisoformat("2000-01-02"), datetime.fromisoformat("2099-12-30")))
def test_every_second_is_read_exactly(moment):
    moment = moment.replace(microsecond=0)
    expected = moment.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
    for pattern in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H:%M:%S"):
        assert one(parse_moment, moment.strftime(pattern), "Asia/Shanghai") == expected


def test_words():
    read = parse_word(pl.Series(["已付款", " 已 付款\t", "已付款\u200b", "-", None, "别的"]), {"已付款": "paid"})
    assert read.values.to_list() == ["paid", "paid", "paid", None, None, None]
    assert read.refused.to_list() == [None, None, None, None, None, "unknown_status"]


def test_tidy_keeps_what_is_inside():
    cells = pl.Series(["\ufeff a b\t", "'x'", "👩‍💻", "——", "- x"])
    assert tidy(cells).to_list() == ["a b", "x'", "👩‍💻", None, "- x"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, None),
        ("", None),
        ("x\0y", "xy"),
        (True, "true"),
        (2614000000000001.0, "2614000000000001"),
        (29.02, "29.02"),
        (0.1 + 0.2, "0.3"),
        (0.00001, "0.00001"),
        (6.99e18, "6.99000000000000E+18"),
        (float(2**53), "9.00719925474099E+15"),
        (float("nan"), "NAN"),
        (datetime.fromisoformat("2026-05-01 01:02:03"), "2026-05-01 01:02:03"),
        (datetime.fromisoformat("2026-05-01 23:59:59.999"), "2026-05-02 00:00:00"),
        (datetime.fromisoformat("2026-05-01").date(), "2026-05-01"),
    ],
)
def test_typed_cells_as_text(cell, text):
    assert cell_text(cell) == text
