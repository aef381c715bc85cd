"""The same month as one would write it first: row by row through the ORM. For contrast with the product's way.

Import, attribution with co-hosts, tiers, overrides and cumulative rounding, without clawbacks and re-imports. The
bench runs it on a sample and compares what every payee gets with what the product says of the same sample.
"""

import csv
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mcn.anchors.models import Anchor, ContractVersion, PlatformAccount
from mcn.commissions.models import Bucket, Override, SplitRule
from mcn.core.money import R
from mcn.live.models import Session
from mcn.sales.models import EarningEvent, OrderLine, SalesImport
from mcn.tenancy.models import PlatformFeeRate
from mcn.tenancy.scope import agency_scope
from tests.bench.month import PERIOD
from tests.shares import make_share

ZONE = ZoneInfo("Asia/Shanghai")
STATUS = {"订单付款": 1, "订单收货": 3, "订单结算": 4, "订单退货退款": 5}
Amounts = tuple[int, int, int, int]


def settle(agency_id: int, path: str, exported_at: str) -> dict[str, int]:
    """Import the file and share its month; what each payee gets, in fen by code."""
    with agency_scope(agency_id), transaction.atomic():
        _bring(Path(path), datetime.fromisoformat(f"{exported_at}+08:00"))
        return _share()


def _bring(path: Path, exported_at: datetime) -> None:
    today = timezone.localdate()
    sales_import = SalesImport.objects.create(
        file_name=path.name, sha256="", size=path.stat().st_size, exported_at=exported_at, retain_until=today
    )
    fee_rate = PlatformFeeRate.objects.get(platform="douyin").fee_rate
    with path.open(encoding="utf-8", newline="") as source:
        for number, row in enumerate(csv.DictReader(source), 2):
            order = row["订单id"].strip()
            if OrderLine.objects.filter(platform="douyin", order_key=order, line_key=order).exists():
                continue
            settled = row["订单状态"] == "订单结算"
            base, gross = (_fen(row[name]) if settled else 0 for name in ("结算金额", "实际佣金支出"))
            line = OrderLine.objects.create(
                platform="douyin",
                order_key=order,
                line_key=order,
                account_key=row["抖音/火山号"],
                account_name=row["作者账号"],
                product_id=row["商品id"].strip(),
                product_name=row["商品名称"],
                shop_name=row["店铺名称"],
                quantity=int(row["商品数量"]),
                is_live=row["流量来源"] == "直播",
                status=STATUS[row["订单状态"]],
                platform_status=row["订单状态"],
                paid_at=_moment(row["付款时间"]),
                received_at=_moment(row["收货时间"]),
                settled_at=_moment(row["订单结算时间"]),
                exported_at=exported_at,
                estimated_base_fen=_fen(row["支付金额"]),
                estimated_gross_fen=_fen(row["预估佣金支出"]),
                settled_base_fen=base,
                settled_gross_fen=gross,
                settled_fee_fen=R(gross * fee_rate),
                fee_derived=gross != 0,
                row_hash=0,
                sales_import=sales_import,
                row_number=number,
            )
            if (base, gross) != (0, 0):
                EarningEvent.objects.create(
                    line=line,
                    kind=EarningEvent.Kind.SETTLED,
                    occurred_at=line.settled_at,
                    original_period=f"{line.settled_at.astimezone(ZONE):%Y-%m}",
                    settle_period=f"{line.settled_at.astimezone(ZONE):%Y-%m}",
                    base_fen=base,
                    gross_fen=gross,
                    fee_fen=line.settled_fee_fen,
                    holder_fen=0,
                    sales_import=sales_import,
                )


def _fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


def _moment(text: str) -> datetime | None:
    return None if text in ("", "-") else datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)


