"""What a quarter brought each payee, kept ready for the report of platform income: to the character."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Payee
from mcn.core.errors import Conflict, NotAllowed
from mcn.settlements.exports.payees_of_quarter import HEADERS, months_of
from mcn.settlements.models import Period
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.exports.test_tax import csv_rows, written
from tests.settlements.taxed import LIN, earns, june_and_july, person

pytestmark = pytest.mark.django_db
WHAT = "tax-quarter"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def closed(inside: World) -> World:
    june_and_july(inside)
    return inside


def test_every_month_has_its_quarter() -> None:
    assert months_of(Period(code="2026-01")) == ["2026-01", "2026-02", "2026-03"]
    assert months_of(Period(code="2026-06")) == ["2026-04", "2026-05", "2026-06"]
    assert months_of(Period(code="2026-12")) == ["2026-10", "2026-11", "2026-12"]


def test_persons_by_document_and_traders_by_name(closed: World) -> None:
    trader = Payee.objects.get(code="A06")
    trader.id_number = "92330106MA00000001"
    trader.save()
    header, *rows = csv_rows(written(WHAT, "csv"))
    assert tuple(header) == HEADERS
    span = "2026-04—2026-06"
    # Lin: labour pay 26,000 with tax 4,240 and wages 12,000 with none
    assert rows == [
        ["1", span, "否", "", "", "林小鹿", "201|居民身份证", LIN, "156|中国",
         "38000.00", "26000.00", "12000.00", "0.00", "4240.00", "0"],
        ["2", span, "是", "晚晚工作室", "92330106MA00000001", "", "", "", "",
         "5000.00", "0.00", "0.00", "5000.00", "0.00", "0"],
    ]  # fmt: skip


def test_the_months_of_a_quarter_add_up(inside: World) -> None:
    person("A02", legal_name="Ana", id_number="EA1234567")
    for month, fen in (("2026-05", 100000), (JUNE, 200000)):
        earns("A02", fen, month)
        Books(inside).close(month)
    # 40.00 and 240.00 by the table of a month
    assert csv_rows(written(WHAT, "csv"))[1][5:] == [
        "Ana", "", "EA1234567", "", "3000.00", "3000.00", "0.00", "0.00", "280.00", "0",
    ]  # fmt: skip


def test_only_whole_quarters(closed: World) -> None:
    with translation.override("en"):
        with pytest.raises(Conflict, match="The quarter ends with 2026-09"):
            written(WHAT, "csv", JULY)
        Period.objects.create(code="2026-09", state="calculated", calculated_at="2026-10-01T00:00:00Z")
        with pytest.raises(Conflict, match="2026-09 are not closed"):
            written(WHAT, "csv", "2026-09")


def test_each_number_that_leaves_is_in_the_audit_trail(closed: World) -> None:
    with pytest.raises(NotAllowed):
        written(WHAT, "csv", actor=closed.user("auditor"))
    written(WHAT, "csv", actor=closed.finance)
    told = {"fields": ["id_number"], "what": [WHAT], "period": JUNE}
    assert [entry.after for entry in AuditEntry.objects.filter(action="reveal")] == [told, told]
