"""Monthly reports: tables of a month beside the one before, the workbook, and who sets the schedule."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mcn.accounts.permissions import Role
from mcn.jobs.models import Job
from mcn.settlements.models import Period, ReportMonth, ReportRecipient, ReportSum
from mcn.settlements.reports import reads
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.console.sold import run_jobs, seen, sold

Clients = Callable[..., Client]
MAY, JUNE = "2026-05", "2026-06"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def address(world: World, rest: str = "") -> str:
    return f"{world.console}/reports/{rest}"


def summed(world: World) -> None:
    """May and June with sums of two brands each, of which one is new in June."""
    with world.open():
        for code, brands in ((MAY, {"B01": 100000, "": 5000}), (JUNE, {"B01": 90000, "B02": 30000})):
            at = timezone.now()
            Period.objects.create(code=code, state="calculated", calculated_at=at)
            month = ReportMonth.objects.create(period=code, calculated_at=at)
            ReportSum.objects.bulk_create(
                ReportSum(
                    month=month, by="brand", key=key, lines=gmv // 1000, sold=gmv, returned=gmv // 10,
                    net_gmv_fen=gmv * 9 // 10, pool_fen=gmv // 5, share_fen=gmv // 20,
                )
                for key, gmv in brands.items()
            )  # fmt: skip


def test_without_a_calculated_month_the_page_says_what_to_do(world: World, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).get(address(world)).text
    assert "No month is calculated" in page
    assert f"{world.console}/months/" in page


def test_a_month_beside_the_one_before(world: World, client_of: Clients) -> None:
    summed(world)
    page = client_of(Role.AUDITOR).get(address(world) + f"?month={JUNE}&by=brand")
    text = seen(page.text)
    # B01 sold 810.00 net of 900.00 in June, after 900.00 in May; the agency keeps 3/20 of what was sold
    for expected in ("¥810.00 −¥90.00", "10 %", "¥135.00 −¥15.00", "¥270.00 new", "¥1,080.00 + ¥135.00", "120"):
        assert expected in text, expected
    assert "Other income and costs" not in text.partition("Refund rate")[2].partition("Agency's share")[0]


@pytest.mark.parametrize(
    ("sort", "order"), [("-net_gmv", ["B01", "B02"]), ("net_gmv", ["B02", "B01"]), ("nonsense", ["B01", "B02"])]
)
def test_rows_are_sorted_by_an_amount(world: World, client_of: Clients, sort: str, order: list[str]) -> None:
    summed(world)
    page = client_of(Role.FINANCE).get(address(world) + f"?month={JUNE}&by=brand&sort={sort}")
    assert [row.named.key for row, _statement in page.context["rows"]] == order


def test_of_many_rows_the_first_are_shown_and_the_total_is_of_all(
    world: World, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    summed(world)
    monkeypatch.setattr(reads, "SHOWN", 1)
    page = client_of(Role.FINANCE).get(address(world) + f"?month={JUNE}&by=brand")
    assert "The first 1 of 2" in seen(page.text)
    assert page.context["table"].total.sums.net_gmv_fen == 108000


def test_what_belongs_to_nothing_has_a_name_in_chinese(world: World, client_of: Clients) -> None:
    summed(world)
    page = client_of(Role.FINANCE).get(
        address(world) + f"?month={MAY}&by=brand", headers={"accept-language": "zh-hans"}
    )
    assert "无品牌" in page.text


def test_from_the_calculation_to_the_workbook(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    client.post(f"{world.console}/months/{MAY}/calculate/")
    run_jobs(world)
    with world.open():
        assert ReportMonth.objects.get().period == MAY
    page = client.get(address(world))
    assert "小鹿" in page.text and "None has been made yet" in page.text and "Add up now" not in page.text
    ordered = client.post(address(world, "order/"), {"month": MAY})
    run_jobs(world)
    with world.open():
        job = Job.objects.get(kind="export")
    assert ordered.url == f"{world.console}/jobs/{job.pk}/"
    assert job.state == "done", job.error_text()
    assert f"{world.console}/jobs/{job.pk}/download/" in client.get(address(world)).text


def test_months_without_sums_are_added_up_on_demand(world: World, client_of: Clients) -> None:
    sold(world)
    client = client_of(Role.FINANCE)
    client.post(f"{world.console}/months/{MAY}/calculate/")
    run_jobs(world)
    with world.open():
        ReportMonth.objects.all().delete()
    assert "have not been added up yet" in client.get(address(world)).text
    client.post(address(world, "sum/"))
    run_jobs(world)
    assert "小鹿" in client.get(address(world)).text
    assert client_of(Role.AUDITOR).post(address(world, "sum/")).status_code == 403


def test_a_month_without_a_calculation_is_refused_in_words(world: World, client_of: Clients) -> None:
    page = client_of(Role.FINANCE).post(address(world, "order/"), {"month": "2026-01"}, follow=True)
    assert "2026-01 has not been calculated" in page.text


def test_the_schedule_is_set_and_shown(world: World, client_of: Clients) -> None:
    summed(world)
    client, member = client_of(Role.FINANCE), world.members[Role.OWNER]
    assert "No schedule is set." in client.get(address(world)).text
    saved = client.post(address(world, "schedule/"), {"day": "5", "members": [member.pk]}, follow=True)
    assert "The schedule has been saved." in saved.text
    text = seen(client.get(address(world)).text)
    assert "on day 5 of a month" in text and f"A link is mailed to: {member.name}" in text
    with world.open():
        assert Agency.objects.get(pk=world.id).report_day == 5
        assert ReportRecipient.objects.get().member_id == member.pk
    again = client.post(address(world, "schedule/"), {"day": "5", "members": [member.pk]}, follow=True)
    assert "Nothing has changed." in again.text
    off = client.post(address(world, "schedule/"), {"day": ""}, follow=True)
    assert "The schedule has been saved." in off.text
    with world.open():
        assert Agency.objects.get(pk=world.id).report_day is None


@pytest.mark.parametrize("data", [{"day": "29"}, {"day": "x"}, {"day": "1", "members": ["0"]}])
def test_bad_input_names_its_place(world: World, client_of: Clients, data: dict[str, Any]) -> None:
    page = client_of(Role.FINANCE).post(address(world, "schedule/"), data)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["members" if "members" in data else "day"]


def test_others_see_the_schedule_and_do_not_change_it(world: World, client_of: Clients) -> None:
    auditor = client_of(Role.AUDITOR)
    page = auditor.get(address(world, "schedule/"))
    assert page.status_code == 200 and ">Save<" not in page.text
    assert auditor.post(address(world, "schedule/"), {"day": "5"}).status_code == 403
    assert client_of(Role.TRAINER).get(address(world)).status_code == 403
