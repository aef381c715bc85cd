"""What-if: from the form or the editor to what would have come of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.anchors.models import Contract, ContractVersion
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements.tasks import forget_what_ifs
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

CHANGE = {"income": "commission", "points": "5", "bounds": "1", "months": "12"}
ClientOf = Callable[..., Client]


@pytest.fixture
def client_of(xinghe: World) -> ClientOf:
    def client(role: str = Role.OWNER) -> Client:
        made = Client(headers={"accept-language": "en"})
        made.force_login(xinghe.user(role))
        return made

    return client


@pytest.fixture
def books(xinghe: World) -> Iterator[Books]:
    """June is closed with a pool of 100.00 at 35 %; July is open."""
    books = Books(xinghe)
    with xinghe.open():
        books.roster()
        books.event("1", 10000, JUNE)
        books.close(JUNE)
        books.event("2", 2000, JULY)
    yield books


def latest(world: World) -> Job:
    with world.open():
        return Job.objects.filter(kind="what_if").latest("pk")


def run(world: World) -> Job:
    with agency_scope(world.id):
        return jobs.run(latest(world).pk)


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.text.split())


def test_five_points_for_all_from_the_form_to_winners_and_losers(books: Books, client_of: ClientOf) -> None:
    world, client = books.people, client_of(Role.FINANCE)
    answer = client.post(f"{world.console}/what-if/", CHANGE)
    job = latest(world)
    address = f"{world.console}/what-if/{job.pk}/"
    assert (answer.status_code, answer["Location"]) == (302, address)
    assert job.parameters["months"] == [JUNE]
    assert "Waits for a free worker" in text(client, address)
    done = run(world)
    assert done.state == "done", done.error_text()
    page = text(client, address)
    assert "Commission +5 points, all anchors" in page
    assert "Winners" in page
    assert "Losers" not in page
    for amount in ("¥35.00", "¥40.00", "+¥5.00", "¥60.00", "−¥5.00", "35 % →", "40 %"):
        assert amount in page, amount
    assert "Commission +5 points" in text(client, f"{world.console}/what-if/")
    assert f"/what-if/{job.pk}/" in text(client, f"{world.console}/jobs/{job.pk}/")
    with world.open():
        assert AuditEntry.objects.get(action="try_out").actor == world.finance


def test_a_draft_is_tried_out_from_its_editor_and_nothing_is_saved(books: Books, client_of: ClientOf) -> None:
    world, client = books.people, client_of(Role.TALENT)
    with world.open():
        contract = Contract.objects.get()
    editor = f"{world.console}/contracts/{contract.pk}/versions/new/"
    data = client.get(editor).context["editor"].draft.data() | {"split-0-rate": "30", "months": "3"}
    assert "Try it out" in client.post(editor, data | {"do": "review"}).text
    answer = client.post(editor, data | {"do": "try"})
    job = latest(world)
    assert answer["Location"] == f"{world.console}/what-if/{job.pk}/"
    assert run(world).state == "done"
    page = text(client, answer["Location"])
    assert "Draft of contract C1" in page
    assert "Losers" in page
    assert "−¥5.00" in page
    assert "<del><span>35 %</span></del>" in page
    assert 'name="split-0-rate" value="30"' in page
    assert f"/months/{JUNE}/" not in page  # talent staff do not see months
    with world.open():
        assert ContractVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"points": "70"}, "C1, version 1: a rate of 35 % would become 105 %."),
        ({"points": "0"}, "This changes nothing: give points, or a factor other than 1."),
        ({"months": "13"}, "less than or equal to 12"),
        ({"bounds": "0"}, "greater than or equal to 0.0001"),
        ({"points": "five"}, "Enter a number."),
    ],
)
def test_what_cannot_be_tried_out_is_refused(
    books: Books, client_of: ClientOf, typed: dict[str, str], told: str
) -> None:
    answer = client_of().post(f"{books.people.console}/what-if/", CHANGE | typed)
    assert answer.status_code == 422
    assert told in answer.text
    with books.people.open():
        assert not Job.objects.exists()


def test_without_a_closed_month_there_is_nothing_to_try_on(xinghe: World, client_of: ClientOf) -> None:
    answer = client_of().post(f"{xinghe.console}/what-if/", CHANGE)
    assert answer.status_code == 422
    assert "No month is closed yet" in answer.text


def test_one_at_a_time(books: Books, client_of: ClientOf) -> None:
    client, page = client_of(), f"{books.people.console}/what-if/"
    assert client.post(page, CHANGE).status_code == 302
    answer = client.post(page, CHANGE)
    assert answer.status_code == 422
    assert "already under way" in answer.text


def test_a_draft_that_could_not_be_saved_is_not_tried_out(books: Books, client_of: ClientOf) -> None:
    world, client = books.people, client_of()
    with world.open():
        editor = f"{world.console}/contracts/{Contract.objects.get().pk}/versions/new/"
    data = client.get(editor).context["editor"].draft.data() | {"do": "try"}
    outside = client.post(editor, data | {"head-starts_on": "2031-01-01", "months": "3"})
    assert outside.status_code == 422
    assert "outside its contract" in outside.text
    assert client.post(editor, data | {"months": "0"}).status_code == 422


def test_who_may_not_finds_a_closed_door(books: Books, client_of: ClientOf) -> None:
    world = books.people
    for role in (Role.AUDITOR, Role.OPERATIONS, Role.TRAINER):
        assert client_of(role).get(f"{world.console}/what-if/").status_code == 403
        assert client_of(role).post(f"{world.console}/what-if/", CHANGE).status_code == 403


def test_a_trial_is_kept_for_30_days(books: Books, client_of: ClientOf) -> None:
    world, client = books.people, client_of()
    client.post(f"{world.console}/what-if/", CHANGE)
    job = run(world)
    with world.open():
        Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert client.get(f"{world.console}/what-if/{job.pk}/").status_code == 404
    assert "Nothing has been tried out" in text(client, f"{world.console}/what-if/")
    assert forget_what_ifs() == 1
    assert forget_what_ifs() == 0
    with world.open():
        row = Job.objects.get(pk=job.pk)
        assert (row.counts, row.parameters) == ({}, {})
    assert client.get(f"{world.console}/jobs/").status_code == 200


def test_a_worker_does_not_try_out_for_who_lost_the_right(books: Books, client_of: ClientOf) -> None:
    world = books.people
    client_of(Role.FINANCE).post(f"{world.console}/what-if/", CHANGE)
    with world.open():
        member = world.members[Role.FINANCE]
        member.roles = [Role.TRAINER]
        member.save()
    assert run(world).state == "failed"


def test_a_trial_goes_on_as_a_ghost_rule_beside_the_month(books: Books, client_of: ClientOf) -> None:
    """July: 20.00 at 35 % is 7.00, the ghost's 40 % would be 8.00; the agency's share 13.00 would be 12.00."""
    world, client = books.people, client_of(Role.FINANCE)
    client.post(f"{world.console}/what-if/", CHANGE)
    trial = run(world)
    refused = client.post(f"{world.console}/what-if/{trial.pk}/keep/", {"name": ""}, follow=True)
    assert "Give the ghost rule a name." in refused.text
    with world.open():
        books.calculate(JULY)
    answer = client.post(f"{world.console}/what-if/{trial.pk}/keep/", {"name": "Five", "note": "asked by 小鹿"})
    assert "A month appears here once it is calculated and reckoned with the rule." in text(client, answer["Location"])
    with agency_scope(world.id):
        assert jobs.run(Job.objects.get(kind="ghosts").pk).state == "done"
    page = text(client, f"{world.console}/months/{JULY}/")
    assert "With ghost rules, never paid" in page
    for amount in ("¥13.00 →", "¥12.00", "−¥1.00"):
        assert amount in page, amount
    page = text(client, answer["Location"])
    assert "asked by 小鹿" in page
    assert "+¥1.00" in page
    assert "Five" in text(client, f"{world.console}/what-if/")
    client.post(answer["Location"] + "end/")
    assert "ended" in text(client, answer["Location"])
    assert client_of(Role.AUDITOR).get(answer["Location"]).status_code == 403
    assert "With ghost rules" not in text(client_of(Role.AUDITOR), f"{world.console}/months/{JULY}/")
