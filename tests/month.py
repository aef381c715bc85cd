"""A month calculated by hand: small, with one of everything that exports and pages show."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone

from mcn.anchors.models import Anchor, Contract, ContractVersion, Payee
from mcn.commissions.engine.codec import to_json
from mcn.commissions.models import Bucket, Override, SplitRule, Unmatched
from mcn.core import periods
from mcn.sales.models import EarningEvent, Entry, OrderLine, SalesImport
from mcn.settlements.engine.inputs import TaxRecord
from mcn.settlements.engine.tax.withholding import Withholding
from mcn.settlements.models import Period, Statement
from tests.shares import make_share

NOON = datetime(2026, 7, 3, 4, 0, 5, tzinfo=UTC)  # 12:00:05 in Shanghai


@dataclass(frozen=True)
class Month:
    """What the tests need to name."""

    period: Period
    contract: Contract
    version: ContractVersion
    rule: SplitRule
    sales_import: SalesImport
    share: Bucket


def make_line(month_import: SalesImport, order: str, *, line: str | None = None, platform: str = "douyin") -> OrderLine:
    """A settled line of 129.00 with 25.80 commission and 2.58 fee."""
    return OrderLine.objects.create(
        platform=platform,
        order_key=order,
        line_key=line if line is not None else order,
        account_key="10000000001",
        account_name="小鹿",
        product_id="3800000000000000201",
        product_name="保湿面霜",
        status=OrderLine.Status.SETTLED,
        paid_at=NOON,
        paid_on=NOON.date(),
        settled_at=NOON,
        exported_at=NOON,
        settled_base_fen=12900,
        settled_gross_fen=2580,
        settled_fee_fen=258,
        row_hash=1,
        sales_import=month_import,
        row_number=2,
    )


def make_event(
    line: OrderLine, *, kind: str = "settled", gross: int = 2580, fee: int = 258, at: datetime = NOON
) -> EarningEvent:
    """An event on the line, settled in July."""
    return EarningEvent.objects.create(
        line=line,
        kind=kind,
        occurred_at=at,
        original_period="2026-07",
        settle_period="2026-07",
        base_fen=12900 if gross > 0 else -12900,
        gross_fen=gross,
        fee_fen=fee,
        holder_fen=0,
        sales_import=line.sales_import,
    )


def _taxed(code: str, income: int, tax: int) -> dict[str, Any]:
    """What a statement keeps of its tax; the sum is made up."""
    base = Fraction(max(0, income - 80000))
    how = Withholding(tax, "per_payment", "labour-2019", income=income, base=base, rate=Fraction(1, 5), due=base / 5)
    record = TaxRecord(periods.Period.parse("2026-07"), "per_payment", income, tax)
    return {"person": f"payee:{code}", "withholding": to_json(how), "tax_record": to_json(record)}


def make_month(*, orders: int = 1) -> Month:
    """The calculated month 2026-07 of the agency in scope: A01 has 35 %, G01 5 % of the agency's share.

    Order 6900000000000000001 was settled and taken back by half; `orders - 1` further ones were settled. Order
    `=1+1` belongs to nobody, nor does entry E02. A01 got a bonus of 500.00 (E01).
    """
    sales_import = SalesImport.objects.create(
        file_name="july.csv", sha256="0" * 64, size=1, exported_at=NOON, retain_until=date(2036, 8, 1)
    )
    anchor = Anchor.objects.get(code="A01")
    agent = Payee.objects.create(code="G01", name="=李强", kind="labour", legal_name="李强", id_number="110101")
    contract = Contract.objects.create(
        anchor=anchor, number="-XH-1", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
    )
    version = ContractVersion.objects.create(contract=contract, number=1, starts_on=date(2026, 1, 1))
    rule = SplitRule.objects.create(
        version=version,
        income="commission",
        scope="platform",
        platform="douyin",
        rate=Decimal("0.35"),
        position=1,
    )
    override = Override.objects.create(
        version=version,
        payee=agent,
        basis="agency_share",
        rate=Decimal("0.05"),
        starts_on=date(2026, 1, 1),
        position=1,
    )
    common = {"period": "2026-07", "anchor": anchor, "version": version}
    share = Bucket.objects.create(
        **common, kind="share", column="commission_share", payee=anchor.payee, rule=rule,
        rate_numerator=7, rate_denominator=20, lines=1, base_fen=2322, share_fen=813,
    )  # fmt: skip
    over = Bucket.objects.create(
        **common, kind="override", column="override_share", payee=agent, override=override,
        rate_numerator=1, rate_denominator=20, lines=1, base_fen=1509, share_fen=75,
    )  # fmt: skip
    back = Bucket.objects.create(
        **common, kind="clawback", column="clawback_share", payee=anchor.payee, rule=rule, lines=1, share_fen=-407
    )
    over_back = Bucket.objects.create(
        **common, kind="clawback", column="clawback_share", payee=agent, override=override, lines=1, share_fen=-37
    )
    whole = Bucket.objects.create(
        **common, kind="whole", column="bonus", payee=anchor.payee,
        rate_numerator=1, rate_denominator=1, base_fen=50000, share_fen=50000,
    )  # fmt: skip

    first = make_line(sales_import, "6900000000000000001")
    settled = make_event(first)
    taken_back = make_event(
        first, kind="clawback", gross=-1290, fee=-129, at=datetime(2026, 7, 31, 15, 59, 59, tzinfo=UTC)
    )
    bonus = Entry.objects.create(
        code="E01", anchor=anchor, income="bonus", date=date(2026, 7, 5), amount_fen=50000, settle_period="2026-07"
    )
    for bucket, source, amount in (
        (over, {"event": settled}, 75),
        (share, {"event": settled}, 813),
        (back, {"event": taken_back}, -407),
        (over_back, {"event": taken_back}, -37),
        (whole, {"entry": bonus}, 50000),
    ):
        make_share(bucket, amount, **source)
    for number in range(2, orders + 1):
        event = make_event(make_line(sales_import, f"690000000000000000{number}"))
        make_share(share, 813, event=event)

    lost = make_event(make_line(sales_import, "=1+1", line="L,1", platform="wechat"))
    slot = Entry.objects.create(
        code="E02", anchor=anchor, income="slot_fee", date=date(2026, 7, 1), amount_fen=800000, settle_period="2026-07"
    )
    Unmatched.objects.create(period="2026-07", event=lost, reason="unknown_account", pool_fen=2322)
    Unmatched.objects.create(period="2026-07", entry=slot, reason="no_split_rule", pool_fen=800000)
    Unmatched.objects.create(period="2026-07", event=settled, reason="", pool_fen=2322)

    period = Period.objects.create(code="2026-07", state="calculated", calculated_at=timezone.now())
    shared = 813 * orders
    Statement.objects.create(
        period=period, payee=anchor.payee, code="A01", name="小鹿", kind="labour", lines=orders,
        net_gmv_fen=0, pool_fen=1161, commission_share_fen=shared, clawback_share_fen=-407, bonus_fen=50000,
        earned_fen=shared - 407 + 50000, penalties_fen=-1230, taxable_fen=shared - 407 + 50000 - 1230,
        tax_fen=1000, net_pay_fen=shared - 407 + 50000 - 1230 - 1000,
        details=_taxed("A01", shared - 407 + 50000 - 1230, 1000),
    )  # fmt: skip
    Statement.objects.create(
        period=period, payee=agent, code="G01", name="=李强", kind="labour",
        override_share_fen=75, clawback_share_fen=-37, earned_fen=38, taxable_fen=38, net_pay_fen=38,
        details=_taxed("G01", 38, 0),
    )  # fmt: skip
    return Month(period, contract, version, rule, sales_import, share)
