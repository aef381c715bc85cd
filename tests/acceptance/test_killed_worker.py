"""Workers are killed in the middle of an import and of a calculation: nothing half-done is seen, nothing is lost.

A lock on a table holds the worker at a known statement of its transaction; there it is killed.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connections, transaction

from mcn.core.errors import Conflict
from mcn.jobs import tasks
from mcn.jobs.models import Job
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.acceptance import big_month
from tests.acceptance.big_month import contents, row_of
from tests.agencies import World
from tests.workers import Worker, wait_until

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]

Start = Callable[[], Worker]
FIGURES = {"sales_orderline", "sales_earningevent", "commissions_shareline", "settlements_statement"}


@pytest.fixture
def month_file(tmp_path: Path) -> bytes:
    return big_month.month_file(tmp_path)


@pytest.fixture
def agencies(xinghe: World, beichen: World) -> tuple[World, World]:
    """One whose workers are killed, and its twin that is left in peace."""
    for people in (xinghe, beichen):
        big_month.make_roster(people)
    return xinghe, beichen


@pytest.fixture
def imported(agencies: tuple[World, World], month_file: bytes) -> tuple[World, World]:
    """The month was imported into both and calculated; a bonus came in since."""
    for people in agencies:
        big_month.run_here(people, big_month.submit(people, month_file, hand_over=False))
        big_month.calculate_here(people)
        big_month.add_bonus(people)
    return agencies


@contextmanager
def held_at(table: str) -> Iterator[Callable[[int], None]]:
    """Nobody writes to the table until the block ends. Call the result to wait until so many stand there."""
    parameters = connections["owner"].get_connection_params()
    parameters.pop("cursor_factory")
    parameters.pop("context")

    def waiting() -> int:
        with connections["owner"].cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where relation = %s::regclass and not granted", [table])
            return cursor.fetchone()[0]

    with psycopg.connect(**parameters) as connection:
        connection.execute(f"lock table {table} in share mode")
        yield lambda count: wait_until(lambda: waiting() == count, f"{count} at {table}")


def kill_at(table: str, worker: Worker) -> None:
    """Kill the worker when it is about to write to the table."""
    with held_at(table) as wait:
        wait(1)
        worker.kill()


def finish(people: World, job: Job, start_worker: Start) -> Job:
    """Send what was abandoned again, once, and let a new worker finish it."""
    wait_until(lambda: tasks.resend() == 1, "the job to be found abandoned")
    start_worker()
    wait_until(lambda: not row_of(people, job).is_open, "the job to end")
    return row_of(people, job)


def test_an_import_killed_before_its_end_left_nothing_and_is_finished(
    agencies: tuple[World, World], month_file: bytes, start_worker: Start
) -> None:
    killed, in_peace = agencies
    worker, job = start_worker(), big_month.submit(killed, month_file)
    before = contents(killed)
    kill_at("sales_dailysales", worker)  # lines and events are written by then, their sums are not
    row = row_of(killed, job)
    assert (row.state, row.attempts, row.done) == ("running", 1, big_month.LINES)
    assert contents(killed) == before
    assert not FIGURES & before.keys()

    done = finish(killed, job, start_worker)
    undisturbed = big_month.run_here(in_peace, big_month.submit(in_peace, month_file, hand_over=False))
    assert (done.state, done.attempts, done.counts) == ("done", 2, undisturbed.counts)
    assert done.counts["created"] == big_month.LINES
    assert contents(killed) == contents(in_peace)


def test_an_import_killed_between_its_two_transactions_is_not_taken_in_twice(
    agencies: tuple[World, World], month_file: bytes, start_worker: Start
) -> None:
    killed, in_peace = agencies
    worker, job = start_worker(), big_month.submit(killed, month_file)
    kill_at("commissions_unmatched", worker)
    assert row_of(killed, job).state == "running"
    first_half = contents(killed)
    assert len(first_half["sales_orderline"]) == big_month.LINES
    assert "commissions_unmatched" not in first_half

    done = finish(killed, job, start_worker)
    undisturbed = big_month.run_here(in_peace, big_month.submit(in_peace, month_file, hand_over=False))
    assert (done.state, done.attempts, done.counts) == ("done", 2, undisturbed.counts)
    assert done.counts["unmatched"]["unknown_account"] > 0
    assert contents(killed) == contents(in_peace)


def test_what_an_import_killed_while_reading_left_half_written_goes(
    agencies: tuple[World, World], month_file: bytes, start_worker: Start
) -> None:
    killed, _in_peace = agencies
    worker, job = start_worker(), big_month.submit(killed, month_file)
    kill_at("sales_orderline", worker)
    with agency_scope(killed.id):
        left = set(files.path_of(files.DRAFTS).iterdir())
    assert len(left) == 2  # the raw rows and the refused rows
    for path in left:
        os.utime(path, (0, 0))
    assert (tasks.remove_abandoned_drafts(), {path.exists() for path in left}) == (2, {False})
    assert finish(killed, job, start_worker).state == "done"


def test_a_calculation_killed_before_its_end_left_the_former_draft_and_is_finished(
    imported: tuple[World, World], start_worker: Start
) -> None:
    killed, in_peace = imported
    draft = contents(killed)
    assert draft.keys() >= FIGURES
    worker, job = start_worker(), big_month.start_calculation(killed)
    kill_at("accounts_auditentry", worker)  # the last row of the transaction
    assert (row_of(killed, job).state, row_of(killed, job).attempts) == ("running", 1)
    assert contents(killed) == draft

    done = finish(killed, job, start_worker)
    undisturbed = big_month.calculate_here(in_peace)
    assert (done.state, done.attempts, done.counts) == ("done", 2, undisturbed.counts)
    assert contents(killed) == contents(in_peace) != draft


def test_a_match_killed_before_its_end_left_the_former_queue_and_is_finished(
    imported: tuple[World, World], start_worker: Start
) -> None:
    killed, in_peace = imported
    for people in imported:
        big_month.mend_account(people)
    queue = contents(killed)["commissions_unmatched"]
    worker, job = start_worker(), big_month.start_match(killed)
    kill_at("commissions_unmatched", worker)
    assert (row_of(killed, job).state, contents(killed)["commissions_unmatched"]) == ("running", queue)

    done = finish(killed, job, start_worker)
    undisturbed = big_month.run_here(in_peace, big_month.start_match(in_peace, hand_over=False))
    assert (done.state, done.attempts, done.counts) == ("done", 2, undisturbed.counts)
    assert done.counts["moved"] > 0
    assert contents(killed) == contents(in_peace)


def test_a_closing_killed_before_its_end_left_the_month_approved_and_is_finished(
    imported: tuple[World, World], start_worker: Start
) -> None:
    killed, in_peace = imported
    for people in imported:
        big_month.approve(people)
    approved = contents(killed)
    worker, job = start_worker(), big_month.start_closing(killed)
    kill_at("settlements_ledgerentry", worker)  # the month is frozen and its posting begun
    assert (row_of(killed, job).state, contents(killed)) == ("running", approved)
    done = finish(killed, job, start_worker)
    big_month.run_here(in_peace, big_month.start_closing(in_peace, hand_over=False))
    assert (done.state, done.attempts) == ("done", 2)
    assert contents(killed) == contents(in_peace) != approved


def test_two_workers_with_the_same_message_give_one_result(
    agencies: tuple[World, World], month_file: bytes, start_worker: Start
) -> None:
    twice, in_peace = agencies
    workers = [start_worker(), start_worker()]

    def ended() -> int:
        return sum(worker.log.read_text().count("succeeded in") for worker in workers)

    with held_at("sales_dailysales") as wait:
        job = big_month.submit(twice, month_file)
        wait(1)
        tasks.run.delay(twice.id, job.pk)
        wait_until(lambda: ended() == 1, "the second message to be put aside")
        assert row_of(twice, job).state == "running"
    wait_until(lambda: ended() == 2, "the first message to be worked off")
    undisturbed = big_month.run_here(in_peace, big_month.submit(in_peace, month_file, hand_over=False))
    row = row_of(twice, job)
    assert (row.state, row.attempts, row.counts) == ("done", 1, undisturbed.counts)
    assert contents(twice) == contents(in_peace)


def test_two_calculations_asked_for_at_once_are_one(
    imported: tuple[World, World], start_worker: Start, broker: str
) -> None:
    people, in_peace = imported

    def ask() -> int | None:
        try:
            return big_month.start_calculation(people).pk
        except Conflict:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as both:
        with held_at("jobs_job") as wait:
            asked = [both.submit(ask), both.submit(ask)]
            wait(2)
        answers = {answer.result() for answer in asked}
    (key,) = answers - {None}
    assert len(answers) == 2
    with agency_scope(people.id), transaction.atomic():
        job = Job.objects.get(kind="calculate", state="queued")
    assert job.pk == key
    start_worker()
    wait_until(lambda: not row_of(people, job).is_open, "the job to end")
    big_month.calculate_here(in_peace)
    assert (row_of(people, job).state, row_of(people, job).attempts) == ("done", 1)
    assert contents(people) == contents(in_peace)
