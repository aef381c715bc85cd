"""A job of the tests that waits: for tests that ask for `waiting_kind`, and for test workers (`tests.worker_kinds`)."""

from pathlib import Path
from typing import Any

import pytest

from mcn.jobs.registry import KINDS, Kind
from mcn.jobs.services import JobRun
from tests.workers import wait_until

NAME = "test-wait"
KIND = Kind(f"{__name__}.wait_for_file", "Waits until a file appears", "jobs.view")


def wait_for_file(run: JobRun) -> dict[str, Any]:
    """Add a line to `began`, then wait until the file `go_on` exists."""
    with Path(run.parameters["began"]).open("a") as began:
        began.write("began\n")
    wait_until(Path(run.parameters["go_on"]).exists, "the file to go on")
    return {"done": 1}


@pytest.fixture
def waiting_kind(monkeypatch: pytest.MonkeyPatch) -> str:
    """The kind is known while the test runs, and in the workers that it starts."""
    monkeypatch.setitem(KINDS, NAME, KIND)
    return NAME
