"""Generated months of a large agency: a Douyin order list of 47 columns, and the refunds of the next export.
Every twentieth anchor shares its evening sessions with a co-host, every fourth was brought by a recruiter.

The same numbers every time: everything is drawn from hashes of the line's place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

AGENCY = "bench"
ANCHORS = 200
PRODUCTS = 500
CLAWBACKS_ONE_IN = 40  # of the settled lines: 2 % of all
RECRUITER = "G01"
SUBMITTER, APPROVER = "finance@example.com", "owner@example.com"  # behind the agency's slug
RECRUITED_ONE_IN = 4
HOSTED_ONE_IN = 20
FIRST_ORDER = 6_990_000_000_000_000_000
CHUNK = 100_000

_DAY = 86_400
_SETTLED, _RECEIVED, _REFUNDED, _PAID = "订单结算", "订单收货", "订单退货退款", "订单付款"


@dataclass(frozen=True)
class Month:
    """A month of the generated agency, counted from July 2026. Up to the 30th all contracts are in force."""

    number: int = 0

    @property
    def first(self) -> date:
        years, months = divmod(6 + self.number, 12)
        return date(2026 + years, 1 + months, 1)

    @property
    def last(self) -> date:
        return Month(self.number + 1).first - timedelta(days=1)

    @property
    def period(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def exported_at(self) -> str:
        """When the platform wrote the order list, local time."""
        return f"{self.last}T23:00"

    @property
    def refunds_exported_at(self) -> str:
        return f"{self.last}T23:30"

    @property
    def start(self) -> int:
        """Its first second, of the local clock as the file has it."""
        return int(datetime(self.first.year, self.first.month, 1, tzinfo=UTC).timestamp())

    @property
    def seconds(self) -> int:
        """So long the settlements go on."""
        return self.last.day * _DAY - 7_200


FIRST = Month()
PERIOD = FIRST.period
EXPORTED_AT = FIRST.exported_at
REFUNDS_EXPORTED_AT = FIRST.refunds_exported_at


def account_of(number: int) -> str:
    """Account id of anchor 0 … ANCHORS - 1."""
    return str(10_000_000_000 + number)


def write_agency(path: Path, slug: str = AGENCY, anchors: int = ANCHORS) -> None:
    """The agency file: every anchor has an account and a contract with rules for three platforms."""
    people = "".join(_anchor(number) for number in range(anchors))
    sessions = "".join(_session(number, day) for number in range(0, anchors, HOSTED_ONE_IN) for day in range(-16, 17))
    path.write_text(
        f"version: 1\n"
        f"agency: {{slug: {slug}, name: 测速传媒, platform_fee_rates: {{douyin: '0.10'}}}}\n"
        f"agents:\n  - {{code: {RECRUITER}, name: 示例经纪, payee: {{kind: company, legal_name: 示例经纪公司}}}}\n"
        f"staff:\n  - {{email: {slug}-{SUBMITTER}, name: 示例财务, roles: [finance]}}\n"
        f"  - {{email: {slug}-{APPROVER}, name: 示例老板, roles: [owner]}}\n"
        f"anchors:\n{people}sessions:\n{sessions}",
        encoding="utf-8",
    )


def _session(number: int, day: int) -> str:
    """An evening of an anchor and the next one, on a day counted from 1 July."""
    on = date(2026, 7, 1) + timedelta(days=day)
    hosts = f"[{{anchor: A{number:03d}, weight: '0.60'}}, {{anchor: A{number + 1:03d}, weight: '0.40'}}]"
    return (
        f"  - {{code: L{number:03d}-{on:%m%d}, platform: douyin, account_id: '{account_of(number)}',"
        f" starts_at: '{on}T19:00', ends_at: '{on}T23:00', hosts: {hosts}}}\n"
    )


def _anchor(number: int) -> str:
    code, mode = f"A{number:03d}", "slab" if number % 2 else "marginal"
    steps = "[{up_to: '200000.00', rate: '0.30'}, {up_to: '500000.00', rate: '0.35'}, {rate: '0.40'}]"
    override = f"""            overrides:
              - {{payee: {RECRUITER}, income: commission, basis: agency_share, rate: "0.05", from: 2026-01-01}}
