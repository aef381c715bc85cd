"""The operator looks into an agency only after an entry, for a while, on record."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from mcn.accounts.models import AuditEntry, User
from mcn.core.errors import NotAllowed
from mcn.jobs.models import Job
from mcn.ops import entry, health
from tests.agencies import World, make_world

Clients = Callable[[User], Client]


@pytest.fixture(autouse=True)
def no_broker(settings: object) -> None:
    settings.CELERY_BROKER_URL = ""  # type: ignore[attr-defined]


@pytest.fixture
def page(world: World) -> str:
    with world.open():
        Job.objects.create(kind="import", subject="a.csv", state=Job.State.FAILED, error={"message": "Cannot read."})
        Job.objects.create(kind="export", state=Job.State.DONE)
    return f"/ops/agencies/{world.agency.pk}/jobs/"


def test_nothing_is_seen_before_an_entry(world: World, operator: User, page: str, client_of: Clients) -> None:
    client = client_of(operator)
    answer = client.get(page)
    assert "counts" not in answer.context and "a.csv" not in answer.text
    assert client.post(page, {"reason": "  "}).status_code == 422
    with world.open():
        assert not AuditEntry.objects.filter(action="operator entered").exists()
    with pytest.raises(NotAllowed), entry.inside(client.session, world.agency):
        pass


def test_an_entry_opens_one_agency_and_is_on_record(
    world: World, operator: User, page: str, client_of: Clients
) -> None:
    other = make_world("beichen", "北辰直播")
    client = client_of(operator)
    answer = client.post(page, {"reason": "Imports hang"}, follow=True)
    assert answer.context["counts"] == [("Waiting", 0), ("Running", 0), ("Done", 1), ("Failed", 1)]
    assert "a.csv" in answer.text and "Cannot read." in answer.text
    with world.open():
        written = AuditEntry.objects.get(action="operator entered")
        assert written.actor == operator
        assert written.after is not None and written.after["reason"] == "Imports hang"
    assert "counts" not in client.get(f"/ops/agencies/{other.agency.pk}/jobs/").context
    owner = client_of(world.user())
    assert "Operator entered" in owner.get(f"{world.console}/audit/").text


def test_an_entry_ends(world: World, operator: User, page: str, client_of: Clients) -> None:
    client = client_of(operator)
    client.post(page, {"reason": "Imports hang"})
    session = client.session
    session[entry.KEY] = {str(world.agency.pk): (timezone.now() - timedelta(seconds=1)).isoformat()}
    session.save()
    assert "counts" not in client.get(page).context


def test_members_of_the_agency_cannot_use_it(world: World, page: str, client_of: Clients) -> None:
    assert client_of(world.user()).post(page, {"reason": "x"}).status_code == 404
    with pytest.raises(NotAllowed):
        entry.enter(actor=world.user(), session={}, agency=world.agency, reason="x")


def test_health_without_a_broker(world: World, operator: User, client_of: Clients) -> None:
    found = health.installation()
    assert (found.database, found.broker, found.workers) == (True, None, ())
    answer = client_of(operator).get("/ops/health/")
    assert world.agency.name in answer.text


def test_health_with_a_broker_that_is_down(world: World, settings: object, tmp_path: object) -> None:
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/nobody"  # type: ignore[attr-defined]
    found = health.installation()
    assert (found.broker, found.workers) == (False, ())
