"""The explanation of a stored share is the reference engine's, step by step, on random agencies."""

import pytest
from django.db import transaction

from mcn.commissions.engine.explain import Explainer, Step
from mcn.commissions.explanation import explain
from mcn.commissions.models import ShareLine
from mcn.settlements.services.calculation import calculate
from mcn.tenancy.scope import agency_scope
from tests.commissions.calculation.test_equality import RollBack, as_the_database_has_it, close, two_people
from tests.worlds import make_world, run_world
from tests.worlds.database import make_agency, put


def comparable(steps: list[Step]) -> list[tuple]:
    return [(step.code, sorted(step.values.items())) for step in steps]


def check_month(month) -> int:
    explainer = Explainer(month.inputs, month.result)
    expected = {}
    for line in month.result.lines:
        key = (line.source, line.source_id, line.payee, line.role, line.host, line.rule_id)
        expected[key] = comparable(explainer.explain(line))
    lines = ShareLine.objects.filter(period=str(month.inputs.period)).select_related(
        "agency",
        "event__line",
        "entry",
        "bucket__payee",
        "bucket__version__contract",
        "bucket__rule__version__contract",
    )
    for line in lines:
        bucket = line.bucket
        third = bucket.override_id is not None
        key = (
            "event" if line.event_id else "entry",
            line.event_id or line.entry_id,
            bucket.payee.code,
            "override" if third else "anchor",
            line.host,
            bucket.override_id if third else bucket.rule_id,
        )
        assert comparable(explain(line)) == expected[key]
    return len(expected)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", (0, 2, 3, 5, 8, 13))
def test_stored_shares_are_explained_as_the_engine_explains_them(seed: int) -> None:
    world = as_the_database_has_it(make_world(seed))
    agency = make_agency(world)
    explained = 0
    with pytest.raises(RollBack), transaction.atomic(), agency_scope(agency.pk):
        put(world)
        people = tuple(two_people())
        for month in run_world(world):
            calculate(actor=None, period=str(month.inputs.period))
            explained += check_month(month)
            close(str(month.inputs.period), people)
        raise RollBack
    assert explained > 0
