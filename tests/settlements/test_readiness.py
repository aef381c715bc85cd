"""What the cockpit of a month warns of."""

from datetime import date
from decimal import Decimal

from django.utils import timezone

from mcn.accounts.audit import ACTIONS
from mcn.anchors.models import Anchor
from mcn.anchors.services import contract_save
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Split, Terms
from mcn.settlements import readiness
from tests.agencies import World


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
