"""Data folders that the embedded servers' unprivileged user can reach, and that leave nothing behind."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.runtime import paths


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """An empty data folder for one test module. Not pytest's own: nobody but its owner may pass that one."""
    path = Path(tempfile.mkdtemp(prefix="mcn-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(paths.run_dir(path), ignore_errors=True)
    shutil.rmtree(path)
