"""Business days and months of whole columns are those of single moments."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from mcn.core.periods import business_date
from mcn.sales.importers.lines import MOMENT
from mcn.sales.services.staging import Calendar

SECONDS = st.integers(
    int(datetime(1995, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2040, 1, 1, tzinfo=UTC).timestamp())
)
MOMENTS = st.lists(st.none() | SECONDS.map(lambda second: datetime.fromtimestamp(second, UTC)), max_size=20)
ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York", "Asia/Kolkata"])
STARTS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))


@given(moments=MOMENTS, zone=ZONES, start=STARTS)
def test_days_and_months_are_those_of_every_moment(moments: list[datetime | None], zone: str, start: time) -> None:
    calendar = Calendar(zone, start)
    frame = pl.DataFrame({"paid_at": pl.Series(moments, dtype=MOMENT)})
    days = [moment and business_date(moment, ZoneInfo(zone), start) for moment in moments]
    assert frame.select(calendar.days("paid_at")).to_series().to_list() == days
    assert calendar.months(frame, "paid_at").to_list() == [day and f"{day:%Y-%m}" for day in days]
    assert [calendar.month(moment) for moment in moments if moment] == [f"{day:%Y-%m}" for day in days if day]
