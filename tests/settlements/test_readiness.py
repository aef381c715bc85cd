"""What the cockpit of a month warns of."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from mcn.accounts.audit import ACTIONS
from mcn.anchors.models import Anchor, Contract, Payee
from mcn.anchors.services import contract_save
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Split, Terms
from mcn.sales.services import BilledDay, bills_save
from mcn.settlements import readiness
from mcn.settlements.models import Period
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books


def test_changes_are_looked_for_by_actions_that_are_recorded() -> None:
    assert set(readiness.CHANGING) <= ACTIONS.keys()


def test_terms_that_were_superseded_after_the_calculation_are_named(inside: World) -> None:
    contract, _outcome = contract_save(
        actor=None,
        anchor=Anchor.objects.get(),
        number="C1",
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
    )
    rate, other = (Terms(date(2026, 1, 1), (Split("commission", rate=Decimal(text)),)) for text in ("0.3", "0.4"))
    contract_version_save(actor=None, contract=contract, terms=rate, last_closed=None)
    calculated_at = timezone.now()
    contract_version_save(actor=None, contract=contract, terms=other, last_closed=None)
    assert [entry.action for entry in readiness.changed_since(calculated_at)] == ["supersede"]


# ── what statements warn of ──────────────────────────────────────────────────────────────────────────


def found(period: str) -> dict[str, tuple[list[str], int | None]]:
    row = Period.objects.get(code=period)
    return {one.code: (one.values.get("names", []), one.amount_fen) for one in readiness.blockers(row)}


def test_a_month_warns_of_contracts_without_signature(inside: World) -> None:
    desk = Books(inside)
    desk.roster()
    desk.event("1", 10000, JUNE)
    desk.calculate(JUNE)
    assert found(JUNE)["unsigned"] == (["小鹿"], 3500)
    Contract.objects.update(signed_on=date(2025, 12, 20))
    assert "unsigned" not in found(JUNE)


def test_a_month_warns_of_jumps_and_of_what_is_below_zero(inside: World) -> None:
    desk = Books(inside)
    desk.roster()
    desk.event("1", 1_000_000, JUNE)
    desk.close(JUNE)
    desk.event("1", -900_000, JULY, kind="clawback")
    desk.calculate(JULY)
    warned = found(JULY)
    assert warned["negative"] == (["小鹿"], 315_000)
    assert warned["jumps"] == (["小鹿"], 350_000 + 315_000)


# June earned 3,500.00: a jump begins at half of it more or less.
@pytest.mark.parametrize(
    ("pool", "told"), [(1_499_997, False), (1_500_000, True), (500_003, False), (500_000, True), (1_000_000, False)]
)
def test_small_and_usual_changes_are_not_told(inside: World, pool: int, told: bool) -> None:
    desk = Books(inside)
    desk.roster()
    desk.event("1", 1_000_000, JUNE)
    desk.close(JUNE)
    desk.event("2", pool, JULY)
    desk.calculate(JULY)
    assert ("jumps" in found(JULY)) is told


def test_a_month_warns_of_invoices_to_come_and_of_bills_that_differ(inside: World) -> None:
    desk = Books(inside)
    desk.roster()
    Payee.objects.filter(code="A01").update(kind="company")
    desk.event("1", 10000, JUNE)
    desk.calculate(JUNE)
    assert found(JUNE)["invoices"] == (["小鹿"], 2450)
    bill = BilledDay("1", date(2026, 6, 20), 12345, None)
    bills_save(actor=inside.finance, platform="douyin", measure="pool", rows=[bill])
    blocker = next(one for one in readiness.blockers(Period.objects.get(code=JUNE)) if one.code == "bills")
    assert (blocker.values["days"], blocker.amount_fen) == (1, 12345)
