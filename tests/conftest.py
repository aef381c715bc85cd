"""What every test stands on: one migrated PostgreSQL database, the restricted role, and no network."""

import ipaddress
import shutil
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings as hypothesis

from config import translations
from config.runtime import database

# How long an example takes says something about the machine, not about the product.
hypothesis.register_profile("suite", deadline=None)
hypothesis.load_profile("suite")

pytest_plugins = [
    "tests.agencies",
    "tests.chromium",
    "tests.sales.connectors.platforms",
    "tests.settlements.desk",
    "tests.workers",
    "tests.waiting_job",
]


def pytest_configure(config: pytest.Config) -> None:
    """Tests see the Chinese that stands in the catalogue now, compiled once for all their processes."""
    if not settings.TEST_PROCESS:
        translations.compile_catalogue()


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    """The database server, started if none runs, with its two roles."""
    server = database.embedded()
    if server is not None:
        server.use()
    database.prepare_roles()
    yield
    if server is not None:
        server.leave()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    database_server: None,
    django_test_environment: None,
    django_db_modify_db_settings: None,  # a database for each of the tests' processes
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
) -> Iterator[None]:
    """The test database, made and migrated as its owner. Alias `default` enters it as the restricted role."""
    with django_db_blocker.unblock():
        made = setup_databases(
            verbosity=0,
            interactive=False,
            keepdb=django_db_keepdb and not django_db_createdb,
            serialized_aliases=[],
        )
    DatabaseOperations.sql_flush = _empty_what_holds_something  # type: ignore[method-assign]
    # The tables keep their policies; making them again after every flush would cost seconds per test.
    post_migrate.disconnect(sender=apps.get_app_config("tenancy"), dispatch_uid="tenancy.secure")
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            connections.close_all()  # of both aliases: a database in use cannot be dropped
            _end_sessions(connections["default"].settings_dict["NAME"])
            teardown_databases(made, verbosity=0)


def _empty_what_holds_something(self: Any, _style: Any, tables: list[str], **_options: Any) -> list[str]:
    """What empties the tables after a test that committed: most hold nothing, and truncating them all takes a second.

    Guards of rows that may not go are off meanwhile; references are looked at when everything is gone.
    """
    names = [self.quote_name(table) for table in tables]
    with self.connection.cursor() as cursor:
        cursor.execute(" union all ".join(f"select '{name}' where exists (select from {name})" for name in names))  # noqa: S608
        filled = [name for (name,) in cursor.fetchall()]
    return [
        *(f"alter table {name} disable trigger user" for name in filled),
        *(f"delete from {name}" for name in filled),
        "set constraints all immediate",
        *(f"alter table {name} enable trigger user" for name in filled),
    ]


def _end_sessions(name: str) -> None:
    """End what threads and killed processes of tests may have left in the database."""
    server = database.embedded()
    if server is not None:
        with server.connect() as superuser:
            superuser.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for the database may use both aliases, unless it names its own."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is not None and "databases" not in marker.kwargs:
            marker.kwargs["databases"] = ["default", "owner"]


@pytest.fixture(autouse=True, scope="session")
def no_old_files() -> None:
    """Files of an earlier run are gone; tests that look for files see only their own run's."""
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
            raise RuntimeError(f"a test tried to reach {address[0]}: tests have no network")
        return connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
