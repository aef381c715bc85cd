"""`make run`: database, broker, web, worker and beat of one machine under one process."""

import argparse
import contextlib
import fcntl
import os
import shelve
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from config.runtime import broker, database
from config.runtime.children import Child
from config.runtime.paths import ROOT, data_dir, prepared
from config.runtime.problems import RuntimeProblem

TICK = 0.2
DATABASE_CHECK_SECONDS = 2.0
READY_SECONDS = 90.0


class Stop(Exception):
    """Somebody asked the supervisor to stop."""


def say(text: str) -> None:
    """One line on the terminal, with the time."""
    print(f"{datetime.now(UTC).astimezone():%H:%M:%S}  {text}", flush=True)


def listening_socket(host: str, port: int) -> socket.socket:
    """The web server's socket. The supervisor holds it, so that a restarted web server finds its address.

    Raises RuntimeProblem if the port is taken or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise RuntimeProblem(
            f"Port {port} on {host} cannot be used ({(error.strerror or str(error)).lower()}): "
            f"choose another with PORT={port + 1} make run."
        ) from error
    return listener


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[None]:
    """One supervisor per data folder. Raises RuntimeProblem if another runs."""
    with (prepared(data) / "supervisor-lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RuntimeProblem(f"The product already runs with the data folder {data}.") from error
        yield


def drop_broken_schedule(path: Path) -> None:
    """Throw away beat's record of when it did what last, where a machine that went down left it broken.

    Beat could never start with it again; without it, everything is due by its next time.
    """
    files = [file for file in path.parent.glob(f"{path.name}*") if file.is_file()]
    if not files:
        return
    try:
        with shelve.open(str(path), flag="r") as kept:  # noqa: S301 -- our own file
            kept.get("entries")
    except Exception:  # noqa: BLE001 -- whatever it is, beat would fail with it
        say("the scheduler's record is broken and begins anew")
        for file in files:
            file.unlink(missing_ok=True)


class Supervisor:
    """Starts everything in order, keeps it running, stops it in the opposite order."""

    def __init__(self, host: str, port: int):
        self.data = data_dir()
        self.host, self.port = host, port
        self.server = database.embedded()
        self.children: list[Child] = []

    def run(self) -> None:
        """Run until SIGINT, SIGTERM or SIGHUP. Raises RuntimeProblem if something cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        with only_one(self.data), listening_socket(self.host, self.port) as listener:
            try:
                self._start(listener)
                self._watch()
            except Stop:
                say("stopping")
            finally:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                self._stop_all()
        say("stopped")

    # ── Start ─────────────────────────────────────────────────────────────────────────────────────

    def _start(self, listener: socket.socket) -> None:
        if self.server is not None:
            say("starting the embedded database")
            self.server.use()
        database.prepare_roles()
        sign_ins = self._make_ready()  # before the broker: with no worker up, its jobs run in its own process
        if not os.environ.get("CELERY_BROKER_URL"):
            say("starting the embedded broker")
            self._add("broker", broker.command(self.data))
        threads = os.environ.get("MCN_WEB_THREADS", "8")
        self._add(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi"),
                *("--bind", f"fd://{listener.fileno()}", "--workers", os.environ.get("MCN_WEB_PROCESSES", "2")),
                *("--worker-class", "gthread", "--threads", threads),
                *("--timeout", "120", "--graceful-timeout", "3", "--no-control-socket"),
            ],
            environment={"MCN_DB_POOL": threads},
            pass_fds=[listener.fileno()],
        )
        celery = (sys.executable, "-m", "celery", "--app", "config.celery")
        processes = os.environ.get("MCN_WORKER_PROCESSES", "2")
        self._add("worker", [*celery, "worker", "--concurrency", processes, "--loglevel", "INFO"], stop_seconds=8)
        schedule = self.data / "beat-schedule"
        drop_broken_schedule(schedule)
        self._add("beat", [*celery, "beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "WARNING"])
        self._wait_for_web()
        say(f"ready at http://{'localhost' if self.host in ('127.0.0.1', '0.0.0.0') else self.host}:{self.port}/")  # noqa: S104
        if sign_ins:
            print(f"\n{sign_ins}\n", flush=True)
        say(f"logs in {self.data / 'log'}; Ctrl-C stops everything")

    def _add(self, name: str, command: list[str], **options: object) -> None:
        log = prepared(self.data / "log") / f"{name}.log"
        child = Child(name, command, log, say, **options)  # type: ignore[arg-type]
        self.children.append(child)
        child.start()

    def _make_ready(self) -> str:
        """Tables, demo and static files, made by a process of its own; what it prints are the sign-ins."""
        say("making tables, demo data and static files ready")
        done = subprocess.Popen(
            [sys.executable, "-m", "config.runtime.ready"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            printed, _ = done.communicate()
        except Stop:
            done.terminate()
            done.wait()
            raise
        if done.returncode:
            raise RuntimeProblem("The database cannot be made ready: see the message above.")
        return printed.strip()

    def _wait_for_web(self) -> None:
        """Until the web server answers anything at all."""
        host = self.host if ":" not in self.host else f"[{self.host}]"
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://{host}:{self.port}/healthz", timeout=2)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                self._tick()
        raise RuntimeProblem(f"The web server does not answer: see {self.data / 'log' / 'web.log'}.")

    # ── Watch and stop ────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        next_check = 0.0
        while True:
            self._tick()
            if self.server is not None and time.monotonic() >= next_check:
                if not self.server.is_running():
                    say("the embedded database has gone; starting it again")
                    self._revive()
                next_check = time.monotonic() + DATABASE_CHECK_SECONDS

    def _revive(self) -> None:
        assert self.server is not None
        try:
            self.server.revive()
        except RuntimeProblem as problem:
            say(str(problem))  # tried again at the next check

    def _tick(self) -> None:
        time.sleep(TICK)
        for child in self.children:
            child.watch(time.monotonic())

    def _stop_all(self) -> None:
        for child in self.children[1:] if self._has_broker() else self.children:
            child.ask_to_stop()  # together; the broker stays until the worker has given back what it holds
        for child in reversed(self.children):
            child.stop()
        if self.server is not None:
            self.server.leave()

    def _has_broker(self) -> bool:
        return bool(self.children) and self.children[0].name == "broker"


def _stop(number: int, frame: object) -> None:
    raise Stop


def main() -> None:
    """Read PORT and HOST and run."""
    argparse.ArgumentParser(
        prog="python -m config.runtime",
        description="Run database, broker, web, worker and beat on this machine until Ctrl-C.",
        epilog="PORT (8000) and HOST (127.0.0.1) say where; MCN_DATA_DIR (.data) where database and files are.",
    ).parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    os.chdir(ROOT)
    try:
        port = int(os.environ.get("PORT") or 8000)
    except ValueError:
        sys.exit("PORT has to be a number.")
    try:
        Supervisor(os.environ.get("HOST") or "127.0.0.1", port).run()
    except RuntimeProblem as problem:
        sys.exit(str(problem))
