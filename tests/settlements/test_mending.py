"""After a cause was mended, a job matches the lines again: once for several mendings, exactly once, and it says what
followed."""

from collections.abc import Callable
from datetime import date
from threading import Thread
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import translation

from mcn.anchors.models import Anchor, Contract, PlatformAccount
from mcn.commissions.models import Unmatched
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.sales.services import lock_sales
from mcn.settlements import mending
from mcn.settlements.models import Period
from mcn.settlements.services import refresh_unmatched
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.killed import Killed
from tests.settlements.books import JULY, JUNE, Books
from tests.workers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
NINE, EIGHT = ("unknown_account", "douyin:9"), ("unknown_account", "douyin:8")


@pytest.fixture(autouse=True)
def no_broker(settings: Any) -> None:
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def books(xinghe: World) -> Books:
    """June and July are open; of account 9 there are 12.34 in June and 1.00 in July, of account 8 there are 5.00."""
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        for order, pool, month, account in (("2", 1234, JUNE, "9"), ("3", 500, JUNE, "8"), ("4", 100, JULY, "9")):
            Period.objects.get_or_create(code=month)
            desk.event(order, pool, month, account=account)
        refresh_unmatched()
    return desk


def inside(books: Books, work: Callable[[], Any]) -> Any:
    with agency_scope(books.people.id), transaction.atomic():
        return work()


def hold(account: str, since: date = date(2026, 1, 1)) -> None:
    PlatformAccount.objects.create(anchor=Anchor.objects.get(), platform="douyin", account_id=account, starts_on=since)


def mend(books: Books, cause: tuple[str, str]) -> Job:
    """Give the cause's account to A01; the job that follows."""

    def work() -> Job:
        hold(cause[1].removeprefix("douyin:"))
        return mending.start(actor=books.people.owner, reason=cause[0], cause=cause[1])

    return inside(books, work)


def run(books: Books, job: Job) -> Job:
    with agency_scope(books.people.id):
        return jobs.run(job.pk)


def waiting(books: Books) -> list[str]:
    with agency_scope(books.people.id), transaction.atomic():
        rows = Unmatched.objects.exclude(reason="").order_by("cause", "period")
        return list(rows.values_list("cause", flat=True))


def test_all_open_months_follow_and_the_result_says_how_many(books: Books) -> None:
    job = mend(books, NINE)
    assert waiting(books) == ["douyin:8", "douyin:9", "douyin:9"]
    job = run(books, job)
    assert (job.state, job.counts) == ("done", {"followed": 2, "followed_fen": 1334, "moved": 0, "left": 0})
    assert (job.done, job.total, job.message) == (3, 4, "")
    assert waiting(books) == ["douyin:8"]
    with translation.override("en"):
        assert mending.worded(job) == ["2 lines with ¥13.34 have found their owner. The next calculation settles them."]


def test_what_waits_for_another_reason_and_what_is_left_is_told(books: Books) -> None:
    def work() -> Job:
        Contract.objects.update(starts_on=date(2026, 6, 3))  # the orders were paid on the 2nd
        hold("9")
        hold("8", since=date(2026, 6, 3))
        mending.start(actor=books.people.owner, reason=NINE[0], cause=NINE[1])
        return mending.start(actor=books.people.owner, reason=EIGHT[0], cause=EIGHT[1])

    job = run(books, inside(books, work))
    assert job.counts == {"followed": 0, "followed_fen": 0, "moved": 2, "left": 1}
    assert waiting(books) == ["contract:A01", "contract:A01", "douyin:8"]
    with translation.override("en"):
        assert mending.worded(job) == [
            "2 lines wait for another reason now.",
            "1 line of this cause is left, for instance because it was paid before that day or its month is in review.",
        ]


def test_nothing_to_follow_is_said_too(books: Books) -> None:
    job = mend(books, NINE)
    inside(books, refresh_unmatched)  # an import came first
    job = run(books, job)
    assert job.counts == {"followed": 0, "followed_fen": 0, "moved": 0, "left": 0}
    with translation.override("en"):
        assert mending.worded(job) == ["No line had to follow: nothing of this cause waits any more."]


def test_other_jobs_have_nothing_to_tell(books: Books) -> None:
    assert mending.worded(Job(kind="match", state="running")) == []
    assert mending.worded(Job(kind="import", state="done")) == []


