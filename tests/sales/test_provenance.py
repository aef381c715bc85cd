"""Where a line comes from can be shown to the cell."""

import io
import zipfile

import pytest

from mcn.sales.provenance import raw_row
from tests.sales.platform_files import as_csv, rows_of, with_cell
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_line_shows_the_row_it_comes_from(desk: Desk) -> None:
    desk.bring(rows_of("douyin_alliance"))
    changed = with_cell(rows_of("douyin_alliance"), 4, "实际佣金支出", "21.00")
    desk.bring(changed, exported_at="2026-07-01 00:00")
    line = desk.line("6990000000000000104")
    with desk.reading():
        row = raw_row(line)
    assert (row["订单id"], row["实际佣金支出"], row["作者账号"]) == ("6990000000000000104\t", "21.00", "示例主播甲")


def test_a_line_from_an_archive_shows_the_row_of_its_own_table(desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for code in ("douyin_alliance", "taobao_union"):
            archive.writestr(f"{code}.csv", as_csv(rows_of(code)))
    desk.bring(packed.getvalue(), name="both.zip")
    line = desk.line("2090000000000000103")
    with desk.reading():
        assert raw_row(line)["结算预估收入"] == "23.90"


def test_a_line_that_only_a_refund_names_has_no_row(desk: Desk) -> None:
    desk.bring(rows_of("taobao_refunds"))
    line = desk.line("2090000000000000199")
    with desk.reading():
        assert raw_row(line) == {}
