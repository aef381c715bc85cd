"""`python -m tests.brokers`: the tests that need a broker, once on Redis and once on RabbitMQ.

Installs both from Debian's packages if they are missing (as root) and runs them on loopback, each only for the
time of its tests, with data in a folder that is removed afterwards.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.runtime.paths import ROOT

PROGRAMS = ("redis-server", "rabbitmq-server")  # Debian's packages have the same names
RABBITMQ_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # the one in /usr/sbin insists on changing the user
START_SECONDS = 90


def install() -> None:
    """The packages that are missing. Exits with a sentence where they cannot be had."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"Install {' and '.join(missing)} first, or run this as root on Debian.")
    print(f"Installing {' and '.join(missing)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        # The packages would start their servers as system services; a policy keeps them from it.
        policy = Path("/usr/sbin/policy-rc.d")
        kept = policy.rename(Path(folder) / "policy") if policy.exists() else None
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        try:
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            for command in (["update"], ["-y", "--no-install-recommends", "install", *missing]):
                subprocess.run(["apt-get", "-qq", *command], env=quiet, stdout=subprocess.DEVNULL, check=True)
        finally:
            policy.unlink()
            if kept:
                shutil.move(kept, policy)


def free_port() -> int:
    """A port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, *, user: str | None = None, **environment: str) -> Iterator[None]:
    """The server, from the moment it answers on its port; with all its processes it ends with the block."""
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        start_new_session=True,
        cwd="/",
        **({"user": user, "group": user, "extra_groups": []} if user else {}),  # type: ignore[call-overload]
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"{command[0]} does not start.")
            time.sleep(0.2)
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@contextmanager
def redis() -> Iterator[str]:
    """Redis on loopback; its URL."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running(command, port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def rabbitmq() -> Iterator[str]:
    """RabbitMQ on loopback with an Erlang node and a port mapper of its own; its URL."""
    port, mapper = free_port(), free_port()
    user = "rabbitmq" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="mcn-rabbitmq-", ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, user, user)
        settings = Path(folder) / "rabbitmq.conf"
        settings.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
        settings.chmod(0o644)
        environment = {
            "HOME": folder,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(mapper),
            "RABBITMQ_NODENAME": f"mcn{port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(settings),
            "RABBITMQ_MNESIA_BASE": folder,
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
        }
        try:
            with running([RABBITMQ_SERVER], port, user=user, **environment):
                yield f"amqp://guest:guest@127.0.0.1:{port}//"
        finally:
            subprocess.run(["epmd", "-port", str(mapper), "-kill"], stdout=subprocess.DEVNULL, check=False)


def main() -> None:
    """Run the tests on each broker; exit with the first failure's status."""
    install()
    worst = 0
    for name, broker in (("Redis", redis), ("RabbitMQ", rabbitmq)):
        with broker() as url:
            print(f"── broker tests on {name} ──", flush=True)
            tests = [sys.executable, "-m", "pytest", "-m", "broker", *sys.argv[1:]]
            status = subprocess.run(tests, cwd=ROOT, env={**os.environ, "CELERY_BROKER_URL": url}, check=False)
            worst = worst or status.returncode
    sys.exit(worst)


if __name__ == "__main__":
    main()
