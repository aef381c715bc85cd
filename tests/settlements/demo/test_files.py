"""The demo's platform files are real ones: the product's own readers take every row, and every day the same."""

import hashlib
from pathlib import Path

import pytest

from mcn.sales.importers.files import open_sales_file
from mcn.settlements.demo.agencies import AGENCIES, BEICHEN, XINGHE, DemoAgency
from mcn.settlements.demo.orders import orders

FORMATS = {
    "抖音精选联盟": "douyin_alliance",
    "视频号优选联盟": "wechat_league",
    "淘宝联盟订单": "taobao_union",
    "淘宝联盟维权": "taobao_refunds",
    "快分销": "kuaishou_orders",
}


@pytest.mark.parametrize("agency", AGENCIES, ids=lambda agency: agency.slug)
def test_every_row_of_every_file_is_read(agency: DemoAgency, tmp_path: Path) -> None:
    rows = 0
    for file in agency.platform_files():
        path = tmp_path / file.name
        path.write_bytes(file.content)
        with open_sales_file(path, name=file.name, zone="Asia/Shanghai") as sales:
            assert sales.format == FORMATS[file.name.split("_")[0]]
            for batch in sales.batches():
                assert batch.rejected.height == 0, batch.rejected
                rows += batch.frame.height
    assert rows > (4000 if agency is XINGHE else 900)


def test_they_are_the_same_on_every_machine() -> None:
    digests = [[hashlib.sha256(file.content).digest() for file in BEICHEN.platform_files()] for _ in range(2)]
    assert digests[0] == digests[1]


def test_the_agencies_have_order_numbers_and_accounts_in_common() -> None:
    numbers = [
        {(order.stream.platform, order.stream.account_id, order.number) for order in orders(agency.streams, seed="")}
        for agency in AGENCIES
    ]
    assert len(numbers[0] & numbers[1]) > 200


def test_refunds_of_every_kind_happen() -> None:
    sold = orders(XINGHE.streams, seed=XINGHE.slug, nights=XINGHE.nights)
    refunded = [order for order in sold if order.refunds]
    assert any(order.refunds[0].at < order.settled_at and order.refunds[0].fen == order.paid_fen for order in refunded)
    assert any(order.refunds[0].at < order.settled_at and order.refunds[0].fen < order.paid_fen for order in refunded)
    assert any(order.refunds[0].at > order.settled_at and order.refunds[0].fen == order.paid_fen for order in refunded)
    assert any(order.refunds[0].at > order.settled_at and order.refunds[0].fen < order.paid_fen for order in refunded)
    assert any(len(order.refunds) == 2 for order in refunded)
    assert all(sum(refund.fen for refund in order.refunds) <= order.paid_fen for order in refunded)
