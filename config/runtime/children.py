"""Child processes of the supervisor: started, watched, started again, stopped."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LONGEST_PAUSE = 30.0
HEALTHY_SECONDS = 60.0
LOG_BYTES = 10 * 1024**2
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """One process that has to run. `stop_seconds` is what it gets to finish after SIGTERM."""

    name: str
    command: Sequence[str]
    log: Path
    say: Callable[[str], None]
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_fds: Sequence[int] = ()
    stop_seconds: float = 5.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    again_at: float | None = None

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches only the supervisor."""
        _rotate(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.environment},
                pass_fds=self.pass_fds,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self.started = time.monotonic()
        self.again_at = None

    def watch(self, now: float) -> None:
        """Start the process again if it ended: at once, then with doubling pauses up to 30 s."""
        if self.again_at is not None:
            if now >= self.again_at:
                self.start()
            return
        if self.process is None or self.process.poll() is None:
            return
        self.pause = 0.0 if now - self.started > HEALTHY_SECONDS else min(max(1.0, self.pause * 2), LONGEST_PAUSE)
        how = _how_it_ended(self.process.returncode)
        when = f"in {self.pause:.0f} s" if self.pause else "now"
        self.say(f"{self.name} {how}; starting it again {when} (see {self.log})")
        _kill_session(self.process.pid)
        self.again_at = now + self.pause

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for the whole session of a process that does not end in time."""
        self.again_at = None
        if self.process is None:
            return
        self.ask_to_stop()
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.say(f"{self.name} does not stop and is ended")
        _kill_session(self.process.pid)
        self.process.wait()


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _kill_session(pid: int) -> None:
    """End what is left of a child's process group; its own children would keep working unsupervised."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _rotate(log: Path) -> None:
    """Keep one older log once a log has grown."""
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".old.log"))


def _die_with_parent() -> None:
    """Let the kernel stop the child when the supervisor itself is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
