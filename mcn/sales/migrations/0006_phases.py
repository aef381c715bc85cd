"""Two lists may tell of one line, and a line may be settled in phases."""

from django.db import migrations, models


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
        # What only refund records named so far: any list may fill it.
        migrations.RunSQL("update sales_orderline set authority = 0 where status = 0", migrations.RunSQL.noop),
    ]
