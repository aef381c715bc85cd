"""Whether a workbook can be opened at all, tried in a process of its own.

The library that reads workbooks ends its whole process where memory for them cannot be had: over one stray cell in the
last row and column, or over a damaged file whose parts follow each other in a circle. A worker, and whoever else's job
it is doing, must not go with it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mcn.sales.reading.errors import SalesFileError
from mcn.sales.reading.limits import MB, ReadingLimits

_SECONDS = 300
_TOO_MUCH = 3

# Opens every sheet as `sheets.open_workbook` does. Errors that it survives are told by whoever opens the file next.
_PROBE = f"""
import os, resource, sys
bytes, path = int(sys.argv[1]), sys.argv[2]
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_AS, (bytes, bytes))
resource.setrlimit(resource.RLIMIT_CPU, ({_SECONDS}, {_SECONDS}))
from python_calamine import load_workbook
try:
    with open(path, "rb") as stream:
        workbook = load_workbook(stream)
        for name in workbook.sheet_names:
            workbook.get_sheet_by_name(name)
except MemoryError:
    os._exit({_TOO_MUCH})
except BaseException:
    os._exit(1)
"""


def check_opens(path: Path, *, name: str, limits: ReadingLimits) -> None:
    """Raises SalesFileError for a workbook that takes more than three times the memory of the largest one allowed, or
    more than five minutes. `name`: what the user calls the file.
    """
    largest = 3 * limits.workbook_bytes + 512 * MB
    command = [sys.executable, "-I", "-c", _PROBE, str(largest), str(path)]
    nothing = subprocess.DEVNULL
    done = subprocess.run(command, check=False, stdin=nothing, stdout=nothing, stderr=nothing)  # noqa: S603 — our own
    if done.returncode < 0 or done.returncode == _TOO_MUCH:
        raise SalesFileError("workbook_too_wide", file=name)
