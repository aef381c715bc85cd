"""Random agencies: a scenario that changes nothing gives the closed months, a change gives the reference engine."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.accounts.models import Membership, User
from mcn.anchors.models import Contract, ContractVersion
from mcn.commissions import recorded
from mcn.commissions.engine.matching import Matcher
from mcn.commissions.engine.shares import calculate as engine_calculate
from mcn.commissions.matching import parameters
from mcn.commissions.terms import terms_of
from mcn.commissions.unmatched import unmatched_money
from mcn.settlements import services
from mcn.settlements.engine.statement import settle
from mcn.settlements.inputs import Inputs
from mcn.settlements.models import Period, Statement
from mcn.settlements.whatif.replay import COLUMNS, replay
from mcn.settlements.whatif.scenario import RuleChange, Scenario, draft_of
from mcn.tenancy.scope import agency_scope
from tests.worlds import make_world
from tests.worlds.database import make_agency, put

NOTHING = Scenario(change=RuleChange((), "commission", Fraction(0), Fraction(1)))


class RollBack(Exception):
    """Ends a world's transaction."""


def close(period: str, people: list[User]) -> None:
    services.calculate(actor=people[0], period=period)
    services.submit(actor=people[0], period=period)
    services.approve(actor=people[1], period=period)
    amount, _reasons = unmatched_money(period)
    services.close(actor=people[1], period=period, accepted_unmatched_fen=amount)


def by_the_engine(code: str, scenario: Scenario) -> dict[str, list[int]]:
    """The statements of the month under a change of rules, by the reference engine on the same matched events."""
    inputs = Inputs.read(Period.objects.get(code=code).inputs)
    matcher = Matcher(inputs.roster)
    inputs = replace(inputs, entries=tuple(e for e in inputs.entries if matcher.entry(e).reason is None))
    changed = scenario.in_place(inputs)
    with transaction.atomic():
        values = parameters(changed.considered, changed.roster)
        matched = recorded.match_recorded(values)
        matches = tuple(Matcher(changed.roster).entry(entry) for entry in changed.entries)
        given = recorded.engine_inputs(
            changed.period, changed.roster, changed.ids, matched, changed.entries, matches, values
        )
        transaction.set_rollback(True)
    statements = settle(changed.settlement(engine_calculate(given).totals))
    return {s.payee: [getattr(s, column) for column in COLUMNS] for s in statements}


def check(seed: int, points: Fraction, factor: Fraction) -> None:
    world = make_world(seed)
    world = replace(world, settings=replace(world.settings, cumulative_from=None))
    agency = make_agency(world)
    with agency_scope(agency.pk), transaction.atomic():
        put(world)
        people = [User.objects.create_user(f"{name}@world.test", name=name) for name in ("one", "two")]
        for user in people:
            Membership.objects.create(user=user, name=user.name, roles=["finance"])
        for period in world.periods:
            close(str(period), people)
        change = Scenario(change=RuleChange((), "commission", points, factor))
        drafts = list(unchanged_drafts())
        for period in world.periods:
            code = str(period)
            stored = {
                s.code: [getattr(s, f"{column}_fen") for column in COLUMNS]
                for s in Statement.objects.filter(period__code=code)
            }
            for scenario in (NOTHING, *drafts):
                found = replay(code, scenario)
                assert found["lost"]["events"] == 0
                assert found["pool"][0] == found["pool"][1]
                assert found["sums"][0] == found["sums"][1]
                assert all(row["columns"][0] == row["columns"][1] for row in found["payees"])
            found = replay(code, change)
            computed = stored | {row["code"]: row["columns"][1] for row in found["payees"]}
            assert computed == by_the_engine(code, change)
        raise RollBack


def unchanged_drafts() -> Iterator[Scenario]:
    """Drafts that say what their contract says, of contracts with one version."""
    for contract in Contract.objects.order_by("pk"):
        versions = ContractVersion.objects.filter(contract=contract)
        if len(versions) == 1 and versions[0].splits.exists():
            terms = terms_of(versions[0])
            # a first day that is no override's, so that all keep their days
            yield Scenario(draft=draft_of(contract, replace(terms, starts_on=contract.ends_on)))


@pytest.mark.django_db
@settings(max_examples=3, derandomize=True)
@given(
    seed=st.integers(0, 2000),
    points=st.fractions(0, Fraction(1, 10), max_denominator=1000),
    factor=st.fractions(1, 2, max_denominator=7),
)
def test_nothing_changed_is_nothing_and_a_change_is_the_engines(seed: int, points: Fraction, factor: Fraction) -> None:
    with pytest.raises(RollBack), transaction.atomic():
        check(seed, points, factor)
