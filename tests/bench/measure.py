"""Seconds and memory of one step, in a process of its own as a worker would have it; facts of the machine."""

import multiprocessing
import os
import platform
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
from django.db import connections

from config.runtime import database


@dataclass(frozen=True)
class Measured:
    """What a step gave, how long it took, and the most memory its process held.

    `processor_seconds` is what process and database computed: on a machine that does other things too, elapsed
    seconds tell less. None where the database is on another machine.
    """

    result: Any
    seconds: float
    peak_bytes: int
    processor_seconds: float | None


def in_own_process(step: Callable[..., Any], *arguments: Any) -> Measured:
    """Run `step` (of a module) with the test's database in a fresh process. Raises RuntimeError if it fails."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(
        target=_child,
        args=(there, connections["default"].settings_dict["NAME"], step.__module__, step.__name__, arguments),
    )
    child.start()
    there.close()
    before = _database_seconds()
    try:
        outcome = here.recv()
    except EOFError:
        outcome = RuntimeError("the process ended without an answer")
    child.join()
    if isinstance(outcome, RuntimeError):
        raise outcome
    result, seconds, peak_bytes, worked = outcome
    after = _database_seconds()
    return Measured(result, seconds, peak_bytes, None if before is None or after is None else worked + after - before)


def _database_seconds() -> float | None:
    """Processor seconds that the embedded server and its backends, gone and living, have used so far."""
    server = database.embedded()
    if server is None:
        return None
    postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
    own = postmaster.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in postmaster.children():
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def machine() -> str:
    """Cores, memory, system, Python and PostgreSQL, in one line."""
    with connections["default"].cursor() as cursor:
        cursor.execute("select split_part(version(), ' ', 2)")
        postgres = cursor.fetchone()[0]
    release = Path("/etc/os-release")
    facts = platform.freedesktop_os_release() if release.exists() else {}
    memory = psutil.virtual_memory().total / 2**30
    system = facts.get("PRETTY_NAME", platform.platform())
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {system}, Python {platform.python_version()}, PostgreSQL {postgres}"
    )


def _child(answer: Connection, database: str, module: str, name: str, arguments: tuple[Any, ...]) -> None:
    from importlib import import_module

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    import django
    from django.conf import settings

    for alias in settings.DATABASES.values():
        alias["NAME"] = database
    django.setup()
    step = getattr(import_module(module), name)
    started, worked = time.perf_counter(), time.process_time()
    try:
        result = step(*arguments)
    except Exception as error:
        answer.send(RuntimeError(f"{type(error).__name__}: {error}"))
        raise
    seconds, worked = time.perf_counter() - started, time.process_time() - worked
    answer.send((result, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, worked))
