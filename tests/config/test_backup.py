"""The embedded database as one file, and back."""

from pathlib import Path

import pytest

from config.runtime import backup
from config.runtime.postgres import DATABASE, OWNER, EmbeddedPostgres
from config.runtime.problems import RuntimeProblem


def rows(server: EmbeddedPostgres) -> list[tuple[int]]:
    with server.connect(user=OWNER, database=DATABASE) as connection:
        return connection.execute("SELECT number FROM kept ORDER BY number").fetchall()


def test_a_dump_brings_everything_back(data_dir: Path, tmp_path: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.use()
    try:
        with server.connect(user=OWNER, database=DATABASE) as connection:
            connection.execute("CREATE TABLE kept (number int)")
            connection.execute("INSERT INTO kept VALUES (1), (2)")
            backup.dump(server, tmp_path / "mcn.dump")
            connection.execute("DELETE FROM kept WHERE number = 1")
            with pytest.raises(RuntimeProblem, match="Stop the product first"):
                backup.restore(server, tmp_path / "mcn.dump")
        assert rows(server) == [(2,)]
        (tmp_path / "damaged").write_bytes((tmp_path / "mcn.dump").read_bytes()[:200])
        with pytest.raises(RuntimeProblem, match="pg_restore failed"):
            backup.restore(server, tmp_path / "damaged")
        assert rows(server) == [(2,)]
        backup.restore(server, tmp_path / "mcn.dump")
        assert rows(server) == [(1,), (2,)]
    finally:
        server.leave()
