from django.db import migrations, models

# The application's role owns no table and so may not analyze one; after a large import the planner needs it to.
ANALYZE = """
create function analyze_sales() returns void
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    analyze sales_orderline, sales_earningevent;
end
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0001_initial'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='orderline',
            index=models.Index(condition=models.Q(('platform', 'taobao')), fields=['agency', 'line_key'], name='order_line_sub_order'),
        ),
        migrations.RunSQL(ANALYZE, "drop function analyze_sales()"),
    ]