"""
    tiered = f"tiers: {{metric: net_gmv, mode: {mode}, steps: {steps}}}"
    return f"""
  - code: {code}
    stage_name: 主播{number}
    payee: {{kind: {"company" if number % 5 == 0 else "labour"}, legal_name: 姓名{number}}}
    accounts:
      - {{platform: douyin, account_id: "{account_of(number)}", nickname: 示例主播{number}, from: 2026-01-01}}
    contracts:
      - number: B-{code}
        starts_on: 2026-01-01
        ends_on: 2028-12-31
        versions:
          - from: 2026-01-01
            splits:
              - {{income: commission, scope: {{platform: douyin}}, {tiered}}}
              - {{income: commission, scope: {{platform: kuaishou}}, rate: "0.45"}}
              - {{income: commission, scope: {{platform: wechat}}, rate: "0.50"}}
              - {{income: commission, rate: "0.35"}}
{override if number % RECRUITED_ONE_IN == 0 else ""}"""


def write_month(path: Path, lines: int, month: Month = FIRST) -> None:
    """The month's order list: 80 % settled in the month, the rest received, refunded or paid."""
    _write(path, (_rows(start, min(CHUNK, lines - start), lines, month) for start in range(0, lines, CHUNK)))


def write_refunds(path: Path, lines: int, month: Month = FIRST) -> None:
    """The lines of that list, two in a hundred, that were refunded after they had been settled."""
    _write(path, (_refunded(_rows(start, min(CHUNK, lines - start), lines, month)) for start in range(0, lines, CHUNK)))


def write_sample(month: Path, path: Path, one_in: int) -> int:
    """Every `one_in`-th row of the month, under the same header; returns how many."""
    count = 0
    with month.open("rb") as source, path.open("wb") as target:
        target.write(next(source))
        for number, row in enumerate(source):
            if number % one_in == 0:
                target.write(row)
                count += 1
    return count


@dataclass(frozen=True)
class Known:
    """What the generator knows of the month, reckoned from its own numbers; amounts in fen."""

    events: int
    clawbacks: int
    base: int
    pool: int
    pool_back: int


def known(lines: int) -> Known:
    """The month's events, and what the refunds take back of them."""
    found = [0, 0, 0, 0, 0]
    for start in range(0, lines, CHUNK):
        rows = _with_money(_drawn(start, min(CHUNK, lines - start), lines, FIRST))
        settled = rows.filter(pl.col("status") == _SETTLED)
        back = rows.filter((pl.col("status") == _SETTLED) & (pl.int_range(pl.len()) % CLAWBACKS_ONE_IN == 0))
        for place, number in enumerate(
            (settled.height, back.height, settled["base"].sum() - back["base"].sum(), settled["pool"].sum(),
             back["pool"].sum())
        ):  # fmt: skip
            found[place] += number
    return Known(*found)


def _write(path: Path, frames: Iterator[pl.DataFrame]) -> None:
    with path.open("wb") as target:
        for number, frame in enumerate(frames):
            frame.write_csv(target, include_header=number == 0, quote_style="never")


def _draw(seed: int, count: int) -> pl.Expr:
    return (pl.col("i").hash(seed) % count).cast(pl.Int64)


