#!/usr/bin/env python
"""Management commands. They work with nothing else running: see `prepare`."""

import os
import sys

from config.runtime import database
from config.runtime.problems import RuntimeProblem

# Commands that never read the database, and those that must see it as it is (running, but not migrated).
WITHOUT_DATABASE = {
    "", "help", "version", "--version", "--help", "-h", "check", "collectstatic", "compilemessages",
    "diffsettings", "findstatic", "makemessages", "sendtestemail", "spectacular", "startapp", "startproject",
}  # fmt: skip
WITHOUT_MIGRATING = {
    "createcachetable", "dbshell", "flush", "inspectdb", "makemigrations", "migrate", "optimizemigration",
    "showmigrations", "sqlflush", "sqlmigrate", "sqlsequencereset", "squashmigrations", "test",
}  # fmt: skip


def prepare(command: str) -> None:
    """Give the command a running database with its roles, and with tables if it is still empty.

    The embedded server is started here and stopped at exit, unless other processes use it.
    Raises RuntimeProblem if there is no way.
    """
    if command in WITHOUT_DATABASE:
        return
    server = database.embedded()
    if server is not None:
        server.use()
    database.prepare_roles()
    if command not in WITHOUT_MIGRATING and database.is_empty():
        import django
        from django.core.management import call_command

        print("The database is empty: making its tables.", file=sys.stderr)
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)


def main() -> None:
    """Run the command of the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    from django.core.management import execute_from_command_line

    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        if not {"--help", "-h"} & set(sys.argv[2:]):
            prepare(command)
        execute_from_command_line(sys.argv)
    except RuntimeProblem as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
