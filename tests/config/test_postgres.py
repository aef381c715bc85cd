"""The embedded server: who starts it, who stops it, what a crash costs, what it says when it cannot start."""

import os
import shutil
import signal
import subprocess
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.runtime import paths, postgres
from config.runtime.postgres import EmbeddedPostgres, memory_of_this_machine
from config.runtime.problems import RuntimeProblem


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A running server that nobody else uses."""
    server = EmbeddedPostgres(data_dir)
    server.use()
    yield server
    server.leave()


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def test_it_stops_with_its_last_user(server: EmbeddedPostgres, data_dir: Path) -> None:
    second = EmbeddedPostgres(data_dir)
    first_pid = postmaster(server)
    second.use()
    assert postmaster(second) == first_pid
    server.leave()
    assert second.is_running()
    second.leave()
    assert not second.is_running()
    assert not (server.data / "postmaster.pid").exists()


def test_a_killed_server_starts_again_with_all_that_was_committed(server: EmbeddedPostgres) -> None:
    with server.connect() as connection:
        connection.execute("CREATE TABLE kept (number int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    os.kill(postmaster(server), signal.SIGKILL)
    server.revive()
    with server.connect() as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_the_owner_is_no_superuser_and_nothing_listens_on_the_network(server: EmbeddedPostgres) -> None:
    with server.connect(user=postgres.OWNER, database=postgres.DATABASE) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        role = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(role).fetchone() == (False, False)


def test_data_of_another_version_is_left_alone(server: EmbeddedPostgres, data_dir: Path) -> None:
    server.leave()
    version = server.data / "PG_VERSION"
    ours = version.read_text()
    version.write_text("16\n")
    try:
        with pytest.raises(RuntimeProblem, match=rf"is of PostgreSQL 16, the installed server is {ours.strip()}"):
            EmbeddedPostgres(data_dir).use()
    finally:
        version.write_text(ours)


def test_below_a_folder_that_only_root_may_enter_it_lives_elsewhere(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "ROOT_ONLY_HOME", data_dir / "servers")
    server = EmbeddedPostgres(tmp_path / "data")  # pytest's folder is closed to everybody else
    server.use()
    try:
        assert server.is_running()
        assert server.home.is_relative_to(data_dir / "servers") == (os.geteuid() == 0)
        assert server.link.is_dir()
    finally:
        server.leave()
    assert not server.socket_dir.parent.exists()


def test_the_copied_server_finds_its_libraries(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "ROOT_ONLY_HOME", data_dir / "programs")
    server = EmbeddedPostgres(data_dir)
    package = server._copied(server._bin().parent.parent)
    assert package == server._copied(package)
    version = subprocess.run(
        [package / "pginstall/bin/initdb", "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout.startswith("initdb (PostgreSQL) 18.")


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**6, 10**6))
    monkeypatch.setattr(postgres, "ROOT_ONLY_HOME", tmp_path / "servers")
    with pytest.raises(RuntimeProblem, match="is too full for a new database"):
        EmbeddedPostgres(tmp_path / "data").use()


def test_a_full_disk_is_read_from_the_servers_log(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    server.home.mkdir()
    (server.home / "postgres.log").write_text(
        '2026-07-01 [7] FATAL:  could not write lock file "postmaster.pid": No space left on device\n'
    )
    assert server._reason() == f"the disk of {server.home} is full."


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeProblem, match=r"The data folder .*/file/data cannot be made: Not a directory"):
        EmbeddedPostgres(tmp_path / "file" / "data").use()


def test_a_deep_data_folder_still_has_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    assert paths.run_dir(deep) == paths.run_dir(deep)
    assert len(str(EmbeddedPostgres(deep).socket_dir / ".s.PGSQL.5432.lock")) <= paths.SOCKET_LIMIT
    assert paths.run_dir(deep) != paths.run_dir(tmp_path)


def test_a_socket_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(RuntimeProblem, match="belongs to another user"):
        paths.private_dir(tmp_path / "link")


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = paths.kept_secret(tmp_path, "secret")
    assert paths.kept_secret(tmp_path, "secret") == first
    assert len(first) == 64
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.mark.parametrize(("written", "allowed"), [("1048576\n", 1048576), ("max\n", None), (None, None)])
def test_a_containers_limit_counts_as_the_machines_memory(
    tmp_path: Path, written: str | None, allowed: int | None
) -> None:
    limit = tmp_path / "memory.max"
    if written is not None:
        limit.write_text(written)
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory_of_this_machine(limit) == (allowed or whole)
