"""Job kinds of the tests; the test workers include this module."""

from pathlib import Path
from typing import Any

from mcn.jobs.registry import KINDS
from mcn.jobs.services import JobRun
from tests.workers import wait_until

KINDS["test-wait"] = (f"{__name__}.wait_for_file", "Waits until a file appears")


def wait_for_file(run: JobRun) -> dict[str, Any]:
    """Add a line to `began`, then wait until the file `go_on` exists."""
    with Path(run.parameters["began"]).open("a") as began:
        began.write("began\n")
    wait_until(Path(run.parameters["go_on"]).exists, "the file to go on")
    return {"done": 1}
