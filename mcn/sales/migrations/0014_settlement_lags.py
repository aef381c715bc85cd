"""How long settlements take, and what is open by day of payment; counted once from what there is."""

import django.db.models.deletion
import mcn.core.fields
from django.db import migrations, models

FILL_LAGS = """
insert into sales_settlementlag (agency_id, platform, settled_month, days, lines)
select
    e.agency_id,
    l.platform,
    e.original_period,
    greatest(((e.occurred_at at time zone a.timezone) - a.day_starts_at::interval)::date - l.paid_on, 0),
    count(*)
from sales_earningevent e
join sales_orderline l on l.agency_id = e.agency_id and l.id = e.line_id
join tenancy_agency a on a.id = e.agency_id
where e.kind = 'settled' and l.paid_on is not null
group by 1, 2, 3, 4
"""
FILL_OPEN = """
update sales_dailysales d set open_lines = o.lines, open_estimate_fen = o.estimate
from (
    select
        agency_id, paid_on, platform, coalesce(nullif(account_key, ''), account_name) as account_key,
        count(*) as lines, sum(estimated_gross_fen) as estimate
    from sales_orderline
    where status in (1, 2, 3) and paid_on is not null
    group by 1, 2, 3, 4
) o
where d.agency_id = o.agency_id and d.day = o.paid_on and d.platform = o.platform and d.account_key = o.account_key
"""


class Migration(migrations.Migration):

    dependencies = [
        ('sales', '0013_settled_by_day'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='dailysales',
            name='open_estimate_fen',
            field=mcn.core.fields.FenField(default=0, verbose_name='estimate not settled yet'),
        ),
        migrations.AddField(
            model_name='dailysales',
            name='open_lines',
            field=models.BigIntegerField(default=0, verbose_name='lines not settled yet'),
        ),
        migrations.CreateModel(
            name='SettlementLag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(choices=[('douyin', 'Douyin'), ('kuaishou', 'Kuaishou'), ('taobao', 'Taobao'), ('wechat', 'WeChat Channels'), ('jd', 'JD'), ('pinduoduo', 'Pinduoduo'), ('xiaohongshu', 'Xiaohongshu')], max_length=16, verbose_name='platform')),
                ('settled_month', models.CharField(max_length=7, verbose_name='month of the settlement')),
                ('days', models.IntegerField(verbose_name='days from payment to settlement')),
                ('lines', models.BigIntegerField(verbose_name='lines')),
                ('agency', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.agency')),
            ],
            options={
                'verbose_name': 'days until settlement',
                'verbose_name_plural': 'days until settlement',
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(fields=('agency', 'platform', 'settled_month', 'days'), name='settlement_lag_one')],
            },
        ),
        migrations.RunSQL(FILL_LAGS, migrations.RunSQL.noop),
        migrations.RunSQL(FILL_OPEN, migrations.RunSQL.noop),
    ]
