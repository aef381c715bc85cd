"""What is proposed for the columns of a file that nobody has mapped yet."""

import polars as pl
import pytest

from mcn.sales.importers import FORMATS
from mcn.sales.importers.layouts import STATES
from mcn.sales.importers.proposals import header_row, proposed, word_state
from mcn.sales.importers.trial import Sample
from tests.sales.platform_files import rows_of


def sample_of(rows: list[list[str]]) -> Sample:
    cells = {name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])}
    return Sample(pl.DataFrame({"row_number": range(2, len(rows) + 1), **cells}))


def test_the_header_is_found_below_titles() -> None:
    preview = [["机构订单"], ["导出时间", "2026-08-01"], ["订单id", "商品id", "结算金额"], ["6990", "1", "2.00"]]
    assert header_row(preview) == 2
    assert header_row([["甲", "乙"], ["1", "2"]]) == 0


@pytest.mark.parametrize("code", ["douyin_alliance", "taobao_union", "kuaishou_orders", "kuaishou_api"])
def test_what_is_known_of_the_platforms_files_is_proposed(code: str) -> None:
    layout, platform = proposed(sample_of(rows_of(code)))
    assert platform == FORMATS[code].platform
    assert {"order_key", "paid_at", "status", "settled_at"} <= layout.columns.keys()
    assert set(layout.states.values()) <= STATES.keys()


def test_an_own_list_is_proposed_from_its_words() -> None:
    rows = [
        ["店铺订单号", "主播昵称", "付款日期", "结算日期", "状态", "成交金额(元)", "佣金比例", "买家手机"],
        ["D1", "小鹿", "01/07/2026", "", "待结算", "10", "12%", "138"],
        ["D2", "小鹿", "01/07/2026", "02/08/2026", "已结清", "10", "12%", "138"],
    ]
    layout, platform = proposed(sample_of(rows))
    assert platform == ""
    assert layout.columns == {
        "order_key": "店铺订单号", "account_name": "主播昵称", "paid_at": "付款日期", "settled_at": "结算日期",
        "status": "状态", "est_base": "成交金额(元)", "set_base": "成交金额(元)", "set_gross": "佣金比例",
        "est_gross": "佣金比例",
    }  # fmt: skip
    assert (layout.unit("set_gross"), layout.states) == ("percent", {"待结算": "received", "已结清": "settled"})


def test_the_parts_of_a_commission_after_the_fee_are_proposed_together() -> None:
    """总佣金 = 技术服务费 + 达人 + 机构: both parts together are the commission net of the fee."""
    parts = ["预估佣金收入-机构", "预估佣金收入-达人", "结算佣金收入-机构", "结算佣金收入-达人"]
    header = [
        "订单id",
        "抖音/火山号",
        "成交金额",
        "总佣金",
        "技术服务费",
        *parts,
        "订单状态",
        "订单支付时间",
        "达人补贴",
    ]
    row = ["6990", "1", "99.00", "19.80", "1.98", "5.35", "12.47", "5.35", "12.47", "订单结算", "2026-05-01 10:00", "0"]
    layout, platform = proposed(sample_of([header, row]))
    assert (platform, layout.net, "set_fee" in layout.columns, "account_name" in layout.columns) == (
        "douyin", True, False, False,
    )  # fmt: skip
    assert [layout.columns[name] for name in ("set_gross", "set_gross_2", "set_holder", "set_agency")] == [
        parts[2], parts[3], parts[3], parts[2],
    ]  # fmt: skip
    assert layout.problems() == {}


@pytest.mark.parametrize(
    ("dates", "way"),
    [
        (["01/07/2026", "13/07/2026 10:00"], "dmy"),
        (["07/01/2026", "07.13.2026"], "mdy"),
        (["01/07/2026", "02/07/2026"], "auto"),  # nothing tells: a person has to
        (["13/07/2026", "07/13/2026"], "auto"),
        (["2026-07-13", "99/99/2026"], "auto"),
    ],
)
def test_how_dates_are_written_is_proposed_where_a_day_tells(dates: list[str], way: str) -> None:
    rows = [["订单号", "付款时间"], *(["D1", date] for date in dates)]
    assert proposed(sample_of(rows))[0].times == way


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("已付款", "paid"),
        ("待付款", "unpaid"),
        ("部分退款", "reduced"),
        ("交易关闭", "invalid"),
        ("交易成功", "received"),
        ("？", ""),
    ],
)
def test_words_of_a_status(word: str, state: str) -> None:
    assert word_state(word) == state


def test_the_name_of_an_anchor_is_no_buyers_data() -> None:
    columns = sample_of([["主播姓名", "达人姓名", "姓名", "收货人姓名", "买家姓名"], ["a", "b", "c", "d", "e"]]).columns
    assert columns == ["主播姓名", "达人姓名"]
