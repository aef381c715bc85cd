"""The worked month of docs/money.md §7 through the database: June settles the line that July takes back."""

from pathlib import Path

import pytest

from mcn.core.money import yuan
from mcn.settlements.models import Statement
from mcn.settlements.verification import verify
from tests.agencies import World
from tests.golden.worked_month import JULY, JUNE, settle
from tests.settlements.proof_pack import packs


def figures(payee: str, *columns: str) -> dict[str, str]:
    row = Statement.objects.get(period__code=JULY, code=payee)
    return {column: yuan(getattr(row, f"{column}_fen")) for column in columns}


@pytest.mark.django_db
def test_the_worked_month_to_the_fen(inside: World, tmp_path: Path) -> None:
    settle(inside)
    expected = {
        "net_gmv": "167933.25",
        "pool": "31112.98",
        "commission_share": "9990.74",
        "clawback_share": "-151.20",
        "slot_fee_share": "1600.00",
        "tips_share": "1000.00",
        "bonus": "500.00",
        "earned": "12939.54",
        "guarantee_top_up": "2060.46",
        "penalties": "-200.00",
        "taxable": "14800.00",
        "tax": "2368.00",
        "advance_recouped": "3881.86",
        "net_pay": "8550.14",
    }
    assert figures("A01", *expected) == expected
    assert figures("G01", "override_share", "clawback_share") == {
        "override_share": "1025.21",
        "clawback_share": "-14.04",
    }
    assert verify()["differences"] == 0
    for month in (JUNE, JULY):
        pack = tmp_path / month
        code, said = packs.verify(pack, "--sha256", packs.build(month, pack).sha256)
        assert (code, "all shares" in said) == (0, True), said
