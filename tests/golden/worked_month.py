"""The worked month of docs/money.md §7 in the database: June settles the line that July takes back."""

from datetime import UTC, date, datetime
from decimal import Decimal

from mcn.anchors.models import Advance, Anchor, Attendance, Contract, ContractVersion, Payee, PlatformAccount
from mcn.commissions.models import Override, SplitRule, TierStep
from mcn.sales.models import EarningEvent, Entry, OrderLine, SalesImport
from mcn.settlements import services
from tests.agencies import World

JUNE, JULY = "2026-06", "2026-07"


def contract(anchor: Anchor) -> None:
    agreed = Contract.objects.create(
        anchor=anchor, number="XH-2026-01", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
    )
    version = ContractVersion.objects.create(
        contract=agreed,
        number=1,
        starts_on=date(2026, 1, 1),
        guarantee_fen=1500000,
        guarantee_min_days=26,
        guarantee_min_hours=Decimal(156),
    )
    tiered = SplitRule.objects.create(
        version=version, income="commission", tier_metric="net_gmv", tier_mode="slab", position=0
    )
    for position, (up_to, rate) in enumerate([(10000000, "0.30"), (30000000, "0.35"), (None, "0.40")]):
        TierStep.objects.create(rule=tiered, position=position, up_to=up_to, rate=Decimal(rate))
    SplitRule.objects.create(version=version, income="slot_fee", rate=Decimal("0.20"), position=1)
    SplitRule.objects.create(version=version, income="tips", rate=Decimal("0.50"), position=2)
    Override.objects.create(
        version=version,
        payee=Payee.objects.create(code="G01", name="李强", kind="labour", legal_name="李强"),
        basis="agency_share",
        rate=Decimal("0.05"),
        starts_on=date(2026, 1, 1),
        position=0,
    )


def event(order: str, period: str, kind: str, base: int, gross: int, fee: int) -> None:
    source, _made = SalesImport.objects.get_or_create(
        file_name="a.csv",
        sha256="0" * 64,
        size=1,
        exported_at=datetime(2026, 8, 1, tzinfo=UTC),
        retain_until=date(2036, 8, 1),
    )
    line, _made = OrderLine.objects.get_or_create(
        platform="douyin",
        order_key=order,
        line_key=order,
        defaults={
            "account_key": "1",
            "status": OrderLine.Status.SETTLED,
            "paid_at": datetime(2026, 6, 2, tzinfo=UTC),
            "paid_on": date(2026, 6, 2),
            "exported_at": source.exported_at,
            "row_hash": 1,
            "sales_import": source,
            "row_number": 1,
        },
    )
    EarningEvent.objects.create(
        line=line,
        kind=kind,
        occurred_at=datetime(2026, int(period[5:]), 20, tzinfo=UTC),
        original_period=period,
        settle_period=period,
        base_fen=base,
        gross_fen=gross,
        fee_fen=fee,
        holder_fen=0,
        sales_import=source,
    )


def close(people: World, period: str) -> None:
    services.calculate(actor=people.finance, period=period)
    services.submit(actor=people.finance, period=period)
    services.approve(actor=people.approver, period=period)
    services.close(actor=people.approver, period=period)


def settle(people: World) -> None:
    """Both months, from the contract to the closing."""
    anchor = Anchor.objects.get(code="A01")
    PlatformAccount.objects.create(anchor=anchor, platform="douyin", account_id="1", starts_on=date(2026, 1, 1))
    contract(anchor)
    event("5", JUNE, "settled", 15000000, 480000, 48000)  # pool 4,320.00 at 35 %: 1,512.00
    close(people, JUNE)

    event("1", JULY, "settled", 8400000, 1680000, 168000)
    event("2", JULY, "settled", 5299992, 1324998, 132500)
    event("3", JULY, "settled", 3333333, 500000, 50000)
    event("4", JULY, "settled", 0, 0, 0)
    event("5", JULY, "clawback", -240000, -48000, -4800)
    for number, (income, amount) in enumerate(
        [("commission_cost", -300000), ("slot_fee", 800000), ("tips", 200000), ("bonus", 50000), ("penalty", 20000)], 1
    ):
        Entry.objects.create(
            code=f"E{number}",
            anchor=anchor,
            income=income,
            date=date(2026, 7, 5),
            amount_fen=amount,
            settle_period=JULY,
        )
    Attendance.objects.create(anchor=anchor, period=JULY, valid_days=26, valid_hours=Decimal(156))
    Advance.objects.create(
        payee=anchor.payee, code="ADV1", amount_fen=600000, paid_on=date(2026, 5, 10), recoup_rate=Decimal("0.30")
    )
    close(people, JULY)
