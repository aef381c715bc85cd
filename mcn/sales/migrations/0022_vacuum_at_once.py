"""Lines and events are vacuumed without pauses.

With the pauses that PostgreSQL makes by default, vacuuming a month of a million lines takes longer than the next import,
whose `analyze` then ends it: in the months after a large first one it began again and again, and cost every import a
fifth of its time.
"""

from django.db import migrations

TABLES = ("sales_orderline", "sales_earningevent")


def all_tables(change: str) -> str:
    return ";".join(f"alter table {table} {change}" for table in TABLES)


class Migration(migrations.Migration):

    dependencies = [('sales', '0021_ids_in_blocks')]

    operations = [
        migrations.RunSQL(
            all_tables("set (autovacuum_vacuum_cost_delay = 0)"),
            all_tables("reset (autovacuum_vacuum_cost_delay)"),
        )
    ]
