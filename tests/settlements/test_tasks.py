"""Moves of a month as jobs: in the name of the member who asked, and once, however often the worker is killed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation

from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements import services
from mcn.settlements.models import Period
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.killed import Killed
from tests.settlements.books import JUNE, Books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(xinghe: World) -> Books:
    """June holds 100.00 and is calculated."""
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.calculate(JUNE)
    return desk


def inside(books: Books, work: Callable[[], Any]) -> Any:
    with agency_scope(books.people.id), transaction.atomic():
        return work()


def job(books: Books, kind: str, actor: User | None, **parameters: str) -> Job:
    parameters = {"period": JUNE, **parameters}
    return inside(books, lambda: jobs.create(actor=actor, kind=kind, subject=JUNE, parameters=parameters))


def run(books: Books, row: Job) -> Job:
    with agency_scope(books.people.id):
        return jobs.run(row.pk)


def june(books: Books) -> Period:
    return inside(books, lambda: Period.objects.select_related("submitted_by").get(code=JUNE))


def run_and_kill(books: Books, row: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is committed, and the worker dies before it says so."""

    def killed(*args: Any, **options: Any) -> Job:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs, "_finish", killed)
        run(books, row)


def test_a_month_is_submitted_in_the_name_of_who_asked(books: Books) -> None:
    done = run(books, job(books, "submit", books.people.finance))
    assert (done.state, done.counts) == ("done", {})
    assert (june(books).state, june(books).submitted_by) == ("in_review", books.people.finance)


def test_a_month_whose_data_changed_is_not_submitted(books: Books) -> None:
    inside(books, lambda: Anchor.objects.update(stage_name="小鹿鹿"))
    done = run(books, job(books, "submit", books.people.finance))
    with translation.override("en"):
        assert done.error_text() == "Data of 2026-06 changed after it was calculated. Calculate it again."
    assert june(books).state == "calculated"


def test_a_month_is_submitted_by_a_member_who_may(books: Books) -> None:
    for actor in (None, books.people.anchor):
        assert run(books, job(books, "submit", actor)).state == "failed"
    assert june(books).state == "calculated"


def test_a_submission_killed_after_its_end_is_done(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    row = job(books, "submit", books.people.finance)
    run_and_kill(books, row, monkeypatch)
    assert (run(books, row).state, june(books).state) == ("done", "in_review")


def test_a_closing_killed_after_its_end_is_done(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    people = books.people
    inside(books, lambda: services.submit(actor=people.finance, period=JUNE))
    inside(books, lambda: services.approve(actor=people.approver, period=JUNE))
    row = job(books, "close", people.approver)
    run_and_kill(books, row, monkeypatch)
    done = run(books, row)
    assert (done.state, done.counts) == ("done", {"content_hash": june(books).content_hash})


def test_a_whole_way_killed_after_its_end_is_done(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    row = job(books, "close", None, submitted_by="finance@xinghe.test", approved_by="approver@xinghe.test")
    run_and_kill(books, row, monkeypatch)
    done = run(books, row)
    assert (done.state, done.counts) == ("done", {"calculated": "", "content_hash": june(books).content_hash})
