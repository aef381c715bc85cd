"""A worker that dies at a place of the test's choice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

MOST_STAGES = 3  # how often counting begins anew; a body that repeats itself after its commit would go on for ever
DEATHS_A_STAGE = 12


class Killed(BaseException):
    """What a killed worker's code sees: nothing of it runs on."""


class Life:
    """What a worker has done: statements and commits are steps, the moment after a commit is one more."""

    def __init__(self, steps: int | None = None) -> None:
        self.most = steps
        self.steps = 0
        self.writing_commits = 0

    def step(self) -> None:
        """Raises Killed in place of the step at which it ends."""
        self.steps += 1
        if self.steps == self.most:
            raise Killed


@contextmanager
def living(steps: int | None = None) -> Iterator[Life]:
    """Count the steps of this process on the database; it dies in place of the last one, if `steps` are given.

    The connection on which jobs tell their progress is not counted: nothing depends on it.
    """
    life, connection = Life(steps), connections["default"]
    commit = connection._commit

    def execute(run: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        life.step()
        return run(sql, params, many, context)

    def committing() -> None:
        with connection.connection.cursor() as cursor:
            wrote = cursor.execute("select pg_current_xact_id_if_assigned() is not null").fetchone()[0]
        try:
            life.step()
        except Killed:
            connection.connection.rollback()  # as the database does when the worker is gone
            raise
        commit()
        life.writing_commits += wrote
        try:
            life.step()
        except Killed:
            connection.run_on_commit = []  # what would have been done next
            raise

    connection._commit = committing
    try:
        with connection.execute_wrapper(execute):
            yield life
    finally:
        del connection._commit


def killed_everywhere(work: Callable[[], Any], undisturbed_steps: int) -> int:
    """Do the work until it ends, though the worker is killed at a later step each time; returns how often it was.

    What the next worker finds depends only on what was committed. So steps are counted from the first again after
    something of the work has been committed, and a few of many are skipped.
    """
    stride = max(1, undisturbed_steps // DEATHS_A_STAGE)
    deaths, stages, at = 0, 0, 1
    while True:
        try:
            with living(at) as life:
                work()
            return deaths
        except Killed:
            deaths += 1
        at += stride
        if life.writing_commits > 1 and stages < MOST_STAGES:  # the first says that the job has begun
            stages, at = stages + 1, 1 + stages % stride
