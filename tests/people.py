"""People of a small agency for the tests of pages: an anchor with account and contract, an agent."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mcn.anchors.models import Anchor, Contract, ContractVersion, Payee
from mcn.anchors.services import account_save, anchor_save, contract_save, payee_save
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Step, Terms, Tiers
from tests.agencies import World


@dataclass
class People:
    """Rows of one agency."""

    anchor: Anchor
    agent: Payee
    contract: Contract
    version: ContractVersion


def make_people(world: World) -> People:
    """Anchor A01 with tiers, a guarantee and an override for agent G01, as of 2026-01-01."""
    actor = world.user()
    with world.open():
        payee, _o = payee_save(
            actor=actor,
            code="A01",
            name="小鹿",
            kind="labour",
            legal_name="林小鹿",
            id_number="330106199901010019",
            phone="13800000019",
            bank={"account": "6222020200011234567", "name": "林小鹿", "bank": "工商银行"},
        )
        agent, _o = payee_save(actor=actor, code="G01", name="李强", kind="labour", legal_name="李强")
        anchor, _o = anchor_save(actor=actor, code="A01", stage_name="小鹿", payee=payee)
        account_save(
            actor=actor,
            anchor=anchor,
            platform="douyin",
            account_id="10001",
            starts_on=date(2026, 1, 1),
            nickname="小鹿",
        )
        contract, _o = contract_save(
            actor=actor, anchor=anchor, number="XH-01", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
        )
        version, _o = contract_version_save(actor=actor, contract=contract, terms=first_terms(agent), last_closed=None)
    return People(anchor, agent, contract, version)


def first_terms(agent: Payee) -> Terms:
    """35 % of commission, food by tiers, a guarantee, 5 % of the agency's share to the agent."""
    steps = (Step(10_000_000, Decimal("0.3")), Step(30_000_000, Decimal("0.35")), Step(None, Decimal("0.4")))
    return Terms(
        starts_on=date(2026, 1, 1),
        splits=(
            Split("commission", rate=Decimal("0.35")),
            Split("commission", "category", "food", tiers=Tiers("net_gmv", "slab", steps)),
        ),
        overrides=(OverrideTerms(agent, "agency_share", Decimal("0.05"), date(2026, 1, 1)),),
        guarantee=Guarantee(1_500_000, min_days=26, min_hours=Decimal("156")),
    )