def _yuan(fen: str) -> pl.Expr:
    return pl.concat_str(pl.col(fen) // 100, (pl.col(fen) % 100).cast(pl.String).str.zfill(2), separator=".")


def _time(seconds: str) -> pl.Expr:
    return pl.from_epoch(pl.col(seconds)).dt.strftime("%Y-%m-%d %H:%M:%S")


def _rows(start: int, count: int, lines: int, month: Month) -> pl.DataFrame:
    return _as_file(_with_money(_drawn(start, count, lines, month)))


def _drawn(start: int, count: int, lines: int, month: Month) -> pl.DataFrame:
    before = month.number * lines
    drawn = pl.DataFrame({"i": pl.arange(start, start + count, eager=True)}).with_columns(
        order=FIRST_ORDER + (before + pl.col("i")) * 7_919 + _draw(1, 7_919),
        product=_draw(2, PRODUCTS),
        anchor=_draw(3, ANCHORS),
        price=_draw(4, 490) * 100 + 990,
        percent=_draw(5, 26) + 10,
        state=_draw(6, 100),
        partial=_draw(7, 100) == 0,
        settled_s=month.start + pl.col("i") * month.seconds // lines,
    )
    word = (
        pl.when(pl.col("state") < 80)
        .then(pl.lit(_SETTLED))
        .when(pl.col("state") < 88)
        .then(pl.lit(_RECEIVED))
        .when(pl.col("state") < 95)
        .then(pl.lit(_REFUNDED))
        .otherwise(pl.lit(_PAID))
    )
    return drawn.with_columns(
        status=word,
        base=pl.when(pl.col("state") >= 80).then(0).when("partial").then(pl.col("price") // 2).otherwise("price"),
        paid_s=pl.col("settled_s") - 15 * _DAY,
        received_s=pl.col("settled_s") - 12 * _DAY,
    )


def _with_money(drawn: pl.DataFrame) -> pl.DataFrame:
    """Commission, and the pool: commission less the fee of 10 %, each rounded to a fen."""
    return drawn.with_columns(
        estimate=(pl.col("price") * pl.col("percent") + 50) // 100,
        commission=(pl.col("base") * pl.col("percent") + 50) // 100,
    ).with_columns(pool=pl.col("commission") - (pl.col("commission") + 5) // 10)


def _as_file(drawn: pl.DataFrame) -> pl.DataFrame:
    """The 47 columns, in the platform's order."""
    settled, received = pl.col("status") == _SETTLED, pl.col("status").is_in([_SETTLED, _RECEIVED])
    fixed = {
        "商品来源": "-", "尾款支付时间": "", "定金金额": "0.00", "店铺id": "200000001\t", "店铺名称": "示例旗舰店",
        "商品数量": "1", "佣金发票": "是", "冻结比例": "0%", "是否阶梯佣金": "否", "门槛销量": "", "基础佣金率": "",
        "升佣佣金率": "", "预估奖励佣金支出": "0.00", "结算奖励佣金支出": "0.00", "阶梯计划ID": "", "支付补贴": "0.00",
        "平台补贴": "0.00", "达人补贴": "0.00", "运费": "0.00", "税费": "0.00", "运费补贴": "0.00", "分销来源": "",
        "营销活动id": "", "推广费率": "0.00%", "推广技术服务费": "0.00", "预估推广费支出": "0.00",
        "结算推广费支出": "0.00", "佣金类型": "指定达人佣金", "订单来源": "抖音", "流量细分来源": "直播",
        "流量来源": "直播",
        "订单类型": "非商品卡",
    }  # fmt: skip
    return drawn.select(
        pl.concat_str("order", pl.lit("\t")).alias("订单id"),
        pl.concat_str(3_800_000_000_000_000_000 + pl.col("product"), pl.lit("\t")).alias("商品id"),
        pl.concat_str(pl.lit("示例商品 夏季新款 "), "product").alias("商品名称"),
        pl.concat_str(pl.lit("示例主播"), "anchor").alias("作者账号"),
        (10_000_000_000 + pl.col("anchor")).cast(pl.String).alias("抖音/火山号"),
        _yuan("price").alias("支付金额"),
        pl.concat_str("percent", pl.lit(".00%")).alias("佣金率"),
        _yuan("estimate").alias("预估佣金支出"),
        _yuan("base").alias("结算金额"),
        _yuan("commission").alias("实际佣金支出"),
        pl.col("status").alias("订单状态"),
        pl.lit("").alias("超时未结算原因"),
        _time("paid_s").alias("付款时间"),
        pl.when(received).then(_time("received_s")).otherwise(pl.lit("-")).alias("收货时间"),
        pl.when(settled).then(_time("settled_s")).otherwise(pl.lit("-")).alias("订单结算时间"),
        *(pl.lit(value).alias(name) for name, value in fixed.items()),
    )


def _refunded(rows: pl.DataFrame) -> pl.DataFrame:
    place = pl.int_range(pl.len())
    return rows.filter((pl.col("订单状态") == _SETTLED) & (place % CLAWBACKS_ONE_IN == 0)).with_columns(
        pl.lit("0.00").alias("结算金额"),
        pl.lit("0.00").alias("实际佣金支出"),
        pl.lit(_REFUNDED).alias("订单状态"),
        pl.lit("-").alias("订单结算时间"),
    )
