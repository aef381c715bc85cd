"""A sum of bigint that stays bigint: `sum` makes a numeric of every row of a window. Overflow is an error as ever."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('commissions', '0004_packed_shares')]

    operations = [
        migrations.RunSQL(
            "create aggregate running_sum(bigint) (sfunc = int8pl, stype = bigint, initcond = '0', parallel = safe)",
            "drop aggregate running_sum(bigint)",
        ),
    ]
