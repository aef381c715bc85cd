"""After a calculation a job of its own makes the sums: once for several, again with the same result, whole or not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements.exposure import job as exposure
from mcn.settlements.exposure import sums
from mcn.settlements.models import ExposureMonth, ExposureSum, Period
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.killed import Killed
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_broker(settings: Any) -> None:
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def books(xinghe: World) -> Books:
    """June holds 100.00, July takes 40.00 of it back. Neither is calculated."""
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.event("1", -4000, JULY, kind="clawback")
    return desk


def inside(books: Books, work: Callable[[], Any]) -> Any:
    with agency_scope(books.people.id), transaction.atomic():
        return work()


def run(books: Books, row: Job) -> Job:
    with agency_scope(books.people.id):
        return jobs.run(row.pk)


def calculate(books: Books, period: str) -> Job:
    actor, parameters = books.people.finance, {"period": period}
    row = inside(books, lambda: jobs.create(actor=actor, kind="calculate", subject=period, parameters=parameters))
    return run(books, row)


def waiting(books: Books) -> list[Job]:
    return inside(books, lambda: list(Job.objects.filter(kind="exposure", state="queued")))


def amounts(books: Books) -> list[tuple[Any, ...]]:
    columns = ("period", "origin", "lines", "settled_pool", "settled_share_fen", "clawed_pool", "clawed_share_fen")
    return inside(books, lambda: list(ExposureSum.objects.order_by("period", "origin").values_list(*columns)))


BOTH = [(JUNE, JUNE, 1, 10000, 3500, 0, 0), (JULY, JUNE, 0, 0, 0, 4000, 1400)]


def test_several_calculations_wait_for_one_job_that_makes_all_sums(books: Books) -> None:
    for period in (JUNE, JULY):
        assert calculate(books, period).state == "done"
    (row,) = waiting(books)
    done = run(books, row)
    assert (done.state, done.counts) == ("done", {"months": [JUNE, JULY]})
    assert (done.actor_id, amounts(books)) == (books.people.finance.pk, BOTH)


def test_again_it_makes_only_what_was_calculated_since_and_the_same(books: Books) -> None:
    calculate(books, JUNE)
    calculate(books, JULY)
    run(books, waiting(books)[0])
    calculate(books, JULY)
    (row,) = waiting(books)
    assert run(books, row).counts == {"months": [JULY]}
    assert amounts(books) == BOTH
    again = inside(books, lambda: exposure.start(actor=None))
    assert run(books, again).counts == {"months": []}
    assert inside(books, ExposureMonth.objects.count) == 2


def test_a_calculation_during_the_job_has_one_of_its_own(books: Books) -> None:
    calculate(books, JUNE)
    (row,) = waiting(books)
    inside(books, lambda: Job.objects.filter(pk=row.pk).update(state="running"))
    calculate(books, JULY)
    assert [one.pk for one in waiting(books)] != [row.pk]


def test_a_killed_job_leaves_the_old_sums_and_the_next_one_finishes(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    calculate(books, JUNE)
    calculate(books, JULY)
    run(books, waiting(books)[0])
    inside(books, lambda: books.event("2", 500, JUNE))
    calculate(books, JUNE)
    (row,) = waiting(books)
    real = sums.replace

    def killed(period: str) -> int:
        real(period)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(sums, "replace", killed)
        run(books, row)
    assert amounts(books) == BOTH
    assert inside(books, exposure.stale) == [JUNE]
    assert run(books, row).counts == {"months": [JUNE]}
    assert amounts(books)[0] == (JUNE, JUNE, 2, 10500, 3675, 0, 0)


def test_sums_of_a_calculation_that_is_replaced_meanwhile_are_not_kept(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    calculate(books, JUNE)
    real = sums.replace

    def overtaken(period: str) -> int:
        made = real(period)
        later = Period.objects.get(code=period).calculated_at.replace(year=2099)
        Period.objects.filter(code=period).update(calculated_at=later)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(sums, "replace", overtaken)
        assert run(books, waiting(books)[0]).counts == {"months": []}
    assert amounts(books) == []


def test_a_closed_month_keeps_its_own_and_shows_what_was_taken_back_later(books: Books) -> None:
    inside(books, lambda: books.close(JUNE))
    run(books, inside(books, lambda: exposure.start(actor=None)))
    assert amounts(books) == BOTH[:1]
    calculate(books, JULY)
    assert run(books, waiting(books)[0]).counts == {"months": [JULY]}
    assert amounts(books) == BOTH


def test_who_sees_no_settlements_makes_none(books: Books) -> None:
    calculate(books, JUNE)
    inside(books, lambda: Job.objects.filter(kind="exposure").update(actor=books.people.anchor))
    assert run(books, waiting(books)[0]).state == "failed"
    assert amounts(books) == []


def test_closing_the_whole_way_starts_it_where_it_calculated(books: Books) -> None:
    named = {"submitted_by": "finance@xinghe.test", "approved_by": "approver@xinghe.test"}
    row = inside(
        books, lambda: jobs.create(actor=None, kind="close", subject=JUNE, parameters={"period": JUNE, **named})
    )
    assert run(books, row).counts["calculated"] == "never"
    assert run(books, waiting(books)[0]).counts == {"months": [JUNE]}
