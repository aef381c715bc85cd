"""Refund exposure: what came back of a month, the reserve for the rest, and a sentence for what is missing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mcn.accounts.permissions import Role
from mcn.core.periods import Period as Month
from mcn.jobs.models import Job
from mcn.settlements.models import ExposureMonth, ExposureSum, Period
from tests.agencies import World
from tests.console.exposed import JUNE, MAY, summed
from tests.console.sold import plain, run_jobs, sold
from tests.settlements.desk import local

Clients = Callable[..., Client]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def address(world: World, rest: str = "") -> str:
    return f"{world.console}/exposure/{rest}"


def test_without_a_calculated_month_the_page_says_what_to_do(world: World, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).get(address(world)).text
    assert "No month is calculated" in page
    assert f"{world.console}/months/" in page


def test_the_reserve_and_what_it_was_learnt_from(world: World, client_of: Clients) -> None:
    summed(world)
    page = client_of(Role.AUDITOR).get(address(world) + f"?month={JUNE}")
    text = plain(page.text)
    # 9,900 of the 99,000 that still stood at the end of May: a tenth of June's 500.00
    for expected in (
        "¥500.00",
        "pool, of it anchors' shares: ¥250.00",
        "anchors' shares: ¥25.00; agency and agents: ¥25.00",
        "10 %",
        "1 month, 100 lines",
        "At the end of Jun 2026, ¥500.00 of the pool still stood.",
        "What refunds take back more than 1 month later is not in the reserve",
        "No category",
        "all goods",
    ):
        assert expected in text.replace("&#x27;", "'")
    assert (page.context["found"].reserve.pool, page.context["month"]) == (5000, JUNE)
    assert "Add up now" not in text


def test_the_page_in_chinese(world: World, client_of: Clients) -> None:
    summed(world)
    client = client_of(Role.FINANCE)
    client.cookies["django_language"] = "zh-hans"
    text = plain(client.get(address(world)).text)
    for expected in ("退款敞口", "建议退款准备金", "主播分成 ¥25.00；机构与经纪人 ¥25.00", "1 个月，100 行", "无类目"):
        assert expected in text
    assert "No reserve" not in text


@pytest.mark.parametrize(
    ("month", "options", "sentence"),
    [
        (MAY, {}, "no earlier month was settled here"),
        (JUNE, {"lines": 99}, "settled fewer than 100 lines"),
        (JUNE, {"june_at": "2026-06-30 23:00"}, "was calculated before it was over"),
    ],
)
def test_where_nothing_can_be_learnt_the_page_says_why(
    world: World, client_of: Clients, month: str, options: dict[str, Any], sentence: str
) -> None:
    summed(world, **options)
    page = client_of(Role.FINANCE).get(address(world) + f"?month={month}")
    assert sentence in page.text
    assert page.context["found"].reserve is None
    assert "Still expected" not in page.text


def test_an_earlier_month_that_was_not_over_is_named(world: World, client_of: Clients) -> None:
    summed(world)
    with world.open():
        ExposureMonth.objects.filter(period=MAY).update(calculated_at=local("2026-05-31 23:00"))
    assert "an earlier month has not been calculated since" in client_of(Role.FINANCE).get(address(world)).text


def test_what_is_taken_back_before_a_month_is_over_uses_the_reserve_up(world: World, client_of: Clients) -> None:
    summed(world, june_at="2026-06-30 23:00")
    text = plain(client_of(Role.FINANCE).get(address(world) + f"?month={MAY}").text)
    assert "After May 2026, ¥99.00 have been taken back so far" in text


def test_the_first_calculation_is_summed_after_it_and_the_page_follows(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    client.post(f"{world.console}/months/{MAY}/calculate/")
    with world.open():
        job = Job.objects.get(kind="calculate")
    run_jobs(world)
    with world.open():
        assert ExposureSum.objects.get().settled_pool == 3182
        assert Job.objects.get(kind="exposure").pk > job.pk
    found = client.get(address(world)).context["found"]
    assert (found.month, found.settled.pool, found.settled.share) == (Month(2026, 5), 3182, 1591)
    assert f"{address(world)}?month={MAY}" in client.get(f"{world.console}/months/{MAY}/").text
    assert address(world) in client.get(f"{world.console}/sales/tracks/").text


def test_missing_sums_are_made_on_request_with_progress(world: World, client_of: Clients) -> None:
    summed(world)
    with world.open():
        Period.objects.filter(code=JUNE).update(calculated_at=timezone.now() - timedelta(minutes=1))
    client = client_of(Role.FINANCE)
    assert "was calculated again since" in client.get(address(world)).text
    assert client.get(address(world, "progress/")).status_code == 404
    assert client.get(address(world, "sum/")).status_code == 302
    assert "Add up now" not in client_of(Role.AUDITOR).get(address(world)).text
    assert client_of(Role.AUDITOR).post(address(world, "sum/")).status_code == 403
    page = client.post(address(world, "sum/"), follow=True).text
    assert f'hx-get="{address(world)}progress/"' in page
    assert "HX-Refresh" not in client.get(address(world, "progress/")).headers
    run_jobs(world)
    assert client.get(address(world, "progress/"))["HX-Refresh"] == "true"
    assert "was calculated again since" not in client.get(address(world)).text


def test_who_sees_no_settlements_sees_no_exposure(world: World, client_of: Clients) -> None:
    summed(world)
    client = client_of(Role.OPERATIONS)
    assert client.get(address(world)).status_code == 403
    assert address(world) not in client.get(f"{world.console}/sales/tracks/").text
