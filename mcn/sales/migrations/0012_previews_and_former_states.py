"""Imports may be looked at first and keep what they change in money; lines keep what they said before.

An import of earlier versions was recorded when its job began, and has no difference.
"""

import django.db.models.deletion
import mcn.core.fields
import mcn.tenancy.models
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

RECORDED = """
update sales_salesimport i set recorded_at = coalesce(j.started_at, i.created_at)
from sales_salesimport o left join jobs_job j on j.id = o.job_id
where o.id = i.id and i.state = 'done'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0001_initial'),
        ('sales', '0011_connections'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='salesimport',
            name='recorded_at',
            field=models.DateTimeField(null=True, verbose_name='recorded'),
        ),
        migrations.AlterField(
            model_name='salesimport',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting'), ('previewed', 'To be decided'), ('dropped', 'Dropped'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10, verbose_name='state'),
        ),
        migrations.CreateModel(
            name='FormerPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform_status', models.CharField(blank=True, max_length=40, verbose_name="platform's status")),
                ('changed_at', models.DateTimeField(null=True, verbose_name='changed by the platform')),
                ('base_fen', mcn.core.fields.FenField(verbose_name='base')),
                ('gross_fen', mcn.core.fields.FenField(verbose_name='commission')),
                ('fee_fen', mcn.core.fields.FenField(verbose_name='platform fee')),
                ('holder_fen', mcn.core.fields.FenField(verbose_name='paid to the account holder by the platform')),
                ('row_number', models.IntegerField(verbose_name='row')),
                ('agency', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
                ('part', mcn.tenancy.models.TenantForeignKey(checked=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='former_states', to='sales.linepart', verbose_name='part of a line')),
                ('sales_import', mcn.tenancy.models.TenantForeignKey(checked=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='former_parts', to='sales.salesimport', verbose_name='import')),
            ],
            options={
                'verbose_name': 'former state of a part of a line',
                'verbose_name_plural': 'former states of parts of lines',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ImportDifference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made_at', models.DateTimeField(verbose_name='worked out')),
                ('format', models.CharField(max_length=40, verbose_name='format')),
                ('estimated_gross_fen', mcn.core.fields.FenField(verbose_name='change of the estimated commission')),
                ('settled_base_fen', mcn.core.fields.FenField(verbose_name='change of the settled base')),
                ('settled_pool_fen', mcn.core.fields.FenField(verbose_name='change of the settled pool')),
                ('payment_months', models.JSONField(default=list)),
                ('accounts', models.JSONField(default=list)),
                ('events', models.JSONField(default=list)),
                ('anchors', models.JSONField(default=list)),
                ('agency', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
                ('sales_import', mcn.tenancy.models.TenantOneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='difference', to='sales.salesimport', verbose_name='import')),
            ],
            options={
                'verbose_name': 'difference of an import',
                'verbose_name_plural': 'differences of imports',
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='FormerLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_key', models.CharField(blank=True, max_length=120, verbose_name='account id')),
                ('account_name', models.CharField(blank=True, max_length=120, verbose_name='account')),
                ('product_id', models.CharField(blank=True, max_length=64, verbose_name='product id')),
                ('room_id', models.CharField(blank=True, max_length=64, verbose_name='room id')),
                ('status', models.SmallIntegerField(choices=[(0, 'Unknown'), (1, 'Paid'), (2, 'Shipped'), (3, 'Received'), (4, 'Settled'), (5, 'Invalid')], verbose_name='status')),
                ('platform_status', models.CharField(blank=True, max_length=40, verbose_name="platform's status")),
                ('paid_at', models.DateTimeField(null=True, verbose_name='paid')),
                ('received_at', models.DateTimeField(null=True, verbose_name='received')),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled')),
                ('changed_at', models.DateTimeField(null=True, verbose_name='changed by the platform')),
                ('exported_at', models.DateTimeField(verbose_name='exported')),
                ('estimated_base_fen', mcn.core.fields.FenField(verbose_name='estimated base')),
                ('estimated_gross_fen', mcn.core.fields.FenField(verbose_name='estimated commission')),
                ('estimated_fee_fen', mcn.core.fields.FenField(verbose_name='estimated platform fee')),
                ('settled_base_fen', mcn.core.fields.FenField(verbose_name='settled base')),
                ('settled_gross_fen', mcn.core.fields.FenField(verbose_name='settled commission')),
                ('settled_fee_fen', mcn.core.fields.FenField(verbose_name='settled platform fee')),
                ('settled_holder_fen', mcn.core.fields.FenField(verbose_name='paid to the account holder by the platform')),
                ('fee_derived', models.BooleanField(verbose_name="fee derived from the agency's rate")),
                ('row_number', models.IntegerField(verbose_name='row')),
                ('agency', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
                ('line', mcn.tenancy.models.TenantForeignKey(checked=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='former_states', to='sales.orderline', verbose_name='line')),
                ('sales_import', mcn.tenancy.models.TenantForeignKey(checked=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='former_lines', to='sales.salesimport', verbose_name='import')),
            ],
            options={
                'verbose_name': 'former state of a line',
                'verbose_name_plural': 'former states of lines',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['agency', 'line'], name='former_line')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formerline',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='06b75e2220a6552316fd49d1f929fc71e7e53a5b', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_edaa5', table='sales_formerline', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='formerpart',
            index=models.Index(fields=['agency', 'part'], name='former_part'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='formerpart',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0aadbeba6f9d64c2e6485006ebf9fcc0b9a18ebb', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3f728', table='sales_formerpart', when='BEFORE')),
        ),
        migrations.RunSQL(RECORDED, migrations.RunSQL.noop),
    ]
