"""The verifier recomputes real packs of random agencies, without the product."""

from pathlib import Path

import pytest
from django.db import transaction

from mcn.settlements.services.calculation import calculate
from mcn.tenancy.scope import agency_scope
from tests.commissions.calculation.test_equality import as_the_database_has_it, close, two_people
from tests.settlements.proof_pack.packs import build, verify
from tests.worlds import make_world
from tests.worlds.database import make_agency, put


class RollBack(Exception):
    """Ends a world's transaction."""


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_packs_of_random_agencies_are_recomputed_to_the_fen(seed: int, tmp_path: Path) -> None:
    with pytest.raises(RollBack), transaction.atomic():
        world = as_the_database_has_it(make_world(seed))
        agency = make_agency(world)
        with agency_scope(agency.pk), transaction.atomic():
            put(world)
            people = tuple(two_people())
            for month in map(str, world.periods):
                calculate(actor=None, period=month)
                close(month, people)
                packed = build(month, tmp_path / month)
                code, said = verify(tmp_path / month, "--sha256", packed.sha256)
                assert (code, "NOTE" in said, packed.sha256 in said) == (0, False, True), said
            raise RollBack
