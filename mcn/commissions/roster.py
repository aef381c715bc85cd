"""The agency's roster as plain data for attribution: accounts, sessions, contracts, rules, SKUs and deals.

What is loaded here is all that attribution and the rates of a month depend on. It can be written as JSON
(`mcn.commissions.engine.codec`), so a closed month keeps the roster it was settled by.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from mcn.anchors.models import Anchor, Contract, ContractVersion, PlatformAccount
from mcn.brands.models import Deal
from mcn.commissions.engine import inputs as engine
from mcn.commissions.engine import matching
from mcn.commissions.engine.tiers import Step, Tiers
from mcn.commissions.models import Override, SplitRule, TierStep
from mcn.core.periods import Period
from mcn.live.models import SessionHost
from mcn.sales.models import Entry
from mcn.supply.models import DealSku, PlatformProduct, Sku
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id


def load_roster() -> matching.Roster:
    """The roster of the agency in scope as it stands now. Every tuple is in a fixed order."""
    return replace(
        load_holders(),
        sessions=_sessions(),
        versions=load_versions(),
        rules=_rules(),
        overrides=_overrides(),
        skus=_skus(),
        deals=_deals(),
    )


def load_holders() -> matching.Roster:
    """The part of the roster that says who holds which account when: anchors and accounts, nothing else."""
    agency = Agency.objects.get(pk=current_agency_id())
    return matching.Roster(
        zone=agency.zone,
        day_starts_at=agency.day_starts_at,
        anchors=tuple(
            matching.Anchor(*row) for row in Anchor.objects.order_by("code").values_list("code", "payee__code")
        ),
        accounts=_accounts(),
        sessions=(),
        versions=(),
        rules=(),
        overrides=(),
        skus=(),
        deals=(),
    )


def _accounts() -> tuple[matching.Account, ...]:
    rows = PlatformAccount.objects.order_by("platform", "account_id", "starts_on", "id").select_related("anchor")
    return tuple(
        matching.Account(
            platform=row.platform,
            account_id=row.account_id,
            anchor=row.anchor.code,
            from_on=row.starts_on,
            until_on=row.ends_on,
            platform_split=row.collected_by == PlatformAccount.CollectedBy.PLATFORM_SPLIT,
            nickname=row.nickname,
        )
        for row in rows
    )


def _sessions() -> tuple[matching.Session, ...]:
    """Sessions with hosts; one without changes nothing."""
    rows = SessionHost.objects.order_by("session__code", "position", "id").values_list(
        "session__code",
        "session__platform",
        "session__account_id",
        "session__starts_at",
        "session__ends_at",
        "session__room_id",
        "anchor__code",
        "weight",
    )
    hosts: dict[tuple, list[matching.SessionHost]] = defaultdict(list)
    for *session, anchor, weight in rows:
        hosts[tuple(session)].append(matching.SessionHost(anchor, Fraction(weight)))
    return tuple(
        matching.Session(code, platform, account_id, starts_at, ends_at, tuple(mine), room_id or None)
        for (code, platform, account_id, starts_at, ends_at, room_id), mine in hosts.items()
    )


def load_versions() -> tuple[engine.Version, ...]:
    """Every contract version, cut to its contract's term and to the start of the next current one.

    Superseded ones are in force no more, but clawbacks of what they paid still go by them. The tail of the version that
    is in force on the contract's last day is in force afterwards, until its days are over or the anchor's next contract
    begins; other tails are on no day.
    """
    rows = ContractVersion.objects.select_related("contract__anchor", "tail_of__contract")
    rows = rows.order_by("contract_id", "starts_on", "number", "pk")
    by_contract: dict[int, list[ContractVersion]] = defaultdict(list)
    for row in rows:
        by_contract[row.contract_id].append(row)
    begin: dict[int, list[date]] = defaultdict(list)
    for anchor, day in Contract.objects.values_list("anchor_id", "starts_on"):
        begin[anchor].append(day)
    found = []
    for versions in by_contract.values():
        terms = [version for version in versions if version.superseded_at is None and version.tail_of is None]
        for version in versions:
            contract = version.contract
            if version.tail_of is None:
                from_on, until_on = _days(version, terms)
            else:
                from_on, until_on = _days_of_tail(version.tail_of, terms, begin[contract.anchor_id])
            found.append(
                engine.Version(
                    id=version.pk,
                    anchor=contract.anchor.code,
                    number=contract.number,
                    version=version.number,
                    from_on=from_on,
                    until_on=until_on,
                    clawback_window_days=version.clawback_window_days,
                    superseded=version.superseded_at is not None,
                    tail=version.tail_of is not None,
                )
            )
    return tuple(sorted(found, key=lambda version: version.id))


def _days(version: ContractVersion, terms: list[ContractVersion]) -> tuple[date, date]:
    contract = version.contract
    ends = [contract.ends_on + timedelta(days=1), *(v.starts_on for v in terms if v.starts_on > version.starts_on)]
    return max(version.starts_on, contract.starts_on), min(ends)


def _days_of_tail(version: ContractVersion, terms: list[ContractVersion], begin: list[date]) -> tuple[date, date]:
    """The days of a version's tail; `begin`: when the anchor's contracts do. None, if another version is the last."""
    ended = version.contract.ends_on + timedelta(days=1)
    in_term = [one for one in terms if one.starts_on < ended]
    if not in_term or max(in_term, key=lambda one: one.starts_on) != version:
        return ended, ended
    return ended, min([ended + timedelta(days=version.tail_days or 0), *(day for day in begin if day >= ended)])


def _rules() -> tuple[engine.Rule, ...]:
    steps: dict[int, list[Step]] = defaultdict(list)
    for rule_id, up_to, rate in TierStep.objects.order_by("rule_id", "position").values_list(
        "rule_id", "up_to", "rate"
    ):
        steps[rule_id].append(Step(up_to, Fraction(rate)))
    found = []
    for row in SplitRule.objects.select_related("sku", "deal", "brand").order_by("id"):
        target = {"sku": row.sku, "deal": row.deal, "brand": row.brand}.get(row.scope)
        value = {"category": row.category, "platform": row.platform}.get(row.scope, "")
        tiers = None
        if row.rate is None:
            tiers = Tiers(row.tier_metric, row.tier_mode, tuple(steps[row.pk]))  # type: ignore[arg-type]
        found.append(
            engine.Rule(
                id=row.pk,
                version_id=row.version_id,
                income=row.income,
                scope=row.scope,
                scope_value=target.code if target is not None else value,
                rate=None if row.rate is None else Fraction(row.rate),
                tiers=tiers,
            )
        )
    return tuple(found)


def _overrides() -> tuple[engine.Override, ...]:
    """Overrides on order events. They are numbered as they stand in the contract."""
    rows = Override.objects.filter(income=SplitRule.Income.COMMISSION).select_related("payee").order_by("id")
    return tuple(
        engine.Override(
            id=row.pk,
            version_id=row.version_id,
            payee=row.payee.code,
            basis=row.basis,  # type: ignore[arg-type]
            rate=Fraction(row.rate),
            from_on=row.starts_on,
            until_on=row.ends_on,
            borne_by=row.borne_by,  # type: ignore[arg-type]
        )
        for row in rows
    )


def _skus() -> tuple[matching.Sku, ...]:
    products: dict[int, list[tuple[str, str]]] = defaultdict(list)
    links = PlatformProduct.objects.order_by("platform", "product_id").values_list("sku_id", "platform", "product_id")
    for sku_id, platform, product_id in links:
        products[sku_id].append((platform, product_id))
    rows = Sku.objects.order_by("code").values_list("id", "code", "brand__code", "category")
    return tuple(
        matching.Sku(code, brand, category or None, tuple(products[sku_id]))
        for sku_id, code, brand, category in rows
        if products[sku_id]  # without a platform's product id no line can be it
    )


def _deals() -> tuple[matching.Deal, ...]:
    skus: dict[int, list[str]] = defaultdict(list)
    for deal_id, code in DealSku.objects.order_by("sku__code").values_list("deal_id", "sku__code"):
        skus[deal_id].append(code)
    rows = Deal.objects.order_by("code").values_list("id", "code", "brand__code", "starts_on", "ends_on")
    return tuple(
        matching.Deal(code, brand, starts_on, ends_on, tuple(skus[deal_id]))
        for deal_id, code, brand, starts_on, ends_on in rows
    )


def entry_inputs(entries: list[Entry]) -> tuple[engine.Entry, ...]:
    """Typed entries as the engine takes them. They must come with `anchor__payee` and `deal` loaded."""
    return tuple(
        engine.Entry(
            id=entry.pk,
            code=entry.code,
            anchor=entry.anchor.code,
            payee=entry.anchor.payee.code,
            income=entry.income,  # type: ignore[arg-type]
            on=entry.date,
            own_period=Period.of(entry.date),
            amount=entry.amount_fen,
            deal=entry.deal.code if entry.deal else None,
        )
        for entry in entries
    )
