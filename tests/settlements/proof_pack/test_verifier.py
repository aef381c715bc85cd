"""The verifier recomputes real packs of random agencies, without the product."""

from pathlib import Path

import pytest

from tests.settlements.proof_pack.packs import build, closed_months, verify


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_packs_of_random_agencies_are_recomputed_to_the_fen(seed: int, tmp_path: Path) -> None:
    with closed_months(seed) as months:
        for month in months:
            packed = build(month, tmp_path / month)
            code, said = verify(tmp_path / month, "--sha256", packed.sha256)
            assert (code, "NOTE" in said, packed.sha256 in said) == (0, False, True), said
