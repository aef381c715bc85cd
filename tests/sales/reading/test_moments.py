"""Times in a way of writing that somebody named: exactly that one is read."""

from datetime import UTC, datetime

import polars as pl
import pytest

from mcn.sales.reading.moments import WAYS, parse_written

ZONE = "Asia/Shanghai"


def one(text: str | None, way: str) -> datetime | str | None:
    """The moment on the agency's clock, or the code of the reason why there is none."""
    parsed = parse_written(pl.Series("time", [text], dtype=pl.String), ZONE, way)
    reason = None if parsed.refused is None else parsed.refused[0]
    return reason or parsed.values[0]


@pytest.mark.parametrize(
    ("way", "text"),
    [
        ("auto", "2026-07-03 19:30"),
        ("ymd", "2026/7/3 19:30:00"),
        ("ymd", "2026年7月3日 19:30"),
        ("dmy", "03/07/2026 19:30"),
        ("dmy", "3.7.2026 19:30:00"),
        ("dmy", "3-7-2026, 19:30"),
        ("dmy", "2026-07-03 19:30:00"),  # a typed date of a workbook in the same column
        ("mdy", "07/03/2026 19:30"),
        ("mdy", "'7/3/2026 19:30:00"),
        ("digits", "20260703193000"),
        ("digits", "20260703 193000"),
        ("seconds", "1783078200"),
        ("milliseconds", "1783078200000"),
        ("serial", "46206.8125"),
    ],
)
def test_the_named_way_is_read(way: str, text: str) -> None:
    assert one(text, way) == datetime(2026, 7, 3, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(("way", "text"), [("dmy", "31/12/2026"), ("mdy", "12/31/2026"), ("digits", "20261231")])
def test_a_date_alone_is_its_beginning(way: str, text: str) -> None:
    assert one(text, way) == datetime(2026, 12, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("way", "text"),
    [
        ("ymd", "03/07/2026"),
        ("ymd", "1783078200"),
        ("dmy", "07/13/2026"),
        ("dmy", "03/07/26"),
        ("dmy", "1783078200"),
        ("mdy", "13/07/2026"),
        ("digits", "2026-07-03"),
        ("digits", "20261301"),
        ("digits", "202607"),
        ("seconds", "1783078200000"),
        ("milliseconds", "1783078200"),
        ("serial", "20260703"),
        ("auto", "03/07/2026"),
    ],
)
def test_another_way_is_refused_and_not_guessed(way: str, text: str) -> None:
    assert one(text, way) == "not_time"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("text", [None, "", "-", "--"])
def test_nothing_is_no_time(way: str, text: str | None) -> None:
    assert one(text, way) is None


@pytest.mark.parametrize("way", ["seconds", "milliseconds"])
def test_zero_means_not_yet(way: str) -> None:
    assert one("0", way) is None


def test_refused_cells_keep_their_place_among_others() -> None:
    parsed = parse_written(pl.Series(["x", "03/07/2026", None, "99/07/2026"]), ZONE, "dmy")
    assert parsed.refused is not None
    assert parsed.refused.to_list() == ["not_time", None, None, "not_time"]
    assert parsed.values.is_null().to_list() == [True, False, True, True]
