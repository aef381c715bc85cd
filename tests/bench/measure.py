"""Seconds and memory of one step, in a process of its own as a worker would have it."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from django.db import connections


@dataclass(frozen=True)
class Measured:
    """What a step gave, how long it took, and the most memory its process held."""

    result: Any
    seconds: float
    peak_bytes: int


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
    try:
        outcome = here.recv()
    except EOFError:
        outcome = RuntimeError("the process ended without an answer")
    child.join()
    if isinstance(outcome, RuntimeError):
        raise outcome
    return outcome


def _child(answer: Connection, database: str, module: str, name: str, arguments: tuple[Any, ...]) -> None:
    import os
    from importlib import import_module

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    import django
    from django.conf import settings

    for alias in settings.DATABASES.values():
        alias["NAME"] = database
    django.setup()
    step = getattr(import_module(module), name)
    started = time.perf_counter()
    try:
        result = step(*arguments)
    except Exception as error:
        answer.send(RuntimeError(f"{type(error).__name__}: {error}"))
        raise
    seconds = time.perf_counter() - started
    answer.send(Measured(result, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
