"""Real workers on a real broker, for tests that kill them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connections

from config.celery import app
from config.runtime import broker as embedded_broker
from config.runtime.paths import ROOT

PATIENCE = 90.0  # seconds; a machine that does other things too is slow


def wait_until(done: Callable[[], Any], what: str) -> Any:
    """The first true answer of `done`, asked every 20 ms; fails the test after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = done()
        if answer:
            return answer
        time.sleep(0.02)
    pytest.fail(f"waited {PATIENCE:.0f} s in vain: {what}")


def owner_url() -> str:
    """The test database as its owner, as a URL for another process."""
    to = connections["owner"].settings_dict
    place = urlencode({"host": to["HOST"], "port": to["PORT"] or 5432})
    return f"postgresql://{quote(to['USER'])}:{quote(to['PASSWORD'])}@/{quote(to['NAME'])}?{place}"


class Worker:
    """A Celery worker process on the test database. It knows the job kinds of `tests/worker_kinds.py`."""

    _names = count(1)  # on RabbitMQ no two workers of one machine may have the same

    def __init__(self, log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(
                        sys.executable,
                        "-m",
                        "celery",
                        "--app",
                        "config.celery",
                        "worker",
                        "--include",
                        "tests.worker_kinds",
                    ),
                    *("--concurrency", "1", "--loglevel", "INFO", "--without-mingle", "--without-gossip"),
                    *("--hostname", f"{os.getpid()}-{next(self._names)}@%h"),
                ],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": "config.settings.test",
                    "DATABASE_URL": owner_url(),
                    "MCN_SECRET_KEY": settings.SECRET_KEY,
                    "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
                },
            )

    def is_ready(self) -> bool:
        """Whether it takes messages."""
        assert self.process.poll() is None, self.log.read_text()
        return " ready." in self.log.read_text()

    def kill(self) -> None:
        """SIGKILL for the worker and its children, as the kernel does when memory runs out."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """A running broker: the one of CELERY_BROKER_URL, else an embedded one for the tests alone."""
    server = None
    if not os.environ.get("CELERY_BROKER_URL"):
        data = Path(settings.TEST_DATA_DIR)
        socket = embedded_broker.socket_path(data)
        server = subprocess.Popen(embedded_broker.command(data), stdout=subprocess.DEVNULL)
        wait_until(socket.exists, "the embedded broker")
    app.control.purge()
    yield settings.CELERY_BROKER_URL
    app.close()
    if server is not None:
        server.terminate()
        server.wait()


@pytest.fixture
def start_worker(broker: str, transactional_db: None, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    """Call it to get a worker that is ready; all are killed when the test ends."""
    workers: list[Worker] = []

    def start() -> Worker:
        worker = Worker(tmp_path / f"worker-{len(workers)}.log")
        workers.append(worker)
        wait_until(worker.is_ready, "a worker")
        return worker

    yield start
    for worker in workers:
        worker.kill()
