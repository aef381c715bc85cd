"""Operations connect a platform and fetch its orders, in both languages, at the desk and on the phone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from mcn.accounts.permissions import Role
from mcn.sales.connectors import APIS
from mcn.sales.models import OrderLine
from mcn.sales.services.connections import connection_save
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.console.sold import run_jobs
from tests.sales.connectors.platforms import ENTERED, ZONE, Platforms, Time, api_rows


class RealTime(Time):
    """The clock on the wall: browser, server and platform are real here."""

    def __init__(self) -> None:
        self.slept = []

    @property
    def now(self) -> datetime:  # type: ignore[override]
        return datetime.now(ZONE)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def today(platforms: Platforms) -> Platforms:
    """The platforms as they are now; one order has changed a moment ago."""
    platforms.time = RealTime()
    moment = platforms.time.now - timedelta(minutes=1)
    row = api_rows("douyin_institution")[0] | {"update_time": f"{moment:%Y-%m-%d %H:%M:%S}"}
    platforms.orders["douyin_institution"] = [row]
    return platforms


def connect(world: World, name: str, **credentials: str) -> int:
    with world.open():
        connection, _outcome = connection_save(
            actor=world.owner,
            api="douyin_institution",
            name=name,
            credentials=ENTERED["douyin_institution"] | credentials,
            since=timezone.localdate(timezone=ZONE) - timedelta(days=1),
        )
    return connection.pk


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_pages_of_connections(
    world: World, today: Platforms, open_as: Callable[..., Watched], language: str, size: str
) -> None:
    watched = open_as(world.user(Role.OPERATIONS), language=language, size=size)
    watched.visit(f"{world.console}/sales/connections/")
    good = connect(world, "星河机构")
    bad = connect(world, "星河机构二", app_secret="wrong-secret", refresh_token="another")
    page = watched.visit(f"{world.console}/sales/connections/{good}/")
    page.locator("form[action$='/pull/'] button").click()
    page.get_by_role("progressbar").wait_for()
    run_jobs(world)
    page.locator("td a[href*='/sales/imports/']").first.wait_for()
    watched.visit(f"{world.console}/sales/connections/{bad}/").locator("form[action$='/pull/'] button").click()
    page.get_by_role("progressbar").wait_for()
    run_jobs(world)
    page.get_by_role("alert").wait_for()
    for path in ("", f"{good}/", f"{good}/edit/", *(f"new/?api={code}" for code in APIS)):
        watched.visit(f"{world.console}/sales/connections/{path}")
    watched.visit(f"{world.console}/jobs/")


def test_a_platform_is_connected_and_its_orders_come(
    world: World, today: Platforms, open_as: Callable[..., Watched]
) -> None:
    watched = open_as(world.user(Role.OPERATIONS))
    page = watched.visit(f"{world.console}/sales/connections/")
    page.get_by_role("link", name="对接：抖音机构订单").click()
    page.get_by_label("名称").fill("星河机构")
    yesterday = timezone.localdate(timezone=ZONE) - timedelta(days=1)  # the order may have changed before midnight
    page.get_by_label("起始日期").fill(f"{yesterday:%Y-%m-%d}")
    for label, value in zip(
        ("App Key", "App Secret", "Refresh Token"), ENTERED["douyin_institution"].values(), strict=True
    ):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="立即获取").click()
    page.get_by_role("progressbar").wait_for()
    watched.check()
    run_jobs(world)  # the run
    page.get_by_text("获取 1 行，导入 1 个文件。").wait_for()
    run_jobs(world)  # the import
    with world.open():
        assert OrderLine.objects.count() == 1
    page.get_by_role("button", name="删除凭证").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    page.get_by_text("已获取的订单保留").first.wait_for()
    assert page.get_by_role("button", name="立即获取").count() == 0
    watched.check()
