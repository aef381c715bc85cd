"""The sums of earning events by day and account, made once from those there are; and the platforms' bills."""

import django.core.validators
import django.db.models.deletion
import mcn.core.fields
from django.db import migrations, models

FILL = """
insert into sales_dailysettled (
    agency_id, day, platform, account_key, settled_events, supplement_events, clawback_events, base_fen, gross_fen,
    fee_fen, holder_fen
)
select
    e.agency_id,
    ((e.occurred_at at time zone a.timezone) - a.day_starts_at::interval)::date,
    l.platform,
    coalesce(nullif(l.account_key, ''), l.account_name),
    count(*) filter (where e.kind = 'settled'),
    count(*) filter (where e.kind = 'supplement'),
    count(*) filter (where e.kind = 'clawback'),
    sum(e.base_fen), sum(e.gross_fen), sum(e.fee_fen), sum(e.holder_fen)
from sales_earningevent e
join sales_orderline l on l.agency_id = e.agency_id and l.id = e.line_id
join tenancy_agency a on a.id = e.agency_id
group by 1, 2, 3, 4
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0012_previews_and_former_states'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DailySettled',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(verbose_name='day')),
                ('platform', models.CharField(choices=[('douyin', 'Douyin'), ('kuaishou', 'Kuaishou'), ('taobao', 'Taobao'), ('wechat', 'WeChat Channels'), ('jd', 'JD'), ('pinduoduo', 'Pinduoduo'), ('xiaohongshu', 'Xiaohongshu')], max_length=16, verbose_name='platform')),
                ('account_key', models.CharField(blank=True, max_length=120, verbose_name='account')),
                ('settled_events', models.BigIntegerField(verbose_name='settlements')),
                ('supplement_events', models.BigIntegerField(verbose_name='supplements')),
                ('clawback_events', models.BigIntegerField(verbose_name='clawbacks')),
                ('base_fen', mcn.core.fields.FenField(verbose_name='base')),
                ('gross_fen', mcn.core.fields.FenField(verbose_name='commission')),
                ('fee_fen', mcn.core.fields.FenField(verbose_name='platform fee')),
                ('holder_fen', mcn.core.fields.FenField(verbose_name='paid to the account holder by the platform')),
                ('agency', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
            ],
            options={
                'verbose_name': 'settled money of a day',
                'verbose_name_plural': 'settled money by day',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('agency', 'day', 'platform', 'account_key'), name='daily_settled_one')],
            },
        ),
        migrations.CreateModel(
            name='PlatformBill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(choices=[('douyin', 'Douyin'), ('kuaishou', 'Kuaishou'), ('taobao', 'Taobao'), ('wechat', 'WeChat Channels'), ('jd', 'JD'), ('pinduoduo', 'Pinduoduo'), ('xiaohongshu', 'Xiaohongshu')], max_length=16, verbose_name='platform')),
                ('account_key', models.CharField(max_length=120, verbose_name='account')),
                ('day', models.DateField(verbose_name='day')),
                ('measure', models.CharField(choices=[('pool', 'Commission less platform fee, by day of settlement'), ('commission', 'Commission, by day of settlement'), ('base', 'Settled base, by day of settlement'), ('gmv', 'GMV, by day of payment'), ('estimate', 'Estimated commission, by day of payment')], max_length=12, verbose_name='what the amount is')),
                ('amount_fen', mcn.core.fields.FenField(verbose_name='amount')),
                ('count', models.IntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(0)], verbose_name='count')),
                ('is_withdrawn', models.BooleanField(default=False, verbose_name='withdrawn')),
                ('agency', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
            ],
            options={
                'verbose_name': "platform's bill of a day",
                'verbose_name_plural': "platforms' bills",
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('agency', 'day', 'platform', 'account_key', 'measure'), name='platform_bill_one'), models.CheckConstraint(condition=models.Q(('count__isnull', True), ('count__gte', 0), _connector='OR'), name='platform_bill_count')],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
