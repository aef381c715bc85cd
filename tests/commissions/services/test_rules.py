"""What the audit trail keeps of the terms that were put into force."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Anchor, Contract, ContractVersion, Payee
from mcn.anchors.services import contract_save, payee_save
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Step, Terms, Tiers, terms_of
from mcn.supply.services import sku_save
from tests.agencies import World

START = date(2026, 1, 1)


@pytest.fixture
def contract(inside: World) -> Contract:
    return contract_save(
        actor=None, anchor=Anchor.objects.get(), number="C1", starts_on=START, ends_on=date(2026, 12, 31)
    )[0]


@pytest.fixture
def terms(contract: Contract) -> Terms:
    """Terms with one of everything."""
    agent: Payee = payee_save(actor=None, code="G01", name="李强", kind="labour", legal_name="李强")[0]
    sku = sku_save(actor=None, code="S001", name="面霜")[0]
    steps = (Step(10_000_000, Decimal("0.30")), Step(None, Decimal("0.4")))
    return Terms(
        starts_on=START,
        splits=(
            Split("commission", rate=Decimal("0.350000")),
            Split("commission", "sku", sku, rate=Decimal("0.2")),
            Split("commission", "category", "food", tiers=Tiers("net_gmv", "slab", steps)),
        ),
        overrides=(OverrideTerms(agent, "agency_share", Decimal("0.05"), START, date(2026, 7, 1)),),
        guarantee=Guarantee(1_500_000, min_days=26, min_hours=Decimal("156.50")),
        clawback_window_days=90,
    )


def saved(contract: Contract, terms: Terms) -> ContractVersion:
    return contract_version_save(actor=None, contract=contract, terms=terms, last_closed=None)[0]


def test_terms_are_kept_as_exact_values_and_codes(contract: Contract, terms: Terms) -> None:
    version = saved(contract, terms)
    entry = AuditEntry.objects.get(target="anchors.contractversion", target_id=version.pk)
    assert (entry.action, entry.before) == ("create", None)
    assert entry.after == {
        "starts_on": "2026-01-01",
        "clawback_window_days": 90,
        "net_of_tax": False,
        "guarantee": {
            "amount_fen": 1_500_000,
            "min_days": 26,
            "min_hours": "156.5",
            "when_short": "void",
            "tested": "before_recoup",
        },
        "tail": None,
        "splits": [
            {"income": "commission", "scope": "none", "target": None, "rate": "0.35"},
            {"income": "commission", "scope": "sku", "target": "S001", "rate": "0.2"},
            {
                "income": "commission",
                "scope": "category",
                "target": "food",
                "tiers": {
                    "metric": "net_gmv",
                    "mode": "slab",
                    "steps": [{"up_to": 10_000_000, "rate": "0.3"}, {"up_to": None, "rate": "0.4"}],
                },
            },
        ],
        "overrides": [
            {
                "payee": "G01",
                "income": "commission",
                "basis": "agency_share",
                "rate": "0.05",
                "starts_on": "2026-01-01",
                "ends_on": "2026-07-01",
                "borne_by": "agency",
            }
        ],
    }


def test_superseded_terms_are_kept_beside_the_new_ones_where_they_differ(contract: Contract, terms: Terms) -> None:
    saved(contract, terms)
    version = saved(contract, replace(terms, guarantee=None))
    entry = AuditEntry.objects.get(target="anchors.contractversion", target_id=version.pk)
    assert entry.action == "supersede"
    assert entry.before is not None and entry.before.keys() == {"guarantee"}
    assert entry.after == {"guarantee": None}


def test_what_is_read_back_gives_the_same_json(contract: Contract, terms: Terms) -> None:
    assert terms_of(saved(contract, terms)).as_json() == terms.as_json()
    assert json.loads(json.dumps(terms.as_json())) == terms.as_json()


def test_bare_terms_say_what_they_do_not_have(contract: Contract) -> None:
    assert Terms(START).as_json() == {
        "starts_on": "2026-01-01",
        "clawback_window_days": None,
        "net_of_tax": False,
        "guarantee": None,
        "tail": None,
        "splits": [],
        "overrides": [],
    }
