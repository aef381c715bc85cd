"""What belongs to a closed month stays as it is: the database refuses every change, whoever asks.

Shares are written a million at a time, so their triggers fire once per statement and look at the months touched.
"""

from django.db import migrations

REFUSE = """
create function settlements_refuse(what text, month text) returns void
language plpgsql as $$
begin
    raise exception '% belongs to %, which is closed', what, month using errcode = 'restrict_violation';
end $$;

-- shares and buckets name their month
create function settlements_rows_are_open() returns trigger
language plpgsql as $$
declare month text;
begin
    select p.code into month from settlements_period p
    where p.state = 'closed' and (p.agency_id, p.code) in (select distinct agency_id, period from changed) limit 1;
    if found then perform settlements_refuse(tg_table_name, month); end if;
    return null;
end $$;

create function settlements_row_is_open() returns trigger
language plpgsql as $$
declare month text; was jsonb; becomes jsonb;
begin
    if tg_op <> 'INSERT' then was := to_jsonb(old); end if;
    if tg_op <> 'DELETE' then becomes := to_jsonb(new); end if;
    select p.code into month from settlements_period p
    where p.state = 'closed' and (
        (p.agency_id = (was ->> 'agency_id')::bigint
            and (p.id = (was ->> 'period_id')::bigint or p.code = was ->> 'period' or p.code = was ->> 'settle_period'))
        or (p.agency_id = (becomes ->> 'agency_id')::bigint
            and (p.id = (becomes ->> 'period_id')::bigint or p.code = becomes ->> 'period'
                or p.code = becomes ->> 'settle_period'))
    ) limit 1;
    if found then perform settlements_refuse(tg_table_name, month); end if;
    return coalesce(new, old);
end $$;

create function settlements_recoupment_is_open() returns trigger
language plpgsql as $$
declare month text;
begin
    select p.code into month
    from settlements_statement s join settlements_period p on p.agency_id = s.agency_id and p.id = s.period_id
    where p.state = 'closed' and (
        (tg_op <> 'INSERT' and s.agency_id = old.agency_id and s.id = old.statement_id)
        or (tg_op <> 'DELETE' and s.agency_id = new.agency_id and s.id = new.statement_id)
    ) limit 1;
    if found then perform settlements_refuse(tg_table_name, month); end if;
    return coalesce(new, old);
end $$;

create function settlements_advance_is_open() returns trigger
language plpgsql as $$
declare month text;
begin
    select p.code into month
    from settlements_recoupment r
    join settlements_statement s on s.agency_id = r.agency_id and s.id = r.statement_id
    join settlements_period p on p.agency_id = s.agency_id and p.id = s.period_id
    where p.state = 'closed' and r.agency_id = old.agency_id and r.advance_id = old.id limit 1;
    if found then perform settlements_refuse(tg_table_name, month); end if;
    return coalesce(new, old);
end $$;
"""
FUNCTIONS = (
    "settlements_advance_is_open()",
    "settlements_recoupment_is_open()",
    "settlements_row_is_open()",
    "settlements_rows_are_open()",
    "settlements_refuse(text, text)",
)
OFF = "".join(f"drop function {name} cascade;\n" for name in FUNCTIONS)


def _of_statements(table: str) -> str:
    """A trigger for each of insert, update and delete: a transition table belongs to one of them."""
    parts = [
        f"create trigger closed_{event} after {event} on {table} referencing {which} table as changed"
        " for each statement execute function settlements_rows_are_open();"
        for event, which in (("insert", "new"), ("delete", "old"))
    ]
    return "\n".join(parts)


def _of_rows(table: str, function: str, events: str = "insert or update or delete", columns: str = "") -> str:
    return f"create trigger closed before {events} on {table} for each row {columns} execute function {function}();"


TRIGGERS = "\n".join(
    (
        _of_statements("commissions_shareline"),
        _of_statements("commissions_bucket"),
        # shares are never updated; a trigger per row is no burden there
        _of_rows("commissions_shareline", "settlements_row_is_open", "update"),
        _of_rows("commissions_bucket", "settlements_row_is_open", "update"),
        _of_rows("settlements_statement", "settlements_row_is_open"),
        _of_rows("settlements_recoupment", "settlements_recoupment_is_open"),
        _of_rows("sales_entry", "settlements_row_is_open"),
        _of_rows("anchors_attendance", "settlements_row_is_open"),
        _of_rows("anchors_advance", "settlements_advance_is_open", "update or delete"),
    )
)


class Migration(migrations.Migration):
    dependencies = [
        ("settlements", "0001_initial"),
        ("commissions", "0002_share_record"),
        ("sales", "0002_speed"),
        ("anchors", "0001_initial"),
    ]

    operations = [migrations.RunSQL(REFUSE + TRIGGERS, OFF)]
