"""Running sums are made beside the database (docs/adr/0010): nothing asks for this aggregate any more."""

from importlib import import_module

from django.db import migrations

(MADE,) = import_module("mcn.commissions.migrations.0005_running_sum").Migration.operations


class Migration(migrations.Migration):

    dependencies = [('commissions', '0008_other_platform')]

    operations = [migrations.RunSQL(MADE.reverse_sql, MADE.sql)]