def test_a_month_in_review_keeps_what_was_reviewed(books: Books) -> None:
    inside(books, lambda: books.approved(JUNE))
    job = run(books, mend(books, NINE))
    assert job.counts == {"followed": 1, "followed_fen": 100, "moved": 0, "left": 1}


# ── one match for many mendings ──────────────────────────────────────────────────────────────────────


def test_mendings_before_the_job_begins_are_one_match(books: Books) -> None:
    first, second = mend(books, NINE), mend(books, EIGHT)
    assert first.pk == second.pk
    assert second.parameters == {"causes": [list(NINE), list(EIGHT)]}
    assert run(books, first).counts["followed"] == 3


def test_a_job_that_has_begun_is_not_joined(books: Books) -> None:
    first = mend(books, NINE)
    inside(books, lambda: Job.objects.filter(pk=first.pk).update(state=Job.State.RUNNING))
    assert mend(books, EIGHT).pk != first.pk


def test_another_agencys_job_is_not_joined(books: Books, beichen: World) -> None:
    first = mend(books, NINE)
    with agency_scope(beichen.id), transaction.atomic():
        other = mending.start(actor=beichen.owner, reason=NINE[0], cause=NINE[1])
    assert (other.pk != first.pk, other.agency_id) == (True, beichen.id)


def blocked() -> int:
    """How many sessions wait for a lock."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("select count(distinct pid) from pg_locks where not granted")
        return cursor.fetchone()[0]


def in_thread(books: Books, job: Job) -> Thread:
    def work() -> None:
        try:
            run(books, job)
        finally:
            connections.close_all()

    thread = Thread(target=work)
    thread.start()
    return thread


def test_a_job_that_is_joined_while_it_begins_sees_what_was_mended(books: Books) -> None:
    job = mend(books, NINE)
    with agency_scope(books.people.id), transaction.atomic():
        hold("8")
        assert mending.start(actor=books.people.owner, reason=EIGHT[0], cause=EIGHT[1]).pk == job.pk
        worker = in_thread(books, job)
        wait_until(lambda: blocked() == 1, "the worker to wait for this transaction")
    worker.join(30)
    job = inside(books, lambda: Job.objects.get(pk=job.pk))
    assert (job.state, job.counts["followed"], waiting(books)) == ("done", 3, [])


def test_a_match_waits_for_an_import_or_calculation_of_the_agency(books: Books) -> None:
    job = mend(books, NINE)
    with agency_scope(books.people.id), transaction.atomic():
        lock_sales()
        worker = in_thread(books, job)
        wait_until(lambda: blocked() == 1, "the match to wait")
    worker.join(30)
    assert inside(books, lambda: Job.objects.get(pk=job.pk)).state == "done"


# ── killed workers ───────────────────────────────────────────────────────────────────────────────────


def killed(*args: Any, **options: Any) -> Any:
    raise Killed


def test_a_match_killed_before_its_end_changed_nothing_and_is_repeated(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = mend(books, NINE)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(mending, "followed_since", killed)
        run(books, job)
    assert len(waiting(books)) == 3
    job = run(books, job)
    assert (job.state, job.attempts, job.counts["followed"]) == ("done", 2, 2)


def test_a_match_killed_after_its_end_is_not_repeated_and_keeps_its_result(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = mend(books, NINE)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs, "_finish", killed)
        run(books, job)
    job = run(books, job)
    assert (job.state, job.attempts, job.counts["followed"]) == ("done", 1, 2)
    with agency_scope(books.people.id):
        assert jobs.abandoned(waiting_seconds=-1) == []


def test_mending_that_fails_starts_nothing(books: Books) -> None:
    with pytest.raises(ZeroDivisionError), agency_scope(books.people.id), transaction.atomic():
        mending.start(actor=books.people.owner, reason=NINE[0], cause=NINE[1])
        raise ZeroDivisionError
    assert not inside(books, lambda: Job.objects.exists())


def test_who_is_no_member_has_nothing_matched(books: Books, beichen: World) -> None:
    job = inside(books, lambda: mending.start(actor=beichen.owner, reason=NINE[0], cause=NINE[1]))
    assert run(books, job).state == "failed"
