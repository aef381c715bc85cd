"""One command starts everything, keeps it running and stops it; a second one is refused in one sentence."""

import dbm
import os
import shelve
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.runtime import paths, supervisor
from config.runtime.children import Child
from config.runtime.problems import RuntimeProblem
from tests.workers import wait_until

ELSEWHERE = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "DATABASE_APP_URL", "CELERY_BROKER_URL")


@pytest.fixture
def said() -> list[str]:
    """What the supervisor told the terminal."""
    return []


@pytest.fixture
def child(tmp_path: Path, said: list[str]) -> Iterator[Child]:
    """A child process that never ends by itself and has a child of its own."""
    command = ["sh", "-c", "echo up; sleep 1000 & wait"]
    child = Child("web", command, tmp_path / "web.log", said.append, stop_seconds=1)
    child.start()
    yield child
    child.stop()


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_child_that_dies_is_started_again(child: Child, said: list[str]) -> None:
    first = pid(child)
    wait_until(lambda: psutil.Process(first).children(), "the grandchild")
    grandchild = psutil.Process(first).children()[0]
    os.kill(first, signal.SIGKILL)
    child.process.wait()  # type: ignore[union-attr]
    now = time.monotonic()
    child.watch(now)
    assert said == [f"web was ended by SIGKILL; starting it again in 1 s (see {child.log})"]
    child.watch(now + 0.9)
    assert pid(child) == first
    child.watch(now + 1.0)
    assert pid(child) != first
    grandchild.wait(5)


def test_pauses_grow_while_a_child_keeps_dying(tmp_path: Path, said: list[str]) -> None:
    child = Child("beat", ["false"], tmp_path / "beat.log", said.append)
    now, pauses = time.monotonic(), []
    child.start()
    for _ in range(7):
        child.process.wait()  # type: ignore[union-attr]
        child.started = now
        child.watch(now)
        pauses.append(child.pause)
        now += child.pause
        child.watch(now)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert said[0] == f"beat ended with code 1; starting it again in 1 s (see {child.log})"


def test_a_child_that_ignores_sigterm_is_ended(tmp_path: Path, said: list[str]) -> None:
    command = [
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, 1); print('up', flush=True); time.sleep(99)",
    ]
    child = Child("worker", command, tmp_path / "worker.log", said.append, stop_seconds=0.1)
    child.start()
    wait_until(lambda: "up" in child.log.read_text(), "the child")
    child.stop()
    assert said == ["worker does not stop and is ended"]
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with supervisor.listening_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "config.runtime"],
            cwd=paths.ROOT,
            env={**os.environ, "PORT": str(port), "MCN_DATA_DIR": str(tmp_path / "data")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.strip() == (
        f"Port {port} on 127.0.0.1 cannot be used (address already in use): "
        f"choose another with PORT={port + 1} make run."
    )
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["supervisor-lock"]


def test_one_data_folder_has_one_supervisor(tmp_path: Path) -> None:
    with (
        supervisor.only_one(tmp_path),
        pytest.raises(RuntimeProblem, match=f"already runs with the data folder {tmp_path}"),
        supervisor.only_one(tmp_path),
    ):
        pass


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_everything_starts_is_kept_running_and_stops(data_dir: Path) -> None:
    port = free_port()
    started = subprocess.Popen(
        [sys.executable, "-m", "config.runtime"],
        cwd=paths.ROOT,
        env={
            **{name: value for name, value in os.environ.items() if name not in ELSEWHERE},
            "PORT": str(port),
            "MCN_DATA_DIR": str(data_dir),
            "MCN_WEB_PROCESSES": "1",
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    try:
        for line in started.stdout:
            if "Ctrl-C" in line:
                break
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            assert answer.read() == b"ok"
        family = {" ".join(process.cmdline()): process for process in psutil.Process(started.pid).children()}
        worker = next(process for line, process in family.items() if " worker " in line)
        assert len(family) == 4
        worker.kill()
        assert "worker was ended by SIGKILL" in started.stdout.readline()
        postmaster = psutil.Process(int((data_dir / "postgres/data/postmaster.pid").read_text().split()[0]))
        begun = time.monotonic()
        started.send_signal(signal.SIGINT)
        assert started.wait(20) == 0
        assert time.monotonic() - begun < 15
        assert [process for process in family.values() if process.is_running()] == []
        assert not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE
    finally:
        started.kill()
        started.wait()


def test_a_broken_schedule_is_thrown_away_and_a_good_one_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "beat-schedule"
    supervisor.drop_broken_schedule(path)
    with shelve.open(str(path)) as kept:  # noqa: S301
        kept["entries"] = {"pull_due": 1}
    supervisor.drop_broken_schedule(path)
    with shelve.open(str(path), flag="r") as kept:  # noqa: S301
        assert kept["entries"] == {"pull_due": 1}
    with dbm.open(str(path), "w") as raw:
        raw["entries"] = b""
    supervisor.drop_broken_schedule(path)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"nonsense")
    supervisor.drop_broken_schedule(path)
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out.count("begins anew") == 2
