"""Months and business dates (docs/money.md §0)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.periods import Period, business_date, business_day_start, settling_period

SHANGHAI = ZoneInfo("Asia/Shanghai")
PERIODS = st.builds(Period, st.integers(2000, 2100), st.integers(1, 12))


@given(PERIODS)
def test_is_half_open_and_without_gaps(period):
    assert period.start in period
    assert period.last_day in period
    assert period.end not in period
    assert period.next.start == period.end
    assert period.next.previous == period
    assert period < period.next
    assert Period.parse(str(period)) == period
    assert Period.of(period.last_day) == period


@pytest.mark.parametrize("text", ["2026-7", "2026-13", "2026-00", "202607", "2026-07-01", "", "２０２６-07"])
def test_refuses_what_is_no_month(text):
    with pytest.raises(ValueError):
        Period.parse(text)


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (0, 1), (9999, 1)])
def test_refuses_months_that_do_not_exist(year, month):
    with pytest.raises(ValueError):
        Period(year, month)


@pytest.mark.parametrize(
    ("moment", "starts", "day"),
    [
        ("2026-06-30T15:59:59+00:00", time(0), date(2026, 6, 30)),
        ("2026-06-30T16:00:00+00:00", time(0), date(2026, 7, 1)),
        ("2026-07-01T00:00:00+08:00", time(0), date(2026, 7, 1)),
        ("2026-07-01T03:59:59+08:00", time(4), date(2026, 6, 30)),
        ("2026-07-01T04:00:00+08:00", time(4), date(2026, 7, 1)),
    ],
)
def test_business_date(moment, starts, day):
    assert business_date(datetime.fromisoformat(moment), SHANGHAI, starts) == day


def test_a_moment_without_offset_has_no_business_date():
    with pytest.raises(ValueError, match="offset"):
        business_date(datetime(2026, 7, 1), SHANGHAI)  # noqa: DTZ001


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from([time(0), time(4), time(6, 30)]))
def test_a_business_day_starts_where_the_one_before_ends(day, starts):
    start = business_day_start(day, SHANGHAI, starts)
    assert start.tzinfo == UTC
    assert business_date(start, SHANGHAI, starts) == day
    assert business_date(start - timedelta(microseconds=1), SHANGHAI, starts) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("own", "last_closed", "settles"),
    [
        ("2026-06", None, "2026-06"),
        ("2026-06", "2026-05", "2026-06"),
        ("2026-06", "2026-06", "2026-07"),
        ("2026-03", "2026-12", "2027-01"),
        ("2026-08", "2026-06", "2026-08"),
    ],
)
def test_a_late_event_settles_after_the_last_closed_month(own, last_closed, settles):
    closed = Period.parse(last_closed) if last_closed else None
    assert str(settling_period(Period.parse(own), closed)) == settles
