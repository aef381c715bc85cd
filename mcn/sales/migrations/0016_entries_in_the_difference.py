"""An import's difference tells of entries of other income, too; that of earlier imports does not."""

import mcn.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0015_clawbacks_of_a_month'),
    ]

    operations = [
        migrations.AddField(
            model_name='importdifference',
            name='entries',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='importdifference',
            name='entries_fen',
            field=mcn.core.fields.FenField(default=0, verbose_name='change of other income'),
        ),
    ]
