"""`migrate`, as the database's owner and by one process at a time."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from mcn.core.commands import ProductCommand

OWNER_ALIAS = "owner"
LOCK = 0x6D636E  # any constant: two processes must never migrate one database at the same time
EXTENSIONS = ("btree_gist", "pg_trgm")  # trusted ones: the database's owner may make them


class Command(ProductCommand, migrate.Command):
    """Django's `migrate` with the owner as database: the application's role may not alter tables."""

    def add_arguments(self, parser: CommandParser) -> None:
        """As Django's, with another default for `--database`."""
        super().add_arguments(parser)
        parser.set_defaults(database=OWNER_ALIAS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make extensions and the cache's table and migrate, under an advisory lock on an own connection."""
        options["database"] = OWNER_ALIAS
        owner = connections[OWNER_ALIAS]
        lock = owner.copy()
        try:
            with lock.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
                for extension in EXTENSIONS:
                    cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
            super().handle(*args, **options)
            # The shared cache is no model: its table and the application role's rights are made here.
            call_command("createcachetable", "core_cache", database=OWNER_ALIAS, verbosity=0)
            with owner.cursor() as cursor:
                role = owner.ops.quote_name(settings.DATABASES["default"]["USER"])
                cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON core_cache TO {role}")
        finally:
            lock.close()