def _share() -> dict[str, int]:
    """Shares of the month, one by one in the order of the events (docs/money.md §4)."""
    earned: dict[str, int] = defaultdict(int)
    buckets: dict[tuple[SplitRule, Decimal], list[tuple[EarningEvent, Anchor, int]]] = defaultdict(list)
    sums: dict[int, list[Fraction]] = defaultdict(lambda: [Fraction(0), Fraction(0)])
    events = (
        EarningEvent.objects.filter(settle_period=PERIOD)
        .select_related("line")
        .order_by("occurred_at", "line__platform", "line__order_key", "line__line_key", "id")
    )
    order = {}
    for event in events:
        order[event.pk] = len(order)
        paid_on = event.line.paid_at.astimezone(ZONE).date()
        for position, (anchor, weight) in enumerate(_hosts(event.line, paid_on)):
            version = (
                ContractVersion.objects.filter(
                    contract__anchor=anchor, contract__ends_on__gte=paid_on, starts_on__lte=paid_on
                )
                .order_by("-starts_on", "-number")
                .first()
            )
            rules = version.splits.filter(income="commission")
            rule = rules.filter(scope="platform", platform=event.line.platform).first() or rules.get(scope="none")
            buckets[rule, weight].append((event, anchor, position))
            sums[version.pk][0] += event.base_fen * Fraction(weight)
            sums[version.pk][1] += event.pool_fen * Fraction(weight)
    kept: dict[int, list[tuple[int, int, Fraction, EarningEvent]]] = defaultdict(list)
    for (rule, weight), parts in buckets.items():
        q = _rate(rule, *sums[rule.version_id]) * Fraction(weight)
        payee = parts[0][1].payee
        bucket = Bucket.objects.create(
            period=PERIOD, kind="share", column="commission_share", payee=payee, version_id=rule.version_id, rule=rule
        )
        running = 0
        for event, _anchor, position in parts:
            share = R((running + event.pool_fen) * q) - R(running * q)
            running += event.pool_fen
            make_share(bucket, share, event=event, host=position)
            earned[payee.code] += share
            left = event.pool_fen * Fraction(weight) - share
            kept[rule.version_id].append((order[event.pk], position, left, event))
    for override in Override.objects.filter(version__in=kept).select_related("payee"):
        bucket = Bucket.objects.create(
            period=PERIOD, kind="override", column="override_share", payee=override.payee, override=override
        )
        total = Fraction(0)
        for _place, position, left, event in sorted(kept[override.version_id], key=lambda part: part[:2]):
            share = R((total + left) * Fraction(override.rate)) - R(total * Fraction(override.rate))
            total += left
            make_share(bucket, share, event=event, host=position)
            earned[override.payee.code] += share
    return dict(earned)


def _hosts(line: OrderLine, paid_on) -> list[tuple[Anchor, Decimal]]:  # type: ignore[no-untyped-def]
    session = Session.objects.filter(
        platform=line.platform, account_id=line.account_key, starts_at__lte=line.paid_at, ends_at__gt=line.paid_at
    ).first()
    if session is not None:
        return [(host.anchor, host.weight) for host in session.hosts.select_related("anchor__payee")]
    account = PlatformAccount.objects.select_related("anchor__payee").get(
        Q(ends_on__isnull=True) | Q(ends_on__gt=paid_on),
        platform=line.platform,
        account_id=line.account_key,
        starts_on__lte=paid_on,
    )
    return [(account.anchor, Decimal(1))]


def _rate(rule: SplitRule, net_gmv: Fraction, net_commission: Fraction) -> Fraction:
    if rule.rate is not None:
        return Fraction(rule.rate)
    metric = {"net_gmv": net_gmv, "net_commission": net_commission}[rule.tier_metric]
    steps = list(rule.steps.all())
    if rule.tier_mode == "slab" or metric <= 0:
        return Fraction(next(s.rate for s in steps if s.up_to is None or metric <= s.up_to))
    lower, amount = Fraction(0), Fraction(0)
    for step in steps:
        upper = metric if step.up_to is None else min(metric, Fraction(step.up_to))
        amount += max(upper - lower, 0) * Fraction(step.rate)
        lower = max(lower, upper)
    return amount / metric
