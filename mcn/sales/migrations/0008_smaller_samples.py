"""The planner's picture of sales after an import comes from a third of the usual sample, in a third of the time."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [('sales', '0007_more_platforms')]

    operations = [
        migrations.RunSQL(
            "alter function analyze_sales() set default_statistics_target = 30",
            "alter function analyze_sales() reset default_statistics_target",
        ),
    ]
