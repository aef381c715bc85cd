"""Estimated and settled money side by side, and when the rest is expected."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.sales.models import SettlementLag
from tests.agencies import World
from tests.console.sold import bring, make_anchor, orders, plain, sold

Clients = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def test_without_sales_the_page_says_what_to_do(world: World, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).get(f"{world.console}/sales/tracks/").text
    assert "No order of this month has been brought in." in page
    assert f"{world.console}/sales/upload/" in page


def test_a_month_shows_both_tracks_and_says_that_history_is_short(world: World, client_of: Clients) -> None:
    sold(world)
    page = plain(client_of(Role.AUDITOR).get(f"{world.console}/sales/tracks/?month=2026-05").text)
    for text in ("¥69.29", "¥31.82", "¥33.80"):  # estimated, settled, still open
        assert text in page
    assert "Douyin: ¥33.80 are open. Lines settled in the last three months: 1." in page


def test_what_is_open_stands_in_the_week_in_which_it_is_expected(world: World, client_of: Clients) -> None:
    sold(world)  # open: paid on 20 May, the last day with lines
    with world.open():
        SettlementLag.objects.create(platform="douyin", settled_month="2026-04", days=14, lines=300)
        SettlementLag.objects.filter(days=20).update(lines=100)
    page = plain(client_of(Role.FINANCE).get(f"{world.console}/sales/tracks/?month=2026-05").text)
    assert date(2026, 5, 20).weekday() == 2
    assert "2026-06-01 – 2026-06-07" in page  # 14 days later: three of four lines
    assert "¥25.35" in page
    assert "2026-06-08 – 2026-06-14" in page
    assert "¥8.45" in page
    assert "Half of the 400 lines" in page


def test_the_page_opens_with_the_newest_month_in_which_orders_were_paid(world: World, client_of: Clients) -> None:
    with world.open():
        make_anchor(holds_account=True, rate="0.5")
    bring(world, orders().replace(b"2026-05-21 02:58:05", b"2026-06-03 02:58:05"))  # June settles it
    page = client_of(Role.FINANCE).get(f"{world.console}/sales/tracks/")
    assert (page.context["months"], page.context["month"]) == (["2026-05"], "2026-05")
    assert "¥31.82" in plain(page.text)
