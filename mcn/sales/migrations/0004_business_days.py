from django.db import migrations, models

DATE_LINES = """
update sales_orderline l
set paid_on = ((l.paid_at at time zone a.timezone) - a.day_starts_at::interval)::date
from tenancy_agency a
where a.id = l.agency_id and l.paid_at is not null
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0003_bulk_tables'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='orderline',
            name='paid_on',
            field=models.DateField(null=True, verbose_name='business day of the payment'),
        ),
        migrations.RunSQL(DATE_LINES, migrations.RunSQL.noop),
    ]
