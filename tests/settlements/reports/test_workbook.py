"""The workbook of a month: every sheet by hand, its totals checked before it leaves, for those who may have it."""

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils import translation

from mcn.anchors.models import Advance, Payee
from mcn.core.errors import Conflict, NotAllowed
from mcn.core.periods import Period as Month
from mcn.settlements.exports import services
from mcn.settlements.exposure import job as exposure
from mcn.settlements.ledger.balances import trial_balance
from mcn.settlements.models import Account, ExposureMonth, Posting
from mcn.settlements.reports import sheets, sums
from mcn.tenancy import files
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.reports.small import JUNE, MAY, Small

ANCHORS, BRANDS, PLATFORMS, SESSIONS, BOOKS, OPEN, REFUNDS, CATEGORIES, TAX = range(9)


@pytest.fixture
def small(inside: World, settings: Any, tmp_path: Path) -> Small:
    settings.MEDIA_ROOT = tmp_path / "files"
    made = Small(inside)
    made.put()
    return made


def written(world: World, *, language: str = "en", actor: Any = None) -> list[list[tuple[Any, ...]]]:
    """The sheets' rows of the report of June."""
    with translation.override(language):
        services.write_files(actor=actor or world.finance, period=JUNE, what=["report"], formats=[], name="exports/1")
    book = openpyxl.load_workbook(files.path_of("exports/1/report.xlsx"))
    return [[row for row in sheet.values if any(cell is not None for cell in row)] for sheet in book.worksheets]


def test_every_sheet_by_hand(small: Small, inside: World) -> None:
    small.calculate()
    assert exposure.bring_up_to_date(JUNE)
    found = written(inside)
    check = ("Check (must be 0)",)
    assert found[ANCHORS][1:6] == [
        ("小鹿", "A01", 2, 1100.0, 0, 110.0, 200.0, 78.5, 231.5),
        ("小雨", "A02", 2, 600.0, 0.1429, 60.01, 0, 27.0, 33.01),
        ("Parts of no host", None, 0, 100.0, 0, 10.0, 0, 0, 10.0),
        ("Total", None, 4, 1800.0, None, 180.01, 200.0, 105.5, 274.51),
        (*check, None, 0, 0, None, 0, 0, 0, 0),
    ]
    assert found[BRANDS][1:4] == [
        ("花间", "B01", 1, 1000.0, 0, 100.0, 200.0, 74.5, 225.5),
        ("No brand", None, 2, 800.0, 0.1111, 80.01, 0, 31.0, 49.01),
        ("Total", None, 3, 1800.0, None, 180.01, 200.0, 105.5, 274.51),
    ]
    assert [row[:4] for row in found[PLATFORMS][1:5]] == [
        ("Douyin", 2, 1500.0, 0),
        ("Kuaishou", 1, 300.0, 0.25),
        ("Other income and costs", 0, 0, None),
        ("Total", 3, 1800.0, None),
    ]
    assert found[SESSIONS][1:3] == [
        ("首场", "S-1", "2026-06-02 20:00", "小鹿, 小雨", 1, 1000.0, 0, 100.0, 0, 34.5, 65.5),
        ("Outside of sessions", None, None, None, 2, 800.0, 0.1111, 80.01, 200.0, 71.0, 209.01),
    ]
    assert found[BOOKS][1:9] == [
        ("Platform receivable", None, None, 0, 180.01, 180.01),
        ("Brand receivable", None, None, 0, 200.0, 200.0),
        ("Payable to payees", "A01", "小鹿", 0, -78.5, -78.5),
        ("Payable to payees", "A02", "小雨", 0, -24.0, -24.0),
        ("Payable to payees", "G01", "李强", 0, -3.0, -3.0),
        ("Result so far", None, None, 0, -274.51, -274.51),
        ("Total", None, None, 0, 0, 0),
        (*check, None, None, 0, 0, 0),
    ]
    assert found[OPEN][1:3] == [("Douyin", "2026-06", 2, 7.0), ("Total", None, 2, 7.0)]
    assert found[REFUNDS][1:4] == [
        ("小鹿", "A01", 110.0, 38.5, 0, 0, 0, 0),
        ("小雨", "A02", 70.01, 28.0, 10.0, 4.0, 0, 0),
        ("Total", None, 180.01, 66.5, 10.0, 4.0, 0, 0),
    ]
    assert found[CATEGORIES][1:4] == [
        ("美妆", 90.0, 33.0, 0, 0, 0, 0),
        ("No category", 90.01, 33.5, 10.0, 4.0, 0, 0),
        ("Total", 180.01, 66.5, 10.0, 4.0, 0, 0),
    ]
    assert found[TAX][1:4] == [
        ("Company", 1, 3.0, 0),
        ("Labour remuneration, per payment", 2, 102.5, 0),
        ("Total", None, 105.5, 0),
    ]
    for rows in found:
        (last,) = [row for row in rows if row[0] == "Check (must be 0)"]
        assert not any(last[1:])


def test_the_books_are_those_of_the_months_last_day(small: Small, inside: World) -> None:
    payee = Payee.objects.get(code="A01")
    Advance.objects.create(payee=payee, code="V1", amount_fen=600, paid_on=date(2026, 6, 30), recoup_rate=0)
    small.close()
    rows = written(inside)[BOOKS]
    assert ("Advances", "A01", "小鹿", 6.0, 0, 6.0) in rows
    assert ("Bank", None, None, -6.0, 0, -6.0) in rows
    (payable,) = [one.balance for one in trial_balance(date(2026, 6, 30)) if one.account == Account.PAYABLE]
    assert sum(round(row[3] * 100) for row in rows if row[0] == "Payable to payees") == payable
    earlier = sheets._books(Posting.objects.get(kind="month").period, Month.parse(MAY))
    assert not earlier.rows


def test_refunds_that_are_not_summed_yet_say_so(small: Small, inside: World) -> None:
    small.calculate()
    assert not ExposureMonth.objects.exists()
    assert "have not been added up yet" in written(inside)[REFUNDS][-1][0]


def test_in_chinese_without_identity_numbers(small: Small, inside: World) -> None:
    Payee.objects.filter(code="A01").update(id_number="110101199001011234")
    small.calculate()
    found = written(inside, language="zh-hans")
    assert found[ANCHORS][0][0] == "主播"
    assert "110101199001011234" not in str(found)


def test_a_total_that_is_not_the_months_leaves_no_file(small: Small, inside: World) -> None:
    period = small.calculate()
    assert sums.bring_up_to_date(JUNE)
    period.refresh_from_db()
    row = next(row for row in sums.sums_of(period) if row.by == "session")
    row.share_fen += 1
    row.save()
    with pytest.raises(sums.DoesNotAgree, match="By session"):
        written(inside)
    assert not files.path_of("exports/1").exists()


def test_a_month_before_the_first_has_none_of_its_open_orders(small: Small, inside: World) -> None:
    small.calculate()
    Agency.objects.filter(pk=inside.id).update(first_period="2026-07")
    agency = Agency.objects.get(pk=inside.id)
    assert sheets._open_estimates(agency, Month.parse(JUNE)).rows == []


def test_it_is_for_who_may_see_settlements_and_export_and_for_calculated_months(small: Small, inside: World) -> None:
    small.calculate()
    with pytest.raises(NotAllowed):
        written(inside, actor=inside.user("operations"))
    with pytest.raises(Conflict, match=MAY):
        services.write_files(actor=inside.finance, period=MAY, what=["report"], formats=[], name="exports/1")
