"""Blocks of shares that belong to a closed month stay as they are, as the shares themselves did."""

from django.db import migrations

TRIGGERS = """
create trigger closed_insert after insert on commissions_shareblock referencing new table as changed
    for each statement execute function settlements_rows_are_open();
create trigger closed_delete after delete on commissions_shareblock referencing old table as changed
    for each statement execute function settlements_rows_are_open();
create trigger closed before update on commissions_shareblock
    for each row execute function settlements_row_is_open();
"""
OFF = """
drop trigger closed_insert on commissions_shareblock;
drop trigger closed_delete on commissions_shareblock;
drop trigger closed on commissions_shareblock;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("settlements", "0006_lines_changed_by"),
        ("commissions", "0004_packed_shares"),
    ]

    operations = [migrations.RunSQL(TRIGGERS, OFF)]
