"""Two lists may tell of one line, and a line may be settled in phases."""

from django.db import migrations, models

# What only refund records named so far has none: any list may fill it. The league's list is the agency's own.
AUTHORITY_OF_LINES = """
update sales_orderline l
set authority = case when l.status = 0 then 0 else 2 end
from sales_salesimport i
where i.id = l.sales_import_id and (l.status = 0 or i.format = 'wechat_league')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0005_analyze_less'),
    ]

    operations = [
        migrations.AddField(
            model_name='linepart',
            name='is_phase',
            field=models.BooleanField(default=False, verbose_name='phase of the settlement'),
        ),
        migrations.AddField(
            model_name='orderline',
            name='authority',
            field=models.SmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='orderline',
            name='phases',
            field=models.SmallIntegerField(
                choices=[
                    (0, 'The order list counts'),
                    (
                        1,
                        "A later phase of the settlement is known, the first is not: until then the order list's amounts count.",
                    ),
                    (2, 'The platform settles this order in phases: commission and fee are those of the phases below.'),
                ],
                default=0,
                verbose_name='settled in phases',
            ),
        ),
        migrations.RunSQL(AUTHORITY_OF_LINES, migrations.RunSQL.noop),
    ]
