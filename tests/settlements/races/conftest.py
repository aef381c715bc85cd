"""Books that are committed, so that two people can be at them at once."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.agencies import World
from tests.settlements.books import JULY
from tests.settlements.paying import Paying


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def today(xinghe: World) -> date:
    return xinghe.agency.today()


@pytest.fixture
def paying(xinghe: World) -> Paying:
    """June is closed and owes A01 24.50, A02 5.00, A03 7.00; July has 200.00 and is calculated. All is committed."""
    desk = Paying(xinghe)
    with xinghe.open():
        desk.owe()
        desk.event("2", 20000, JULY)
        desk.calculate(JULY)
    return desk
