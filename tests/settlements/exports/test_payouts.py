"""`payouts`: how far a closed month is paid."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from mcn.core.errors import Conflict
from mcn.settlements.exports import services
from mcn.settlements.payouts.results import payouts_paid
from mcn.tenancy import files
from tests.agencies import World
from tests.settlements.books import JULY, JUNE
from tests.settlements.paying import Paying, payouts

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_every_statement_says_how_far_it_is_paid(inside: World) -> None:
    desk = Paying(inside)
    account = desk.owe()
    ones = payouts(desk.exported(account))
    today = inside.agency.today()
    payouts_paid(actor=inside.finance, payouts=[ones["A01"]], paid_on=today)
    services.write_files(actor=inside.finance, period=JUNE, what=["payouts"], formats=["csv"], name="exports/1")
    text = files.path_of("exports/1/payouts.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines() == [
        "payee,name,period,net_pay,paid,in_batch,unpaid,paid_on,payouts",
        f"A01,小鹿,2026-06,24.50,24.50,0.00,0.00,{today},P0001-001",
        "A02,阿木,2026-06,5.00,0.00,5.00,0.00,,P0001-002",
        "A03,晚晚,2026-06,7.00,0.00,7.00,0.00,,P0001-003",
    ]


def test_nothing_of_an_open_month_is_paid(inside: World) -> None:
    desk = Paying(inside)
    desk.owe()
    desk.event("2", 100, JULY)
    desk.calculate(JULY)
    with translation.override("en"), pytest.raises(Conflict, match="nothing of it is paid"):
        services.write_files(actor=inside.finance, period=JULY, what=["payouts"], formats=["csv"], name="exports/1")
