"""Where the product keeps its data on this machine, and the secret it generates for itself."""

import os
import secrets
from pathlib import Path

from config.runtime.problems import RuntimeProblem

ROOT = Path(__file__).resolve().parents[2]


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
        raise RuntimeProblem(f"The data folder {path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise RuntimeProblem(f"The data folder {path} is not writable for this user; set MCN_DATA_DIR.")
    return path


def secret_key() -> str:
    """`MCN_SECRET_KEY`, or a key generated once into the data folder (readable by its owner only).

    Raises RuntimeProblem if the key can neither be read nor written.
    """
    given = os.environ.get("MCN_SECRET_KEY")
    if given:
        return given
    path = data_dir() / "secret-key"
    try:
        if not path.exists():
            prepared(path.parent)
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(48))
            try:
                os.link(draft, path)  # atomic, and never replaces the key of a process that was quicker
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
    except OSError as error:
        raise RuntimeProblem(f"The secret key {path} cannot be used: {error.strerror}.") from error
