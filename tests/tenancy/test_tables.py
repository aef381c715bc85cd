"""Every agency table, under raw SQL as the application's role. Generated from the models: none is forgotten."""

from typing import Any

import pytest
from django.db import Error, connection, connections, transaction

from mcn.accounts.models import AuditEntry
from mcn.tenancy.models import TenantReference
from mcn.tenancy.rls import app_role, tenant_models, tenant_views
from mcn.tenancy.scope import agency_scope
from tests.agencies import World

TABLES = [model._meta.db_table for model in tenant_models()]


def rows(sql: str, *parameters: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_row_level_security_is_forced_on_every_agency_table(table: str) -> None:
    assert rows(
        "select relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) <> current_user"
        " from pg_class where oid = %s::regclass",
        table,
    ) == [(True, True, True)]
    policies = rows(
        "select policyname, cmd, qual, with_check from pg_policies where tablename = %s"
        " and %s = any(roles) and policyname = 'agency'",
        table,
        app_role(),
    )
    assert len(policies) == 1
    assert "mcn.agency_id" in policies[0][2] and "mcn.agency_id" in policies[0][3]


@pytest.mark.django_db
def test_every_table_with_an_agency_is_guarded() -> None:
    found = rows(
        "select table_name from information_schema.columns where column_name = 'agency_id' and table_schema = 'public'"
    )
    assert {row[0] for row in found} == {*TABLES, *tenant_views()}


@pytest.mark.django_db
@pytest.mark.parametrize("view", tenant_views())
def test_views_read_with_the_rights_of_whoever_reads_them(view: str, xinghe: World, beichen: World) -> None:
    assert rows("select 'security_invoker=true' = any(reloptions) from pg_class where oid = %s::regclass", view) == [
        (True,)
    ]
    with agency_scope(xinghe.id), transaction.atomic():
        assert rows(f"select count(*) from {view} where agency_id <> %s", xinghe.id) == [(0,)]
    assert rows(f"select count(*) from {view}") == [(0,)]


@pytest.mark.django_db
@pytest.mark.parametrize("view", tenant_views())
def test_nothing_is_written_through_a_view(view: str, xinghe: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic(), connection.cursor() as cursor:
        for statement in (f"delete from {view}", f"update {view} set agency_id = 1"):
            with pytest.raises(Error, match="cannot (delete|update)|permission denied"), transaction.atomic():
                cursor.execute(statement)


@pytest.mark.django_db
def test_the_application_role_is_no_owner_and_no_superuser() -> None:
    assert rows(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
    ) == [(False, False, False, False)]


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_raw_sql_meets_no_row_of_another_agency(table: str, xinghe: World, beichen: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic():
        assert rows(f"select count(*) from {table} where agency_id <> %s", xinghe.id) == [(0,)]
    assert rows(f"select count(*) from {table}") == [(0,)]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["update {table} set agency_id = agency_id", "delete from {table}"])
@pytest.mark.parametrize("table", TABLES)
def test_raw_sql_changes_no_row_of_another_agency(table: str, statement: str, xinghe: World, beichen: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic(), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement.format(table=table) + " where agency_id = %s", [beichen.id])
                changed = cursor.rowcount
        except Error:
            changed = 0
    assert changed == 0


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_raw_sql_inserts_nothing_for_another_agency(table: str, xinghe: World, beichen: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic(), connection.cursor() as cursor:
        statement = _smallest_insert(table)
        with pytest.raises(Error, match="row-level security|permission denied"), transaction.atomic():
            cursor.execute(statement, [beichen.id])


def _smallest_insert(table: str) -> str:
    """An insert that fills every column that must be filled with a value of its type."""
    columns = rows(
        "select column_name, data_type, coalesce(udt_name, '') from information_schema.columns"
        " where table_name = %s and is_nullable = 'NO' and column_name not in ('id', 'agency_id')",
        table,
    )
    values = {
        "bigint": "1", "integer": "1", "smallint": "1", "numeric": "1", "boolean": "false", "date": "current_date",
        "timestamp with time zone": "now()", "jsonb": "'{}'", "ARRAY": "'{}'", "inet": "'127.0.0.1'",
    }  # fmt: skip
    names = ", ".join(["agency_id", *(f'"{name}"' for name, _, _ in columns)])
    filled = ", ".join(["%s", *(values.get(kind, "'x'") for _, kind, _ in columns)])
    return f"insert into {table} ({names}) values ({filled})"


REFERENCES = [
    (model._meta.db_table, field.column, field.related_model._meta.db_table)
    for model in tenant_models()
    for field in model._meta.local_fields
    if isinstance(field, TenantReference) and field.checked
]


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "column", "target"), REFERENCES)
def test_references_carry_the_agency(table: str, column: str, target: str) -> None:
    definitions = rows(
        "select pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass and contype = 'f'", table
    )
    assert any(
        definition.startswith(f"FOREIGN KEY (agency_id, {column}) REFERENCES {target}(agency_id, id)")
        for (definition,) in definitions
    )


def test_only_references_of_and_to_mass_tables_are_unchecked() -> None:
    unchecked = {
        model._meta.label
        for model in tenant_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantReference) and not field.checked
    }
    assert unchecked == {
        "sales.OrderLine", "sales.LinePart", "sales.EarningEvent", "commissions.ShareBlock", "commissions.Unmatched",
        "settlements.Leftover", "sales.FormerLine", "sales.FormerPart",
        "settlements.Correction", "settlements.Dispute", "settlements.Hold",
    }  # fmt: skip


APPEND_ONLY = [
    "accounts_auditentry",
    "anchors_depositmove",
    "sales_earningevent",
    "sales_formerline",
    "sales_formerpart",
    "settlements_exit",
    "settlements_exitsettlement",
    "settlements_leftover",
]


@pytest.mark.django_db
@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["update {table} set id = id", "delete from {table}"])
def test_append_only_tables_cannot_be_edited(table: str, statement: str, inside: World) -> None:
    with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))


@pytest.mark.django_db(transaction=True)
def test_not_even_the_owner_of_the_database_edits_the_audit_trail(xinghe: World) -> None:
    with agency_scope(xinghe.id), transaction.atomic():
        AuditEntry.objects.create(actor_name="x", action="x", target="x", target_name="x")
    for statement in ("update accounts_auditentry set action = 'y'", "delete from accounts_auditentry"):
        with pytest.raises(Error, match="Cannot"), connections["owner"].cursor() as cursor:
            cursor.execute(statement)
