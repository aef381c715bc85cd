"""Operations bring in files and mend what belongs to nobody, in both languages, at the desk and on the phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcn.accounts.permissions import Role
from mcn.sales.models import OrderLine
from mcn.settlements.models import Period
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.console.sold import ACCOUNT, SETTLED_ORDER, bring, orders, refunded, run_jobs, sold


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_pages_of_sales(world: World, open_as: Callable[..., Watched], language: str, size: str) -> None:
    done = sold(world, holds_account=False)
    looked_at = bring(world, refunded(), name="六月订单.csv", preview=True)
    with world.open():
        Period.objects.filter(code="2026-05").update(state=Period.State.CLOSED)
        line = OrderLine.objects.get(order_key=SETTLED_ORDER)
    watched = open_as(world.user(Role.OPERATIONS), language=language, size=size)
    for path in (
        "/?month=2026-05",
        "/sales/upload/",
        "/sales/imports/",
        f"/sales/imports/{done.pk}/",
        f"/sales/imports/{looked_at.pk}/",
        "/sales/lines/",
        "/sales/lines/?q=1",
        f"/sales/lines/{line.pk}/",
        f"/sales/lines/{line.pk}/?as_of=2026-05-01",
        f"/sales/lines/{line.pk}/?as_of=2099-05-01",
        "/sales/unmatched/",
        "/sales/unmatched/several/",
        "/sales/unmatched/mended/",
        "/sales/unmatched/lines/?reason=unknown_account&cause=douyin:10000000001",
        "/sales/tracks/?month=2026-05",
        "/sales/reconciliation/",
        "/sales/reconciliation/?month=2026-05&measure=gmv",
        "/sales/reconciliation/?month=2026-05&measure=pool&account=douyin:10000000001",
        "/sales/reconciliation/day/?platform=douyin&account=10000000001&day=2026-05-21",
        "/sales/reconciliation/bills/",
        "/sales/reconciliation/bills/upload/",
        "/jobs/",
    ):
        watched.visit(world.console + path)


def test_a_file_is_brought_in_and_its_cause_mended(
    world: World, open_as: Callable[..., Watched], tmp_path: Path
) -> None:
    sold(world, holds_account=False)
    file = tmp_path / "五月.csv"
    file.write_bytes(orders())
    watched = open_as(world.user(Role.OPERATIONS))
    page = watched.visit(f"{world.console}/sales/upload/")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="导入").click()
    page.get_by_role("progressbar").wait_for()
    watched.check()
    run_jobs(world)
    page.get_by_text("本文件尚未导入任何内容。").wait_for()
    watched.check()
    page.get_by_role("button", name="确认导入").click()
    page.get_by_role("progressbar").wait_for()
    run_jobs(world)
    page.get_by_role("heading", name="各行的处理结果").wait_for()
    assert page.get_by_role("button", name="确认导入").count() == 0
    watched.check()
    page.goto(f"{world.console}/sales/unmatched/")
    page.get_by_text("指定账号由谁持有").click()
    page.get_by_label("主播").select_option(label="A01 小鹿")
    page.get_by_role("button", name="保存并重新匹配").click()
    page.get_by_role("progressbar").wait_for()
    watched.check()
    run_jobs(world)
    page.get_by_text("全部已匹配").wait_for()
    assert "1 行共 ¥31.82 已匹配" in page.locator("#matching").inner_text()
    watched.check()


def test_lines_are_filtered_without_loading_the_page_again(world: World, open_as: Callable[..., Watched]) -> None:
    sold(world)
    page = open_as(world.user(Role.OPERATIONS)).visit(f"{world.console}/sales/lines/")
    page.evaluate("() => { window.__same = true; }")
    page.get_by_label("状态").select_option(label="已结算")
    page.locator("tbody tr").nth(1).wait_for(state="detached")
    assert page.locator("tbody tr").count() == 1
    assert page.evaluate("() => window.__same") is True


def test_a_preview_is_dropped_and_files_go_in_at_once_where_nobody_wants_to_look(
    world: World, open_as: Callable[..., Watched], tmp_path: Path
) -> None:
    bring(world, orders(), preview=True)
    file = tmp_path / "五月.csv"
    file.write_bytes(orders())
    watched = open_as(world.user(Role.OPERATIONS), size="phone")
    page = watched.visit(f"{world.console}/sales/imports/")
    page.get_by_role("link", name="五月订单.csv").click()
    page.get_by_role("button", name="放弃").click()
    page.get_by_text("已放弃“五月订单.csv”。").wait_for()
    watched.check()
    page = watched.visit(f"{world.console}/sales/upload/")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_label("导入前先预览变动").uncheck()
    page.get_by_role("button", name="导入").click()
    page.get_by_role("progressbar").wait_for()
    run_jobs(world)
    page.get_by_role("link", name="查看变化").wait_for()
    watched.check()


def test_a_line_is_looked_at_as_of_a_day(world: World, open_as: Callable[..., Watched]) -> None:
    sold(world)
    with world.open():
        line = OrderLine.objects.get(order_key=SETTLED_ORDER)
    watched = open_as(world.user(Role.OPERATIONS))
    page = watched.visit(f"{world.console}/sales/lines/{line.pk}/")
    page.get_by_label("查看某日终了时的情况").fill("2026-05-01")
    page.get_by_text("当时尚无记录").wait_for()
    watched.check()
    page.get_by_role("link", name="现在").click()
    page.get_by_text("全部经过").wait_for()
    watched.check()


def test_a_bill_is_entered_differs_and_is_corrected_until_it_agrees(
    world: World, open_as: Callable[..., Watched], tmp_path: Path
) -> None:
    sold(world)
    watched = open_as(world.user(Role.FINANCE))
    page = watched.visit(f"{world.console}/sales/reconciliation/?month=2026-05&measure=pool")
    page.get_by_role("link", name="录入平台账单").first.click()
    page.get_by_label("账号", exact=True).fill(ACCOUNT)
    page.get_by_label("日期").fill("2026-05-21")
    page.get_by_label("金额", exact=True).fill("30.00")
    page.get_by_role("button", name="保存").click()
    row = page.locator("tr.is-off")
    assert "−¥1.82" in row.inner_text()
    watched.check()
    row.get_by_role("link", name="订单行").click()
    page.locator("tbody", has_text=SETTLED_ORDER).wait_for()
    watched.check()
    file = tmp_path / "账单.csv"
    file.write_text(f"日期,账号,金额,笔数\n2026-05-21,{ACCOUNT},31.82,1\n", encoding="utf-8")
    page.goto(f"{world.console}/sales/reconciliation/bills/upload/?platform=douyin&measure=pool")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="导入").click()
    page.get_by_text("更正 1").wait_for()
    assert page.locator("tr.is-off").count() == 0
    page.goto(
        f"{world.console}/sales/reconciliation/bills/?platform=douyin&account={ACCOUNT}&day=2026-05-21&measure=pool"
    )
    page.get_by_role("button", name="撤回此平台账单").click()
    page.get_by_role("button", name="撤回", exact=True).click()
    page.get_by_text("该月尚无此口径的平台账单").wait_for()
    watched.check()
