"""Shares are kept packed, some hundred blocks a month instead of a million rows; a view reads them one by one."""

import django.contrib.postgres.fields
import django.db.models.deletion
import mcn.core.fields
import mcn.tenancy.models
from django.db import migrations, models

PACK = """
insert into commissions_shareblock (
    agency_id, period, bucket_id, number, first_event, last_event, events, entries, shares, hosts, dates, holders
)
select
    agency_id, period, bucket_id, number, min(event_id), max(event_id), array_agg(event_id order by id),
    array_agg(entry_id order by id), array_agg(share_fen order by id), array_agg(host order by id),
    array_agg(dated_on order by id), array_agg(holder_id order by id)
from (
    select *, (row_number() over (partition by bucket_id order by id) - 1) / 1048576 as number
    from commissions_shareline
) numbered
group by agency_id, period, bucket_id, number
order by bucket_id, number;
drop table commissions_shareline;
"""

WHOLE = """
alter table commissions_shareblock add constraint share_block_whole check (
    cardinality(events) = cardinality(shares) and cardinality(entries) = cardinality(shares)
    and cardinality(hosts) = cardinality(shares) and cardinality(dates) = cardinality(shares)
    and cardinality(holders) = cardinality(shares) and cardinality(shares) <= 2097152
)
"""

# Numbers like these hardly get smaller by compression, and it would take longer than everything else.
AS_THEY_ARE = "".join(
    f"alter table commissions_shareblock alter column {name} set storage external;"
    for name in ("events", "shares", "hosts", "dates")
)

# Whoever reads it reads with the rights of their own role: row-level security holds for the blocks below.
VIEW = """
create view commissions_shareline with (security_invoker = true) as
select
    b.id * 2097152 + s.place - 1 as id, b.agency_id, b.id as block_id, b.period, b.bucket_id, s.event_id, s.entry_id,
    s.share_fen, s.host, s.dated_on, s.holder_id, b.first_event, b.last_event
from commissions_shareblock b
cross join lateral unnest(b.events, b.entries, b.shares, b.hosts, b.dates, b.holders)
    with ordinality as s (event_id, entry_id, share_fen, host, dated_on, holder_id, place)
"""


def reference(to, **options):
    return mcn.tenancy.models.TenantForeignKey(
        to=to, checked=False, on_delete=django.db.models.deletion.DO_NOTHING, **options
    )


class Migration(migrations.Migration):

    dependencies = [
        ('commissions', '0003_bulk_shares'),
        ('settlements', '0003_who_calculated'),  # its triggers are on the table that goes
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShareBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.CharField(max_length=7, verbose_name='month')),
                ('number', models.BigIntegerField()),
                ('first_event', models.BigIntegerField(null=True)),
                ('last_event', models.BigIntegerField(null=True)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(null=True), size=None)),
                ('entries', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(null=True), size=None)),
                ('shares', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('hosts', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('dates', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(null=True), size=None)),
                ('holders', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(null=True), size=None)),
                ('agency', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
                ('bucket', mcn.tenancy.models.TenantForeignKey(checked=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='commissions.bucket')),
            ],
            options={
                'verbose_name': 'block of shares',
                'verbose_name_plural': 'blocks of shares',
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['agency', 'last_event'], name='share_block_events')],
                'constraints': [models.UniqueConstraint(fields=('agency', 'period', 'bucket', 'number'), name='share_block_one')],
            },
        ),
        migrations.RunSQL(WHOLE, migrations.RunSQL.noop),
        migrations.RunSQL(AS_THEY_ARE, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PACK), migrations.RunSQL(VIEW)],
            state_operations=[
                migrations.DeleteModel(name='ShareLine'),
                migrations.CreateModel(
                    name='ShareLine',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('period', models.CharField(max_length=7, verbose_name='month')),
                        ('share_fen', mcn.core.fields.FenField(verbose_name='share')),
                        ('host', models.SmallIntegerField(default=0, verbose_name='host')),
                        ('dated_on', models.DateField(null=True, verbose_name='counted from')),
                        ('first_event', models.BigIntegerField(null=True)),
                        ('last_event', models.BigIntegerField(null=True)),
                        ('agency', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
                        ('block', reference('commissions.shareblock', related_name='lines')),
                        ('bucket', reference('commissions.bucket', related_name='share_lines')),
                        ('event', reference('sales.earningevent', related_name='share_lines', null=True)),
                        ('entry', reference('sales.entry', related_name='share_lines', null=True)),
                        ('holder', reference('anchors.payee', related_name='+', null=True)),
                    ],
                    options={
                        'verbose_name': 'share of a line',
                        'verbose_name_plural': 'shares of lines',
                        'abstract': False,
                        'base_manager_name': 'objects',
                        'managed': False,
                    },
                ),
            ],
        ),
    ]
