"""Tail commission: which days it is in force on, what it pays, and which terms are refused (docs/money.md §3.3)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from django.db.utils import Error
from django.utils import translation

from mcn.anchors.models import Anchor, Contract, ContractVersion
from mcn.anchors.services import contract_save
from mcn.commissions.roster import load_roster
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import OverrideTerms, Split, Step, Tail, Terms, Tiers, terms_of
from mcn.core.errors import RuleError
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import guarantee_version
from tests.agencies import World

START, END = date(2026, 1, 1), date(2026, 7, 10)
HALF = Tail(30, share=Decimal("0.5"))
pytestmark = pytest.mark.django_db


def terms(tail: Tail | None = HALF, starts_on: date = START) -> Terms:
    splits = (
        Split("commission", rate=Decimal("0.35")),
        Split("commission", "category", "food", rate=Decimal("0.5")),
        Split("slot_fee", rate=Decimal("0.2")),
    )
    return Terms(starts_on, splits, clawback_window_days=15, net_of_tax=True, tail=tail)


def save(contract: Contract, terms: Terms) -> ContractVersion:
    return contract_version_save(actor=None, contract=contract, terms=terms, last_closed=None)[0]


@pytest.fixture
def contract(inside: World) -> Contract:
    return contract_save(actor=None, anchor=Anchor.objects.get(), number="C1", starts_on=START, ends_on=END)[0]


def tails() -> list[tuple[int, date, date]]:
    """The tails that are in force on a day: of which version, from and until when."""
    rows = [version for version in load_roster().versions if version.tail and not version.superseded]
    return [(row.version, row.from_on, row.until_on) for row in rows if row.until_on != row.from_on]


def test_the_tail_is_written_with_the_terms_and_reckoned_once(contract: Contract) -> None:
    version = save(contract, terms())
    tail = ContractVersion.objects.get(tail_of=version)
    assert (f"{version}", f"{tail}") == ("C1 v1", "C1 v1 tail")
    assert (tail.clawback_window_days, tail.net_of_tax, tail.guarantee_fen) == (15, True, None)
    rules = {(rule.scope, rule.category): rule.rate for rule in tail.splits.all()}
    assert rules == {("none", ""): Decimal("0.175"), ("category", "food"): Decimal("0.25")}
    assert {rule.income for rule in tail.splits.all()} == {"commission"}
    assert terms_of(version) == terms()
    rates = {rule.rate for rule in load_roster().rules if rule.version_id == tail.pk}
    assert rates == {Fraction(7, 40), Fraction(1, 4)}


def test_it_begins_the_day_after_the_last_one(contract: Contract) -> None:
    save(contract, terms())
    assert tails() == [(1, date(2026, 7, 11), date(2026, 8, 10))]


def test_a_contract_that_ends_early_has_it_from_then_on(contract: Contract) -> None:
    """The version in force on the last day decides: first that of July, then that of January."""
    save(contract, terms())
    save(contract, terms(Tail(10, rate=Decimal("0.1")), date(2026, 7, 1)))
    assert tails() == [(2, date(2026, 7, 11), date(2026, 7, 21))]
    contract_save(actor=None, anchor=contract.anchor, number="C1", starts_on=START, ends_on=date(2026, 6, 30))
    assert tails() == [(1, date(2026, 7, 1), date(2026, 7, 31))]


def test_later_terms_without_a_tail_have_none(contract: Contract) -> None:
    save(contract, terms())
    save(contract, terms(None, date(2026, 7, 1)))
    assert tails() == []


def test_the_next_contract_ends_it(contract: Contract) -> None:
    save(contract, terms())
    contract_save(
        actor=None, anchor=contract.anchor, number="A", starts_on=date(2026, 7, 20), ends_on=date(2026, 12, 31)
    )
    assert tails() == [(1, date(2026, 7, 11), date(2026, 7, 20))]
    Contract.objects.filter(number="A").update(starts_on=date(2026, 7, 11))
    assert tails() == []


def test_other_terms_supersede_the_tail_with_its_version(contract: Contract) -> None:
    first = save(contract, terms())
    save(contract, terms(Tail(5, rate=Decimal("0.1"))))
    assert ContractVersion.objects.get(tail_of=first).superseded_at is not None
    assert tails() == [(2, date(2026, 7, 11), date(2026, 7, 16))]
    save(contract, terms(None))
    assert tails() == []


def test_the_guarantee_is_that_of_the_contract_in_the_month_of_its_end(contract: Contract) -> None:
    version = save(contract, terms())
    versions = load_roster().versions
    found = {n: guarantee_version(versions, Period(2026, n)) for n in (6, 7, 8, 9)}
    assert found[6] is not None and found[6].id == version.pk
    assert found[7] is not None and found[7].id == version.pk
    assert found[8] is not None and found[8].tail
    assert found[9] is None


def test_a_rate_of_its_own_needs_no_rates_without_tiers(contract: Contract) -> None:
    tiers = Tiers("net_gmv", "slab", (Step(100, Decimal("0.3")), Step(None, Decimal("0.4"))))
    tail = Tail(30, rate=Decimal("0.15"))
    version = save(contract, Terms(START, (Split("commission", tiers=tiers),), tail=tail))
    [rule] = ContractVersion.objects.get(tail_of=version).splits.all()
    assert (rule.income, rule.scope, rule.rate) == ("commission", "none", Decimal("0.15"))


TIERED = Split("commission", "category", "toys", tiers=Tiers("orders", "slab", (Step(None, Decimal("0.4")),)))


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"tail": Tail(0, share=Decimal("0.5"))}, "tail.days", "1 to 1000 days"),
        ({"tail": Tail(1001, share=Decimal("0.5"))}, "tail.days", "1 to 1000 days"),
        ({"tail": Tail(30)}, "tail", "either a part of the rates or a rate"),
        ({"tail": Tail(30, Decimal("0.5"), Decimal("0.1"))}, "tail", "either a part of the rates or a rate"),
        ({"tail": Tail(30, share=Decimal("1.1"))}, "tail.share", "0 to 1|0 and 1"),
        ({"tail": Tail(30, rate=Decimal("-0.1"))}, "tail.rate", "0 to 1|0 and 1"),
        ({"tail": Tail(30, share=Decimal("0.333333"))}, "tail.share", "more than six decimals"),
        ({"splits": (*terms().splits, TIERED)}, "tail.share", "has tiers"),
        ({"splits": terms().splits[2:]}, "tail.share", "no rate on commission"),
    ],
)
def test_refused(contract: Contract, values: dict[str, object], field: str, why: str) -> None:
    with translation.override("en"), pytest.raises(RuleError, match=why) as caught:
        save(contract, replace(terms(), **values))
    assert caught.value.field == field
    assert not ContractVersion.objects.exists()


def test_the_database_takes_no_half_a_tail(contract: Contract) -> None:
    version = save(contract, terms())
    for values in ({"tail_days": 3}, {"tail_rate": 1}, {"tail_days": 3, "tail_rate": 1, "tail_share_rate": 1}):
        with pytest.raises(Error), transaction.atomic():
            ContractVersion.objects.create(contract=contract, number=9, starts_on=END, **values)
    with pytest.raises(Error), transaction.atomic():  # one tail each
        ContractVersion.objects.create(contract=contract, number=1, starts_on=START, tail_of=version)


def test_an_override_is_no_part_of_the_tail(contract: Contract) -> None:
    payee = Anchor.objects.get().payee
    override = OverrideTerms(payee, "agency_share", Decimal("0.05"), START)
    version = save(contract, replace(terms(), overrides=(override,)))
    assert not ContractVersion.objects.get(tail_of=version).overrides.exists()
