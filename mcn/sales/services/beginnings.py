"""How lines begin that are new to the agency: their first event, and what both add to the stored sums.

The rules are those of docs/money.md §1–2, for whole batches of rows, while the database takes in the batch before. What
is usual is left empty, and need not be sent to the database: an event at the settlement that settles in its own month.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import polars as pl

from mcn.core import columns
from mcn.core.money import RATE_PLACES
from mcn.sales.models import EarningEvent, OrderLine
from mcn.sales.services import staging

_AMOUNTS = ("set_base", "set_gross", "set_holder")
_UNSETTLED = (OrderLine.Status.PAID, OrderLine.Status.SHIPPED, OrderLine.Status.RECEIVED)


@dataclass(frozen=True)
class Beginning:
    """What decides how a line begins, beside its row.

    `fee_rate`: the agency's for the platform, for files that carry no fee. `exported_at` dates what the file does not
    date. `settles`: month of an event → month that settles it.
    """

    calendar: staging.Calendar
    exported_at: datetime
    fee_rate: Decimal
    settles: Callable[[str], str]

    def added_to(self, staged: pl.DataFrame) -> pl.DataFrame:
        """Staged rows (`staging.staged`) with `staging.BEGINNING`, `pool` and `event_on`, as if each line were new.

        Money that rises is dated by its settlement, money that starts below nothing by the change. Without money
        there is no event, and no `event_month`. A fee that the file does not carry is the agency's rate of the
        commission.
        """
        given, gross = pl.col("set_fee"), pl.col("set_gross")
        fee = given.fill_null(derived_fee(gross, self.fee_rate))
        money = staged.with_columns(pl.col(_AMOUNTS).fill_null(0)).with_columns(
            new_fee=fee, fee_derived=pl.when(given.is_null() & (gross != 0)).then(pl.lit(True)), pool=gross - fee
        )
        amounts = [pl.col(name) for name in ("pool", "set_base", "set_holder", "set_gross")]
        rises = pl.coalesce(*(pl.when(amount != 0).then(amount) for amount in amounts), 0) > 0
        exported = pl.lit(self.exported_at).dt.convert_time_zone("UTC").dt.timestamp("us")
        changed = pl.col("changed_us").fill_null(exported)
        dated = money.select(
            pl.any_horizontal(pl.col(*_AMOUNTS, "new_fee") != 0).alias("any"),
            pl.when(rises).then(pl.col("settled_us").fill_null(changed)).otherwise(changed).alias("us"),
            pl.when(~rises).then(pl.lit(EarningEvent.Kind.CLAWBACK)).alias("kind"),
            (pl.col("settled_us").is_null() | ~rises).alias("unusual"),
        ).with_columns(pl.from_epoch("us", "us").dt.replace_time_zone("UTC").alias("at"))
        months = self.calendar.months(dated, "at")
        settling = {month: self.settles(month) for month in months.unique()}
        later = {month: settled for month, settled in settling.items() if settled != month}
        some = pl.col("any")
        event = dated.with_columns(months.alias("month")).select(
            pl.when(some).then("month").alias("event_month"),
            pl.when(some).then("kind").alias("event_kind"),
            pl.when(some & pl.col("unusual")).then("us").alias("event_us"),
            pl.when(some)
            .then(pl.col("month").replace_strict(later, default=None, return_dtype=pl.String))
            .alias("settle_month"),
            pl.when(some).then(self.calendar.days("at")).alias("event_on"),
        )
        begun = money.select("new_fee", "fee_derived", "pool").hstack(event)
        return staged.with_columns(begun.get_columns())  # rows that have begun already may come again


def derived_fee(amount: pl.Expr, rate: Decimal) -> pl.Expr:
    """R(amount × rate) of whole fen, whatever the amount's size."""
    unit = 10**RATE_PLACES
    return columns.round_ratio(amount, int(rate * unit), unit)


@dataclass(frozen=True)
class Sums:
    """What so many new lines add to the stored sums: of days of payment, of days of events, and of how long
    settlements took.

    `events`: their events by kind, own month and settling month, with number, base and pool.
    """

    lines: int
    days: pl.DataFrame
    settled: pl.DataFrame
    lags: pl.DataFrame
    events: pl.DataFrame

    @classmethod
    def of(cls, new: pl.DataFrame) -> "Sums":
        """Those of rows of new lines, as `Beginning.added_to` leaves them."""
        names = (pl.when(pl.col(name) != "").then(name) for name in ("account_key", "account_name"))
        lines = new.with_columns(
            pl.col("est_base", "est_gross").fill_null(0), account_key=pl.coalesce(*names).fill_null("")
        )
        events = lines.filter(pl.col("event_month").is_not_null())
        invalid, unsettled = pl.col("status") == OrderLine.Status.INVALID, pl.col("status").is_in(_UNSETTLED)
        gmv = pl.when(pl.col("est_base") != 0).then(pl.col("est_base")).otherwise(pl.col("set_base"))
        rises = pl.col("event_kind").is_null()
        lag = (pl.col("event_on") - pl.col("paid_on")).dt.total_days().clip(0)
        return cls(
            lines=new.height,
            days=lines.group_by("platform", "account_key", day="paid_on").agg(
                lines=pl.len(),
                invalid_lines=invalid.sum(),
                gmv=gmv.filter(~invalid).sum(),
                estimated_gross=pl.col("est_gross").sum(),
                settled_base=pl.col("set_base").sum(),
                settled_pool=pl.col("pool").sum(),
                new_lines=pl.len(),
                changed_lines=pl.lit(0),
                open_lines=unsettled.sum(),
                open_estimate=pl.col("est_gross").filter(unsettled).sum(),
            ),
            settled=events.group_by("platform", "account_key", day="event_on").agg(
                settled=rises.sum(),
                supplements=pl.lit(0),
                clawbacks=(~rises).sum(),
                base=pl.col("set_base").sum(),
                gross=pl.col("set_gross").sum(),
                fee=pl.col("new_fee").sum(),
                holder=pl.col("set_holder").sum(),
            ),
            lags=events.filter(rises & pl.col("paid_on").is_not_null())
            .group_by("platform", settled_month="event_month", days=lag)
            .agg(lines=pl.len()),
            events=events.group_by(
                pl.col("event_kind").fill_null(EarningEvent.Kind.SETTLED),
                "event_month",
                pl.col("settle_month").fill_null(pl.col("event_month")),
            ).agg(count=pl.len(), base=pl.col("set_base").sum(), pool=pl.col("pool").sum()),
        )


def by_table(found: Sequence[Sums]) -> dict[str, pl.DataFrame]:
    """All of them together, by the table of the import that collects such sums (sql/stage.sql)."""
    if not found:
        return {}
    days, settled, lags = (pl.concat(getattr(one, name) for one in found) for name in ("days", "settled", "lags"))
    on_day = ("platform", "account_key", "day")
    return {
        "day_changes": days.group_by(on_day).agg(pl.all().sum()),
        "settled_changes": settled.group_by(on_day).agg(pl.all().sum()),
        "lag_changes": lags.group_by("platform", "settled_month", "days").agg(pl.all().sum()),
    }
