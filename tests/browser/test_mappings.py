"""Operations name the columns of a file that nobody knows, look at the result, and bring it in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcn.accounts.permissions import Role
from mcn.sales.models import ColumnMapping, OrderLine, UnmappedFile
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.console.sold import bring, run_jobs
from tests.console.test_mapping_pages import ROWS
from tests.sales.platform_files import as_csv


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def choose(page: Any, selector: str, **option: str) -> None:
    """Choose in a select, and wait until the page has answered with what follows from it."""
    page.evaluate("() => { document.getElementById('mapping').dataset.before = 'yes'; }")
    page.locator(selector).select_option(**option)
    page.locator("#mapping:not([data-before])").wait_for()


def test_a_file_is_mapped_and_the_next_one_recognised(
    world: World, open_as: Callable[..., Watched], tmp_path: Path
) -> None:
    file = tmp_path / "自有.csv"
    file.write_bytes(as_csv(ROWS).encode("gb18030"))
    watched = open_as(world.user(Role.OPERATIONS))
    page = watched.visit(f"{world.console}/sales/upload/")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_role("button", name="导入").click()
    page.get_by_role("progressbar").wait_for()
    run_jobs(world)
    page.get_by_role("link", name="设置列对应").click()
    page.get_by_role("heading", name="各列是什么").wait_for()
    watched.check()

    # Each choice asks for the page anew; what it changes shows without a load.
    choose(page, "#id_platform", label="京东")
    assert page.get_by_text("请选择订单所属的平台。").count() == 0
    choose(page, "#id_times", value="dmy")
    assert page.get_by_text("“01/07/2026 10:00”").count() == 0
    assert page.get_by_text("“32/07/2026 10:00”").count() == 1
    choose(page, "#id_column-account_key", label="主播号")
    choose(page, page.get_by_label("待结算").evaluate("field => `#${field.id}`"), label="已付款")
    assert page.locator("tbody tr", has_text="D2").get_by_text("已付款").count() == 1
    watched.check()
    page.get_by_label("列对应名称").fill("自有商城")
    page.get_by_role("button", name="保存并导入此文件").click()
    page.get_by_text("已保存。").wait_for()
    watched.check()
    run_jobs(world)
    page.get_by_role("link", name="查看变化").wait_for()
    with world.open():
        assert OrderLine.objects.get(order_key="D1").settled_gross_fen == 1250
    assert bring(world, as_csv([*ROWS[:2], ["D9", *ROWS[2][1:]]]).encode(), "八月.csv").state == "done"


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_pages_of_mappings(world: World, open_as: Callable[..., Watched], language: str, size: str) -> None:
    watched = open_as(world.user(Role.OPERATIONS), language=language, size=size)
    watched.data |= {cell for row in ROWS for cell in row}
    watched.visit(f"{world.console}/sales/mappings/")
    watched.visit(f"{world.console}/sales/mappings/files/new/")
    assert bring(world, as_csv(ROWS).encode(), "自有.csv").state == "failed"
    with world.open():
        path = f"{world.console}/sales/mappings/files/{UnmappedFile.objects.get().pk}/"
    page = watched.visit(path)
    choose(page, "#id_platform", value="jd")
    choose(page, "#id_times", value="dmy")
    watched.check()
    page.locator("#name").fill("自有商城")
    page.locator("button[value=save]").click()
    page.locator(".note-success").wait_for()
    run_jobs(world)
    with world.open():
        pk = ColumnMapping.objects.get().pk
    watched.visit(f"{world.console}/sales/mappings/")
    watched.visit(f"{world.console}/sales/mappings/{pk}/")
