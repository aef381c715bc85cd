"""Where the product keeps its data on this machine, and the secrets it generates for itself."""

import contextlib
import hashlib
import os
import re
import secrets
import tempfile
from pathlib import Path

from config.runtime.problems import RuntimeProblem

ROOT = Path(__file__).resolve().parents[2]
SOCKET_LIMIT = 107  # bytes of a Unix socket's path on Linux
LONGEST_SOCKET = len("/run/database/.s.PGSQL.5432.lock")


def data_dir() -> Path:
    """The folder that holds database, files, logs and the secret key (`MCN_DATA_DIR`, default `.data/`)."""
    return Path(os.environ.get("MCN_DATA_DIR") or ROOT / ".data").absolute()


def prepared(path: Path) -> Path:
    """A data folder, made if missing.

    As root the folder stays passable (not readable) for others, because the database server runs as
    an unprivileged user below it. Raises RuntimeProblem if the folder cannot be made or written.
    """
    try:
        path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RuntimeProblem(f"The data folder {path} cannot be made: {error.strerror}; set MCN_DATA_DIR.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise RuntimeProblem(f"The data folder {path} is not writable for this user; set MCN_DATA_DIR.")
    return path


def run_dir(data: Path) -> Path:
    """Folder of the Unix sockets that belong to a data folder; the same answer in every process.

    Below the data folder, unless that path is too long for a socket, or root owns it: then the servers'
    unprivileged user might not reach it, and a private folder below /tmp is used.
    """
    owner = data.stat().st_uid if data.exists() else os.geteuid()
    plain = re.fullmatch(r"[\w/.+-]+", str(data), re.ASCII)
    if owner and plain and len(str(data)) + LONGEST_SOCKET <= SOCKET_LIMIT:
        return data / "run"
    name = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]
    return Path("/tmp") / f"mcn-{owner}-{name}"  # noqa: S108 -- checked by private_dir()


def private_dir(path: Path, *, uid: int = -1, mode: int = 0o700) -> Path:
    """A folder for sockets, made if missing and handed to `uid`.

    Raises RuntimeProblem if somebody else put a folder or a link there.
    """
    path.mkdir(mode=mode, exist_ok=True)
    status = path.lstat()
    if path.is_symlink() or status.st_uid not in (os.geteuid(), uid):
        raise RuntimeProblem(f"The socket folder {path} belongs to another user; remove it.")
    if uid >= 0 and status.st_uid != uid:
        os.chown(path, uid, -1)
    return path


def kept_secret(data: Path, name: str) -> str:
    """A secret generated once into the data folder, readable by its owner only.

    Raises RuntimeProblem if it can neither be read nor written.
    """
    path = data / name
    try:
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=prepared(data)) as draft:  # made with mode 0600
                draft.write(secrets.token_urlsafe(48))
                draft.flush()
                with contextlib.suppress(FileExistsError):  # a quicker process's secret stands
                    os.link(draft.name, path)
        return path.read_text()
    except OSError as error:
        raise RuntimeProblem(f"The secret {path} cannot be used: {error.strerror}.") from error


def secret_key() -> str:
    """`MCN_SECRET_KEY`, or a key generated once into the data folder. Raises RuntimeProblem."""
    return os.environ.get("MCN_SECRET_KEY") or kept_secret(data_dir(), "secret-key")
