"""Read and parse the next part of a file while the database takes in the one before."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_WAIT_SECONDS = 0.2


def ahead(items: Iterable[T], depth: int = 1) -> Iterator[T]:
    """The same items in the same order, made in a thread of their own, at most `depth` ahead.

    An error of the maker is raised here, in its place. When the reader stops early, so does the maker.
    """
    ready: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def hand_over(more: bool, value: T | BaseException | None) -> bool:
        while not stopped.is_set():
            try:
                ready.put((more, value), timeout=_WAIT_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    def make() -> None:
        try:
            for item in items:
                if not hand_over(True, item):
                    return
            hand_over(False, None)
        except BaseException as error:
            hand_over(False, error)

    maker = threading.Thread(target=make, name="reading-ahead", daemon=True)
    maker.start()
    try:
        while True:
            more, value = ready.get()
            if more:
                yield value  # type: ignore[misc]
            elif isinstance(value, BaseException):
                raise value
            else:
                return
    finally:
        stopped.set()
        maker.join()
