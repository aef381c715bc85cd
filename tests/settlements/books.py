"""The settlement desk of a small agency, for tests of a month's way to its end."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from mcn.anchors.models import Advance, Anchor, Contract, ContractVersion, PlatformAccount
from mcn.commissions.models import SplitRule
from mcn.sales.models import EarningEvent, OrderLine, SalesImport
from mcn.settlements import services
from mcn.settlements.models import Period, Statement
from tests.agencies import World

JUNE, JULY = "2026-06", "2026-07"


@dataclass
class Books:
    """The settlement desk of one agency: A01 gets 35 % of what account 1 brings; an advance of 60.00."""

    people: World

    def roster(self) -> None:
        anchor = Anchor.objects.get(code="A01")
        PlatformAccount.objects.create(anchor=anchor, platform="douyin", account_id="1", starts_on=date(2026, 1, 1))
        contract = Contract.objects.create(
            anchor=anchor, number="C1", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
        )
        version = ContractVersion.objects.create(contract=contract, number=1, starts_on=date(2026, 1, 1))
        SplitRule.objects.create(version=version, income="commission", rate=Decimal("0.35"), position=0)
        Advance.objects.create(
            payee=anchor.payee, code="ADV1", amount_fen=6000, paid_on=date(2026, 5, 10), recoup_rate=Decimal("0.3")
        )
        self.source()

    def source(self) -> None:
        """The file that events come from."""
        SalesImport.objects.create(
            file_name="a.csv",
            sha256="0" * 64,
            size=1,
            exported_at=datetime(2026, 8, 1, tzinfo=UTC),
            retain_until=date(2036, 8, 1),
        )

    def event(self, order: str, pool: int, period: str, *, account: str = "1", kind: str = "settled") -> EarningEvent:
        """An event on the order's line, dated on the 20th of the month that settles it."""
        source = SalesImport.objects.get(sha256="0" * 64)
        line, _made = OrderLine.objects.get_or_create(
            platform="douyin",
            order_key=order,
            line_key=order,
            defaults={
                "account_key": account,
                "status": OrderLine.Status.SETTLED,
                "paid_at": datetime(2026, 6, 2, tzinfo=UTC),
                "paid_on": date(2026, 6, 2),
                "exported_at": source.exported_at,
                "row_hash": 1,
                "sales_import": source,
                "row_number": 1,
            },
        )
        return EarningEvent.objects.create(
            line=line,
            kind=kind,
            occurred_at=datetime(int(period[:4]), int(period[5:]), 20, tzinfo=UTC),
            original_period=period,
            settle_period=period,
            base_fen=pool * 10,
            gross_fen=pool,
            fee_fen=0,
            holder_fen=0,
            sales_import=source,
        )

    def calculate(self, period: str) -> dict[str, Any]:
        return services.calculate(actor=self.people.finance, period=period)

    def approved(self, period: str) -> None:
        self.calculate(period)
        services.submit(actor=self.people.finance, period=period)
        services.approve(actor=self.people.approver, period=period)

    def close(self, period: str, **options: Any) -> Period:
        self.approved(period)
        return services.close(actor=self.people.approver, period=period, **options)

    def statement(self, period: str, payee: str = "A01") -> Statement:
        return Statement.objects.get(period__code=period, code=payee)
