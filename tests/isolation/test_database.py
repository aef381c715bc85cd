"""What the database itself refuses to the application's role, beyond single tables (`test_tables.py`)."""

from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import Error, connection, transaction

from mcn.jobs.services import LOCK_SPACE
from mcn.sales.services.imports import WRITER_LOCK
from mcn.settlements.agency_file.loading import ONE_AT_A_TIME
from mcn.tenancy.rls import tenant_views
from tests.isolation.twins import TABLES, Twin, inside

# Tables that belong to no agency, and why the application's role may use them all the same.
SHARED = {
    "accounts_user": "one person may belong to several agencies",
    "accounts_user_groups": "the operator's site",
    "accounts_user_user_permissions": "the operator's site",
    "account_emailaddress": "sign-in",
    "account_emailconfirmation": "sign-in",
    "auth_group": "the operator's site",
    "auth_group_permissions": "the operator's site",
    "auth_permission": "the operator's site",
    "core_cache": "counters of sign-in attempts",
    "django_admin_log": "the operator's site",
    "django_content_type": "names of models",
    "django_migrations": "read only",
    "django_session": "found by an unguessable key only",
    "mfa_authenticator": "sign-in",
}
# Functions that run with their owner's rights, and why.
DEFINERS = {"analyze_sales": "brings statistics up to date; takes nothing, gives nothing"}


def rows(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetchall() if cursor.description else []


def refused(sql: str, message: str) -> None:
    with pytest.raises(Error, match=message), transaction.atomic():
        rows(sql)


@pytest.fixture
def own(twins: tuple[Twin, Twin]) -> Any:
    with inside(twins[0]):
        yield twins[0]


def test_only_these_tables_are_shared(own: Twin) -> None:
    found = rows(
        "select relname from pg_class where relkind in ('r', 'p') and not relrowsecurity"
        " and relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in found} <= SHARED.keys()


def test_nothing_looks_past_the_policies(own: Twin) -> None:
    """No view but the models' own (`test_tables.py`), nothing else; the functions with more rights are known."""
    found = rows(
        "select relname from pg_class where relkind in ('m', 'v', 'f') and relnamespace = 'public'::regnamespace"
    )
    assert {name for (name,) in found} == set(tenant_views())
    definers = rows(
        "select p.proname, p.proconfig from pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace"
    )
    assert {name for name, _config in definers} == DEFINERS.keys()
    assert all(any(part.startswith("search_path=") for part in config or []) for _name, config in definers)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("create table public.mine (x int)", "permission denied"),
        ("create schema mine", "permission denied"),
        ("create function public.mine() returns int language sql as 'select 1'", "permission denied"),
        ("alter table sales_orderline disable row level security", "must be owner"),
        ("alter table sales_orderline no force row level security", "must be owner"),
        ("drop policy agency on sales_orderline", "must be owner"),
        ("create policy mine on sales_orderline using (true)", "must be owner"),
        ("truncate sales_orderline", "permission denied"),
        ("create trigger mine before insert on sales_orderline execute function analyze_sales()", "permission denied"),
        ("create rule mine as on select to sales_orderline do instead select 1", "must be owner"),
        ("copy sales_orderline to program 'cat'", "permission denied|must be superuser"),
        ("copy sales_orderline to '/tmp/mine'", "permission denied|must be superuser"),
        ("copy sales_orderline from '/etc/passwd'", "permission denied|must be superuser|not supported"),
        ("select pg_read_file('/etc/passwd')", "permission denied"),
        ("select lo_import('/etc/passwd')", "permission denied"),
        ("alter role current_user bypassrls", "permission denied|must be|Only roles"),
        ("delete from django_migrations", "permission denied"),
        ("create extension dblink", "permission denied|not available"),
        ("set session_replication_role = replica", "permission denied"),
    ],
)  # fmt: skip
def test_the_role_cannot_lift_the_policies(own: Twin, statement: str, message: str) -> None:
    refused(statement, message)


def test_the_role_does_not_become_the_owner(own: Twin) -> None:
    owner = settings.DATABASES["owner"]["USER"]
    refused(f'set role "{owner}"', "permission denied")
    refused(f'set session authorization "{owner}"', "permission denied")


def test_the_role_is_a_member_of_no_other(own: Twin) -> None:
    assert rows("select 1 from pg_auth_members where member = current_user::regrole") == []


@pytest.mark.parametrize("table", TABLES)
def test_without_row_security_a_query_fails_instead_of_seeing_more(own: Twin, table: str) -> None:
    with transaction.atomic():
        rows("set local row_security = off")
        refused(f"select count(*) from {table}", "row-level security")
        transaction.set_rollback(True)


@pytest.mark.parametrize("table", TABLES)
def test_statistics_tell_nothing(own: Twin, table: str) -> None:
    assert rows("select 1 from pg_stats where tablename = %s", table) == []


def test_copying_out_obeys_the_policies(twins: tuple[Twin, Twin], own: Twin) -> None:
    with connection.cursor() as cursor, cursor.copy("copy anchors_anchor to stdout") as copy:
        text = b"".join(bytes(part) for part in copy).decode()
    assert twins[0].mark in text
    assert twins[1].mark not in text


def test_nothing_is_kept_outside_of_tables(own: Twin) -> None:
    assert rows("select 1 from pg_largeobject_metadata") == []


def test_temporary_tables_take_no_place_of_real_ones_and_end(twins: tuple[Twin, Twin]) -> None:
    """A temporary table is found before a real one of its name, and no policy guards it."""
    found = {name for (name,) in rows("select relname from pg_class where relpersistence = 't' and relkind = 'r'")}
    real = {name for (name,) in rows("select relname from pg_class where relnamespace = 'public'::regnamespace")}
    assert found  # of the imports and calculations in this transaction
    assert not found & real


def test_locks_of_agencies_and_purposes_are_apart(twins: tuple[Twin, Twin]) -> None:
    assert len({LOCK_SPACE, WRITER_LOCK, ONE_AT_A_TIME}) == 3
    own, other = twins
    assert own.agency.pk % 2**31 != other.agency.pk % 2**31


def test_the_cache_holds_no_pages(twins: tuple[Twin, Twin]) -> None:
    """Nothing that a page of an agency shows is cached, so no key can be another agency's."""
    cache = caches["default"]
    cache.clear()
    for twin in twins:
        for page in ("", "brands/", "anchors/", "api/v1/anchors/"):
            assert twin.client().get(f"/a/{twin.slug}/{page}").status_code == 200
    assert not [key for key in cache._cache if "throttle" not in key and "rl" not in key]
