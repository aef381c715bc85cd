"""A random agency put into the database, as imports and screens would have left it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from mcn.anchors.models import (
    Advance,
    Anchor,
    Attendance,
    Contract,
    ContractVersion,
    InstalmentPlan,
    Payee,
    PlatformAccount,
)
from mcn.brands.models import Brand, Deal
from mcn.commissions.models import Override, SplitRule, TierStep
from mcn.core.periods import business_date
from mcn.live.models import Session, SessionHost
from mcn.sales.models import EarningEvent, Entry, EntrySource, OrderLine, SalesImport
from mcn.supply.models import DealSku, PlatformProduct, Sku
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import operator_scope
from tests.corrections import approved_correction
from tests.worlds.world import World

EXPORTED = datetime(2026, 9, 1, tzinfo=UTC)


def make_agency(world: World, slug: str = "world") -> Agency:
    """The agency's row with the world's settings; the labour method must be the same in all its months."""
    with operator_scope(), transaction.atomic():
        return Agency.objects.create(
            slug=slug,
            name=slug,
            day_starts_at=world.roster.day_starts_at,
            first_period=str(world.first_period or ""),
            labour_tax="cumulative_platform" if world.settings.cumulative_from else "per_payment",
            labour_gap_months=world.settings.labour_gap_months,
        )


def put(world: World) -> None:
    """Write everything of the world but calculated figures, into the agency in scope."""
    _Writer(world).write()


class _Writer:
    def __init__(self, world: World) -> None:
        self.world = world
        self.roster = world.roster

    def write(self) -> None:
        self.people()
        self.supply()
        self.sessions()
        self.contracts()
        self.records()
        self.facts()

    def people(self) -> None:
        anchors = {anchor.code for anchor in self.roster.anchors}
        persons = {payer.person for payer in self.world.payers.values()}
        self.payees, self.anchors = {}, {}
        for code, payer in self.world.payers.items():
            assert payer.person in persons
            self.payees[code] = Payee.objects.create(
                code=code,
                name=f"name of {code}",
                kind="labour" if payer.kind == "non_resident" else payer.kind,
                non_resident=payer.kind == "non_resident",
                legal_name=code,
                id_number=f"11010119900101{payer.person}",
                social_insurance_fen=payer.social_insurance,
                special_deductions_fen=payer.special_deductions,
                employed_from=payer.employed_from,
            )
            if code in anchors:
                self.anchors[code] = Anchor.objects.create(
                    code=code, stage_name=f"name of {code}", payee=self.payees[code]
                )
        for account in self.roster.accounts:
            PlatformAccount.objects.create(
                anchor=self.anchors[account.anchor],
                platform=account.platform,
                account_id=account.account_id,
                nickname=account.nickname,
                starts_on=account.from_on,
                ends_on=account.until_on,
                collected_by="platform_split" if account.platform_split else "agency",
            )

    def supply(self) -> None:
        brands = {code: Brand.objects.create(code=code, name=code) for code in ("B01", "B02")}
        self.skus, self.deals, self.brands = {}, {}, brands
        for sku in self.roster.skus:
            row = Sku.objects.create(code=sku.code, name=sku.code, brand=brands[sku.brand], category=sku.category)
            self.skus[sku.code] = row
            for platform, product_id in sku.products:
                PlatformProduct.objects.create(sku=row, platform=platform, product_id=product_id)
        for deal in self.roster.deals:
            row = Deal.objects.create(
                code=deal.code,
                brand=brands[deal.brand],
                kind="slot_and_commission",
                starts_on=deal.starts_on,
                ends_on=deal.ends_on,
            )
            self.deals[deal.code] = row
            for code in deal.skus:
                DealSku.objects.create(deal=row, sku=self.skus[code])

    def sessions(self) -> None:
        for session in self.roster.sessions:
            row = Session.objects.create(
                code=session.code,
                platform=session.platform,
                account_id=session.account_id,
                room_id=session.room_id or "",
                starts_at=session.starts_at,
                ends_at=session.ends_at,
            )
            for position, host in enumerate(session.hosts):
                SessionHost.objects.create(
                    session=row,
                    anchor=self.anchors[host.anchor],
                    weight=Decimal(host.weight.numerator) / Decimal(host.weight.denominator),
                    position=position,
                )

    def contracts(self) -> None:
        self.versions = {}
        by_number = {}
        for version in self.roster.versions:
            by_number.setdefault(version.number, []).append(version)
        for number, versions in by_number.items():
            contract = Contract.objects.create(
                anchor=self.anchors[versions[0].anchor],
                number=number,
                starts_on=min(v.from_on for v in versions),
                ends_on=max(v.until_on for v in versions if not v.tail) - timedelta(days=1),
            )
            days = {self.world.tail_of[v.id]: (v.until_on - v.from_on).days for v in versions if v.tail}
            for version in versions:
                guarantee = self.world.guarantees.get(version.id)
                terms = {}
                if guarantee:
                    terms = {
                        "guarantee_fen": guarantee.amount,
                        "guarantee_min_days": guarantee.min_days,
                        "guarantee_min_hours": guarantee.min_hours,
                        "guarantee_when_short": guarantee.when_short,
                        "guarantee_tested": guarantee.tested,
                    }
                if version.id in days:  # its rate stands in the rules of the tail alone
                    terms |= {"tail_days": days[version.id], "tail_rate": 0}
                if version.tail:
                    terms["tail_of"] = self.versions[self.world.tail_of[version.id]]
                self.versions[version.id] = ContractVersion.objects.create(
                    id=version.id,
                    contract=contract,
                    number=version.version,
                    starts_on=terms["tail_of"].starts_on if version.tail else version.from_on,
                    clawback_window_days=version.clawback_window_days,
                    net_of_tax=version.id in self.world.net_of_tax,
                    **terms,
                )
        self.rules()
        for position, override in enumerate(self.roster.overrides):
            Override.objects.create(
                id=override.id,
                version=self.versions[override.version_id],
                payee=self.payees[override.payee],
                basis=override.basis,
                rate=_decimal(override.rate),
                starts_on=override.from_on or date(2020, 1, 1),
                ends_on=override.until_on,
                borne_by=override.borne_by,
                position=position,
            )

    def rules(self) -> None:
        for position, rule in enumerate(self.roster.rules):
            target = {
                "sku": lambda value: {"sku": self.skus[value]},
                "deal": lambda value: {"deal": self.deals[value]},
                "brand": lambda value: {"brand": self.brands[value]},
                "category": lambda value: {"category": value},
                "platform": lambda value: {"platform": value},
                "none": lambda value: {},
            }[rule.scope](rule.scope_value)
            row = SplitRule.objects.create(
                id=rule.id,
                version=self.versions[rule.version_id],
                income=rule.income,
                scope=rule.scope,
                rate=None if rule.rate is None else _decimal(rule.rate),
                tier_metric=rule.tiers.metric if rule.tiers else "",
                tier_mode=rule.tiers.mode if rule.tiers else "",
                position=position,
                **target,
            )
            for number, step in enumerate(rule.tiers.steps if rule.tiers else ()):
                TierStep.objects.create(rule=row, position=number, up_to=step.up_to, rate=_decimal(step.rate))

    def records(self) -> None:
        for code, advances in self.world.advances.items():
            for advance in advances:
                Advance.objects.create(
                    payee=self.payees[code],
                    code=advance.code,
                    amount_fen=advance.outstanding,
                    paid_on=advance.paid_on,
                    recoup_rate=_decimal(advance.recoup_rate),
                    taxed_when_paid=advance.taxed_when_paid,
                    instalment_fen=advance.instalment,
                    recoup_from=str(advance.recoup_from or ""),
                )
        for code, plans in self.world.instalments.items():
            for plan in plans:
                InstalmentPlan.objects.create(
                    payee=self.payees[code],
                    code=plan.code,
                    kind=InstalmentPlan.Kind.PENALTY,
                    amount_fen=plan.left,
                    agreed_on=date(2026, 6, 1),
                    reason="合同第 9 条",
                    instalment_fen=plan.instalment,
                    most_rate=_decimal(plan.most_rate),
                    first_month=str(plan.first_month),
                )
        for (code, period), attendance in self.world.attendance.items():
            Attendance.objects.create(
                anchor=self.anchors[code],
                period=str(period),
                valid_days=attendance.valid_days,
                valid_hours=attendance.valid_hours,
            )
        for entry in self.world.entries:
            corrects = (entry.amount < 0) != (entry.income == "commission_cost") and entry.income != "correction"
            made = Entry.objects.create(
                source=self.entry_source(entry.code) if corrects else None,
                id=entry.id,
                code=entry.code,
                anchor=self.anchors[entry.anchor],
                income=entry.income,
                date=entry.on,
                amount_fen=entry.amount,
                deal=self.deals[entry.deal] if entry.deal else None,
                settle_period=str(self.world.entry_period[entry.id]),
            )
            if entry.income == "correction":
                approved_correction(made)

    @staticmethod
    def entry_source(code: str) -> EntrySource:
        """Only an entry from a file may have the other sign."""
        source = SalesImport.objects.create(
            file_name="income.csv", sha256="0" * 64, size=1, exported_at=EXPORTED, retain_until=date(2036, 9, 1)
        )
        return EntrySource.objects.create(
            key=code, amount_fen=0, exported_at=EXPORTED, sales_import=source, row_number=1
        )

    def facts(self) -> None:
        source = SalesImport.objects.create(
            file_name="all.csv", sha256="0" * 64, size=1, exported_at=EXPORTED, retain_until=date(2036, 9, 1)
        )
        keys = {event.line_id: (event.order_key, event.line_key) for event in self.world.events}
        ids = {account.account_id for account in self.roster.accounts}
        OrderLine.objects.bulk_create(
            OrderLine(
                id=line.id,
                platform=line.platform,
                order_key=keys.get(line.id, (f"none-{line.id}", ""))[0],
                line_key=keys.get(line.id, ("", f"{line.id}"))[1],
                account_key=line.account if line.account in ids else "",
                account_name="" if line.account in ids else line.account,
                product_id=line.product_id or "",
                room_id=line.room_id or "",
                is_live=line.live,
                status=OrderLine.Status.SETTLED,
                paid_at=line.paid_at,
                paid_on=line.paid_at and business_date(line.paid_at, self.roster.zone, self.roster.day_starts_at),
                settled_at=self.world.settled_at[line.id],
                exported_at=EXPORTED,
                row_hash=line.id,
                sales_import=source,
                row_number=line.id,
            )
            for line in self.world.lines.values()
        )
        EarningEvent.objects.bulk_create(
            EarningEvent(
                id=event.id,
                line_id=event.line_id,
                kind=event.kind,
                occurred_at=event.occurred_at,
                original_period=str(event.own_period),
                settle_period=str(self.world.event_period.get(event.id, event.own_period)),
                base_fen=event.base,
                gross_fen=event.gross,
                fee_fen=event.fee,
                holder_fen=event.holder_change,
                sales_import=source,
            )
            for event in self.world.events
        )


def _decimal(rate) -> Decimal:
    return Decimal(rate.numerator) / Decimal(rate.denominator)
