"""Row-level security, grants and composite foreign keys, made from the models after every migrate.

What is generated cannot be forgotten: every concrete TenantModel gets
- `unique (agency_id, id)` where a composite reference points at it;
- forced row-level security with one policy that reads `mcn.agency_id`;
- one composite foreign key for each TenantForeignKey;
- the rights of the application role, which owns nothing and bypasses nothing.
Every step is idempotent. It runs as the owner (alias `owner`).
"""

from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import connections, models
from django.db.backends.utils import names_digest

from mcn.tenancy.models import Agency, TenantModel, TenantReference

AGENCY = "(select nullif(current_setting('mcn.agency_id', true), '')::bigint)"
USER = "(select nullif(current_setting('mcn.user_id', true), '')::bigint)"
OPERATOR = "(select current_setting('mcn.operator', true) = 'on')"


def tenant_models() -> list[type[TenantModel]]:
    """Every concrete model whose rows belong to an agency."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, TenantModel) and model._meta.managed and not model._meta.proxy
    ]


def tenant_views() -> list[str]:
    """Views of such rows. They have no policies: they have to read with the rights of whoever reads them."""
    return [
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, TenantModel) and not model._meta.managed
    ]


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table_statements(model: type[TenantModel]) -> Iterator[str]:
    table = model._meta.db_table
    extra = getattr(model, "extra_read_policy", None)
    yield f"alter table {_quote(table)} enable row level security"
    yield f"alter table {_quote(table)} force row level security"
    yield f"drop policy if exists agency on {_quote(table)}"
    yield (
        f"create policy agency on {_quote(table)} to {_quote(app_role())}"
        f" using (agency_id = {AGENCY}) with check (agency_id = {AGENCY})"
    )
    yield f"drop policy if exists own on {_quote(table)}"
    if extra:
        yield f"create policy own on {_quote(table)} for select to {_quote(app_role())} using ({extra})"


def _owner_policy(table: str, owner: str) -> Iterator[str]:
    """Migrations run as the owner, whom FORCE also binds (unless superuser)."""
    yield f"drop policy if exists migrations on {_quote(table)}"
    yield f"create policy migrations on {_quote(table)} to {_quote(owner)} using (true) with check (true)"


def _agency_statements() -> Iterator[str]:
    table = _quote(Agency._meta.db_table)
    member = _quote(apps.get_model("accounts", "Membership")._meta.db_table)
    mine = f"id in (select agency_id from {member} where user_id = {USER} and is_active)"
    yield f"alter table {table} enable row level security"
    yield f"alter table {table} force row level security"
    for name in ("seen", "kept", "own_settings"):
        yield f"drop policy if exists {name} on {table}"
    role = _quote(app_role())
    yield f"create policy seen on {table} for select to {role} using (id = {AGENCY} or {OPERATOR} or {mine})"
    yield f"create policy kept on {table} for insert to {role} with check ({OPERATOR})"
    yield (
        f"create policy own_settings on {table} for update to {role}"
        f" using (id = {AGENCY} or {OPERATOR}) with check (id = {AGENCY} or {OPERATOR})"
    )


def app_role() -> str:
    """The role that web and workers log in as."""
    return str(settings.DATABASES["default"]["USER"])


def secure(using: str = "owner") -> None:
    """Bring policies, grants, keys and composite references in line with the models."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        owner = cursor.fetchone()[0]
        existing = set(connection.introspection.table_names(cursor))
        if Agency._meta.db_table not in existing or "accounts_membership" not in existing:
            return
        targets = _targets()
        for model in tenant_models():
            table = model._meta.db_table
            if table not in existing:
                continue
            if table in targets:
                _unique_agency_id(cursor, table)
            for statement in (*_table_statements(model), *_owner_policy(table, owner)):
                cursor.execute(statement)
        for statement in (*_agency_statements(), *_owner_policy(Agency._meta.db_table, owner)):
            cursor.execute(statement)
        for model in tenant_models():
            if model._meta.db_table in existing:
                _composite_keys(cursor, model, existing)
        for model in tenant_models():
            table = model._meta.db_table
            if table in existing and table not in targets:  # an index that nothing uses, on the largest tables
                cursor.execute(f"alter table {_quote(table)} drop constraint if exists {_quote(_unique_name(table))}")
        _grants(cursor, existing)


def _targets() -> set[str]:
    """Tables that composite references point at."""
    return {
        field.related_model._meta.db_table
        for model in tenant_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantReference) and field.checked and field.related_model is not None
    }


def _unique_name(table: str) -> str:
    return f"{table[:50]}_agency_id_id_uq"


def _unique_agency_id(cursor, table: str) -> None:  # type: ignore[no-untyped-def]
    name = _unique_name(table)
    cursor.execute("select 1 from pg_constraint where conname = %s and conrelid = %s::regclass", [name, table])
    if cursor.fetchone() is None:
        cursor.execute(f"alter table {_quote(table)} add constraint {_quote(name)} unique (agency_id, id)")


def _composite_keys(cursor, model: type[TenantModel], existing: set[str]) -> None:  # type: ignore[no-untyped-def]
    table = model._meta.db_table
    wanted = {}
    for field in model._meta.local_fields:
        if not isinstance(field, TenantReference):
            continue
        if field.related_model is None or field.column is None:
            raise TypeError(f"{field} refers to no table")
        target = field.related_model._meta.db_table
        if target in existing and field.checked:
            name = f"{table[:30]}_{field.column[:18]}_{names_digest(table, field.column, target, length=6)}_agfk"
            wanted[name] = (field.column, target)
    cursor.execute(
        "select conname from pg_constraint where conrelid = %s::regclass and conname like '%%\\_agfk'",
        [table],
    )
    have = {row[0] for row in cursor.fetchall()}
    for name in have - wanted.keys():
        cursor.execute(f"alter table {_quote(table)} drop constraint {_quote(name)}")
    for name in wanted.keys() - have:
        column, target = wanted[name]
        cursor.execute(
            f"alter table {_quote(table)} add constraint {_quote(name)}"
            f" foreign key (agency_id, {_quote(column)}) references {_quote(target)} (agency_id, id)"
            " deferrable initially deferred"
        )


def _grants(cursor, existing: set[str]) -> None:  # type: ignore[no-untyped-def]
    role = _quote(app_role())
    cursor.execute(f"grant usage on schema public to {role}")
    for table in existing:
        cursor.execute(f"grant select, insert, update, delete on {_quote(table)} to {role}")
    for view in tenant_views():
        cursor.execute(f"grant select on {_quote(view)} to {role}")
    cursor.execute(
        f"alter default privileges in schema public grant select, insert, update, delete on tables to {role}"
    )
    cursor.execute(f"alter default privileges in schema public grant usage, select on sequences to {role}")
    cursor.execute(f"grant usage, select on all sequences in schema public to {role}")
    cursor.execute(f"revoke insert, update, delete on django_migrations from {role}")
    for model in apps.get_models():
        if getattr(model, "append_only", False) and model._meta.db_table in existing:
            cursor.execute(f"revoke update, delete on {_quote(model._meta.db_table)} from {role}")


def related_to_other_agency(field: models.Field) -> bool:
    """Whether a relation between two agency tables lacks the composite key (a defect)."""
    related = field.related_model
    return isinstance(related, type) and issubclass(related, TenantModel) and not isinstance(field, TenantReference)
