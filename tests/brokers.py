"""`python -m tests.brokers`: the tests that need a broker, once on Redis and once on RabbitMQ.

Installs both from Debian's packages if they are missing (as root) and runs them on loopback, each only for the
time of its tests, with data in a folder that is removed afterwards.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.runtime.paths import ROOT

PACKAGES = {"redis-server": "redis-server", "rabbitmq-server": "rabbitmq-server"}
START_SECONDS = 90


def install() -> None:
    """The packages that are missing. Exits with a sentence where they cannot be had."""
    missing = [package for program, package in PACKAGES.items() if not _program(program)]
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


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/rabbitmq/bin")


def free_port() -> int:
    """A port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    """The server, from the moment it answers on its port."""
    server = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={**os.environ, **environment}
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
        server.terminate()
        server.wait(30)


@contextmanager
def redis() -> Iterator[str]:
    """Redis on loopback; its URL."""
    port = free_port()
    command = [_program("redis-server") or "", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running(command, port):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def rabbitmq() -> Iterator[str]:
    """RabbitMQ on loopback with an Erlang node of its own; its URL."""
    port, distribution = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="mcn-rabbitmq-") as folder:
        if os.geteuid() == 0:
            user = pwd.getpwnam("rabbitmq")  # the package's start script changes to it
            os.chown(folder, user.pw_uid, user.pw_gid)
        settings = Path(folder) / "rabbitmq.conf"
        settings.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
        settings.chmod(0o644)
        with running(
            [_program("rabbitmq-server") or ""],
            port,
            HOME=folder,
            ERL_EPMD_ADDRESS="127.0.0.1",
            RABBITMQ_NODENAME=f"mcn{port}@localhost",
            RABBITMQ_DIST_PORT=str(distribution),
            RABBITMQ_CONFIG_FILE=str(settings.with_suffix("")),
            RABBITMQ_MNESIA_BASE=folder,
            RABBITMQ_LOG_BASE=folder,
            RABBITMQ_ENABLED_PLUGINS_FILE=str(Path(folder) / "plugins"),
            RABBITMQ_PID_FILE=str(Path(folder) / "pid"),
        ):
            yield f"amqp://guest:guest@127.0.0.1:{port}//"


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
