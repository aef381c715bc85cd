"""Live sessions: hosts with weights, the week on the agency's clock."""

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor
from mcn.live.models import Session
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.people import People, make_people

Clients = Callable[..., Client]
SESSION = {
    "code": "L01",
    "title": "周五专场",
    "platform": "douyin",
    "account_id": "10001",
    "starts_at": "2026-07-03T19:00",
    "ends_at": "2026-07-04T01:00",
}


@pytest.fixture
def people(world: World) -> People:
    return make_people(world)


@pytest.fixture
def second(world: World, client_of: Clients) -> Anchor:
    values = {"code": "A02", "stage_name": "阿木", "status": "active", "kind": "labour", "legal_name": "木"}
    return client_of().post(f"{world.console}/anchors/new/", values, follow=True).context["record"]


def test_a_session_with_two_hosts(world: World, people: People, second: Anchor, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    hosts = {"host_0": people.anchor.pk, "weight_0": "60", "host_2": second.pk, "weight_2": "30.5"}
    page = client.post(f"{world.console}/sessions/new/", SESSION | hosts, follow=True)
    assert page.context["total"] * 1000 == 905
    assert "90.5 %" in page.text
    with world.open():
        session = Session.objects.get()
        assert session.starts_at == datetime(2026, 7, 3, 11, 0, tzinfo=UTC)
        rows = session.hosts.order_by("position").values_list("anchor__code", "weight")
        assert [(code, str(weight)) for code, weight in rows] == [("A01", "0.600000"), ("A02", "0.305000")]
    edit = client.get(f"{world.console}/sessions/{session.pk}/edit/").context["form"]
    assert edit["weight_1"].value() == "30.5"
    client.post(f"{world.console}/sessions/{session.pk}/edit/", SESSION | {"host_0": second.pk, "weight_0": "100"})
    with world.open():
        assert list(session.hosts.values_list("anchor__code", flat=True)) == ["A02"]


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"weight_0": "70", "weight_2": "40"}, "weight_2", "add up to 1.1"),
        ({"weight_0": "0", "weight_2": "40"}, "weight_0", "not above 0"),
        ({"weight_0": "", "weight_2": "40"}, "weight_0", "with what weight"),
        ({"host_2": "", "weight_0": "50", "weight_2": "40"}, "host_2", "whose weight"),
        ({"weight_0": "50", "weight_2": "50", "ends_at": "2026-07-03T19:00"}, "ends_at", "not after its start"),
    ],
)
def test_what_does_not_fit_is_told_at_its_row(
    world: World, people: People, second: Anchor, client_of: Clients, typed: dict[str, str], field: str, words: str
) -> None:
    values = SESSION | {"host_0": people.anchor.pk, "host_2": second.pk} | typed
    answer = client_of(Role.OPERATIONS).post(f"{world.console}/sessions/new/", values)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.context["form"].errors[field][0]
    with world.open():
        assert not Session.objects.exists()


def test_one_host_named_twice(world: World, people: People, client_of: Clients) -> None:
    hosts = {"host_0": people.anchor.pk, "weight_0": "50", "host_3": people.anchor.pk, "weight_3": "50"}
    answer = client_of().post(f"{world.console}/sessions/new/", SESSION | hosts)
    assert list(answer.context["form"].errors) == ["host_3"]


def test_the_week_stands_on_business_days(world: World, people: People, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    late = SESSION | {"code": "L02", "starts_at": "2026-07-06T02:00", "ends_at": "2026-07-06T05:00"}
    client.post(f"{world.console}/sessions/new/", SESSION)
    client.post(f"{world.console}/sessions/new/", late)

    def by_day() -> dict[str, list[str]]:
        days = client.get(f"{world.console}/sessions/week/?from=2026-07-02").context["days"]
        return {f"{entry['day']:%a}": [one.code for one in entry["sessions"]] for entry in days if entry["sessions"]}

    assert by_day() == {"Fri": ["L01"]}
    with agency_scope(world.agency.pk), world.open():
        Agency.objects.filter(pk=world.agency.pk).update(day_starts_at=time(4))
    assert by_day() == {"Fri": ["L01"], "Sun": ["L02"]}


@pytest.mark.parametrize("asked", ["", "nonsense", "2026-13-40", "0001-01-01", "9999-12-31"])
def test_the_week_opens_whatever_is_asked(world: World, client_of: Clients, asked: str) -> None:
    assert client_of().get(f"{world.console}/sessions/week/?from={asked}").status_code == 200


def test_times_are_on_the_agency_s_clock(world: World, client_of: Clients) -> None:
    with world.open():
        Agency.objects.filter(pk=world.agency.pk).update(timezone="America/New_York")
    client = client_of()
    page = client.post(f"{world.console}/sessions/new/", SESSION, follow=True)
    assert "2026-07-03 19:00" in page.text
    with world.open():
        assert Session.objects.get().starts_at == datetime(2026, 7, 3, 23, 0, tzinfo=UTC)
