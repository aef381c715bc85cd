"""`python -m config.runtime.backup dump|restore FILE`: the embedded database as one file, and back.

Only for the embedded database: another server has an administrator and tools of its own.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from config.runtime import database
from config.runtime.postgres import DATABASE, OWNER, SUPERUSER, EmbeddedPostgres
from config.runtime.problems import RuntimeProblem


def dump(server: EmbeddedPostgres, file: Path) -> None:
    """Write the whole database, as of one moment; the product may be running. Raises RuntimeProblem."""
    draft = file.with_name(f"{file.name}.part")
    _run(server, "pg_dump", "--format=custom", f"--file={draft}", DATABASE)
    draft.replace(file)


def restore(server: EmbeddedPostgres, file: Path) -> None:
    """Put the dumped database in the place of the present one, all of it or nothing.

    Raises RuntimeProblem if the file cannot be read, or somebody is connected to the database.
    """
    if not file.is_file():
        raise RuntimeProblem(f"There is no file {file}.")
    fresh = f"{DATABASE}_restored"
    with server.connect() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{fresh}"')
        connection.execute(f'CREATE DATABASE "{fresh}" OWNER "{OWNER}"')
        _run(server, "pg_restore", "--exit-on-error", f"--dbname={fresh}", str(file))
        others = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (DATABASE,)).fetchone()
        if others and others[0]:
            connection.execute(f'DROP DATABASE "{fresh}"')
            raise RuntimeProblem("Stop the product first: somebody is connected to the database.")
        connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}"')
        connection.execute(f'ALTER DATABASE "{fresh}" RENAME TO "{DATABASE}"')


def _run(server: EmbeddedPostgres, program: str, *arguments: str) -> None:
    """One of PostgreSQL's client programs, as this user and as the database's superuser."""
    environment = {
        **os.environ,
        "PGHOST": str(server.socket_dir),
        "PGUSER": SUPERUSER,
        "PGPASSWORD": server.password(),
    }
    done = subprocess.run(
        [server.program(program), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise RuntimeProblem(f"{program} failed: {said[0]}")


def main() -> None:
    """Read the command line, start the server if it does not run, do the work."""
    parser = argparse.ArgumentParser(prog="python -m config.runtime.backup", description=__doc__)
    parser.add_argument("what", choices=["dump", "restore"])
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    server = database.embedded()
    try:
        if server is None:
            raise RuntimeProblem("DATABASE_URL is set: use pg_dump and pg_restore of that server.")
        server.use()
        database.prepare_roles()
        {"dump": dump, "restore": restore}[given.what](server, given.file.absolute())
    except RuntimeProblem as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
