"""A small month whose report is known by hand: two anchors, an agent, a brand, a session that both anchors host.

A01 gets 35 % and 20 % of slot fees, A02 40 %, G01 5 % of the pool of A02's orders. June settles three orders:

- 1 in session S-1 (A01 at 0.6, A02 at 0.3): base 1,000.00, pool 100.00, of brand B01
- 2 of A01 outside of it: base 500.00, pool 50.00, a product without a SKU
- 3 of A02 on Kuaishou: base 400.00, pool 40.01; later in June base 100.00, pool 10.00 of it come back

and a slot fee of 200.00 of A01 from a deal with B01.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from mcn.anchors.models import Anchor, Contract, ContractVersion, Payee, PlatformAccount
from mcn.brands.models import Brand, Deal
from mcn.commissions.models import Override, SplitRule
from mcn.live.models import Session, SessionHost
from mcn.sales.models import DailySales, EarningEvent, Entry, OrderLine, SalesImport
from mcn.settlements import services
from mcn.settlements.models import Period
from mcn.supply.models import PlatformProduct, Sku
from tests.agencies import World

MAY, JUNE = "2026-05", "2026-06"
START, END = date(2026, 1, 1), date(2028, 12, 31)


def at(day: int, hour: int = 12) -> datetime:
    """A moment of June."""
    return datetime(2026, 6, day, hour, tzinfo=UTC)


@dataclass
class Small:
    """The agency, and what its month is made of."""

    people: World

    def put(self) -> None:
        """Write everything but what is calculated."""
        first = Anchor.objects.get(code="A01")
        payee = Payee.objects.create(code="A02", name="小雨", kind="labour", legal_name="于小雨")
        second = Anchor.objects.create(code="A02", stage_name="小雨", payee=payee)
        agent = Payee.objects.create(code="G01", name="李强", kind="company", legal_name="李强公司")
        versions = {}
        for anchor, platform, account, rate in ((first, "douyin", "1", "0.35"), (second, "kuaishou", "2", "0.40")):
            PlatformAccount.objects.create(anchor=anchor, platform=platform, account_id=account, starts_on=START)
            contract = Contract.objects.create(anchor=anchor, number=anchor.code, starts_on=START, ends_on=END)
            version = ContractVersion.objects.create(contract=contract, number=1, starts_on=START)
            SplitRule.objects.create(version=version, income="commission", rate=Decimal(rate), position=0)
            versions[anchor.code] = version
        SplitRule.objects.create(version=versions["A01"], income="slot_fee", rate=Decimal("0.2"), position=1)
        Override.objects.create(
            version=versions["A02"], payee=agent, basis="pool", rate=Decimal("0.05"), starts_on=START, position=0
        )
        session = Session.objects.create(
            code="S-1",
            title="首场",
            platform="douyin",
            account_id="1",
            room_id="R1",
            starts_at=at(2),
            ends_at=at(2, 14),
        )
        for position, (anchor, weight) in enumerate(((first, "0.6"), (second, "0.3"))):
            SessionHost.objects.create(session=session, anchor=anchor, weight=Decimal(weight), position=position)
        brand = Brand.objects.create(code="B01", name="花间")
        sku = Sku.objects.create(code="S1", name="面膜", brand=brand, category="美妆")
        PlatformProduct.objects.create(sku=sku, platform="douyin", product_id="P1")
        deal = Deal.objects.create(code="D1", brand=brand, kind="slot", starts_on=START, ends_on=END)
        self.source = SalesImport.objects.create(
            file_name="a.csv", sha256="0" * 64, size=1, exported_at=at(30), retain_until=date(2036, 8, 1)
        )
        self.event(self.line("1", "douyin", "1", product_id="P1", room_id="R1"), 100000, 10000)
        self.event(self.line("2", "douyin", "1", product_id="P9", hour=15), 50000, 5000)
        third = self.line("3", "kuaishou", "2")
        self.event(third, 40000, 4001)
        self.event(third, -10000, -1000, kind="clawback", day=25)
        Entry.objects.create(
            code="F1", anchor=first, income="slot_fee", date=date(2026, 6, 5), amount_fen=20000, deal=deal,
            settle_period=JUNE,
        )  # fmt: skip
        for day, lines, estimate in ((date(2026, 6, 3), 2, 700), (date(2026, 7, 1), 1, 50)):
            DailySales.objects.create(
                day=day, platform="douyin", lines=3, invalid_lines=0, gmv_fen=1, estimated_gross_fen=1,
                settled_base_fen=1, settled_pool_fen=1, open_lines=lines, open_estimate_fen=estimate,
            )  # fmt: skip

    def line(self, order: str, platform: str, account: str, *, hour: int = 13, **more: str) -> OrderLine:
        """An order paid on June 2; the session is from 12 to 14."""
        return OrderLine.objects.create(
            platform=platform,
            order_key=order,
            line_key=order,
            account_key=account,
            status=OrderLine.Status.SETTLED,
            paid_at=at(2, hour),
            paid_on=date(2026, 6, 2),
            exported_at=at(30),
            row_hash=1,
            sales_import=self.source,
            row_number=1,
            **more,
        )

    def event(self, line: OrderLine, base: int, pool: int, *, kind: str = "settled", day: int = 20) -> None:
        """An event that June settles."""
        EarningEvent.objects.create(
            line=line,
            kind=kind,
            occurred_at=at(day),
            original_period=JUNE,
            settle_period=JUNE,
            base_fen=base,
            gross_fen=pool,
            fee_fen=0,
            holder_fen=0,
            sales_import=self.source,
        )

    def calculate(self) -> Period:
        """Calculate June."""
        services.calculate(actor=self.people.finance, period=JUNE)
        return Period.objects.get(code=JUNE)

    def close(self) -> Period:
        """Take June to its end."""
        self.calculate()
        services.submit(actor=self.people.finance, period=JUNE)
        services.approve(actor=self.people.approver, period=JUNE)
        return services.close(actor=self.people.approver, period=JUNE)
