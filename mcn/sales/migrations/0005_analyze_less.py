"""After an import the planner is told of the columns that queries look rows up by, not of names and amounts."""

from django.db import migrations

ANALYZE = """
create or replace function analyze_sales() returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    analyze {lines}, {events};
end
$$
"""
LOOKED_UP = {
    "lines": "sales_orderline (id, agency_id, platform, order_key, line_key, account_key, account_name, product_id,"
    " room_id, is_live, status, paid_at, paid_on, sales_import_id)",
    "events": "sales_earningevent (id, agency_id, line_id, part_key, kind, occurred_at, original_period,"
    " settle_period, sales_import_id)",
}
ALL = {"lines": "sales_orderline", "events": "sales_earningevent"}


class Migration(migrations.Migration):

    dependencies = [('sales', '0004_business_days')]

    operations = [migrations.RunSQL(ANALYZE.format(**LOOKED_UP), ANALYZE.format(**ALL))]
