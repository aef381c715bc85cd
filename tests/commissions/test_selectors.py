"""Every explanation ends in the share that was paid, in every random agency."""

from fractions import Fraction

import pytest
from django.db import transaction

from mcn.commissions.models import Bucket, ShareLine
from mcn.commissions.selectors import agency_part, explain, percent
from mcn.core.money import R
from mcn.settlements.services import calculate
from mcn.tenancy.scope import agency_scope
from tests.worlds import make_world
from tests.worlds.database import make_agency, put


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [3, 7, 21])
def test_the_steps_of_every_explanation_lead_to_the_share(seed: int) -> None:
    world = make_world(seed)
    agency = make_agency(world)
    kinds = set()
    with agency_scope(agency.pk), transaction.atomic():
        put(world)
        for period in world.periods:
            calculate(actor=None, period=str(period))
        for line in ShareLine.objects.select_related("event__line", "entry"):
            found = explain(line)
            kinds.add(found.kind)
            assert found.share == reckoned(found)
        by_event: dict[int, int] = {}
        for line in ShareLine.objects.filter(event__isnull=False).select_related("event"):
            by_event[line.event_id] = by_event.get(line.event_id, agency_part(line)) + line.share_fen
        for line in ShareLine.objects.filter(event__isnull=False).select_related("event"):
            assert by_event[line.event_id] == line.event.pool_fen
    assert Bucket.Kind.SHARE in kinds


def reckoned(found) -> int:
    """The share by the explanation's own figures."""
    if found.running is not None:
        return found.running.rounded_after - found.running.rounded_before - found.borne
    if found.proportion is not None:
        part = found.proportion
        assert part.paid_after == R(Fraction(part.paid_before * part.pool_after, part.pool_before))
        return part.paid_after - part.paid_before
    if found.kind == Bucket.Kind.HISTORY_CLAWBACK:
        return R(found.base * found.rate)
    if found.kind == Bucket.Kind.OUTSIDE_WINDOW:
        assert found.days > found.window
        return 0
    return found.pool


@pytest.mark.parametrize(
    ("rate", "text"),
    [((7, 20), "35"), ((1, 3), "33.333333…"), ((1, 1), "100"), ((0, 1), "0"), ((123457, 1000000), "12.3457")],
)
def test_a_rate_reads_as_percent(rate, text) -> None:
    assert percent(Fraction(*rate)) == text
