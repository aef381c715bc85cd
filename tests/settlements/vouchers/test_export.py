"""Vouchers through the export command: each kind in its own formats, of a month that something is posted in."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from tests.agencies import World
from tests.settlements.books import JUNE, Books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def closed(xinghe: World, settings: Any, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""
    with xinghe.open():
        desk = Books(xinghe)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.close(JUNE)
    return xinghe


def export(folder: Path, **options: Any) -> list[str]:
    call_command("export", agency="xinghe", out=folder, stdout=StringIO(), **options)
    return sorted(path.name for path in folder.iterdir())


def test_each_kind_is_written_in_the_formats_that_it_has(closed: World, tmp_path: Path) -> None:
    what = ["vouchers", "vouchers-kingdee-k3", "vouchers-kis", "vouchers-u8", "vouchers-tplus"]
    assert export(tmp_path / "both", period=JUNE, what=what, format=["csv", "xlsx"]) == [
        "vouchers-kingdee-k3.csv",
        "vouchers-kingdee-k3.xlsx",
        "vouchers-kis.csv",
        "vouchers-kis.xlsx",
        "vouchers-tplus.csv",
        "vouchers-u8.txt",
        "vouchers.csv",
        "vouchers.xlsx",
    ]
    assert export(tmp_path / "own", period="2026-05", what=what[1:], format=[]) == [
        "vouchers-kingdee-k3.xlsx",
        "vouchers-kis.csv",
        "vouchers-tplus.csv",
        "vouchers-u8.txt",
    ]


def test_vouchers_are_only_written_if_they_are_named(closed: World, tmp_path: Path) -> None:
    assert export(tmp_path / "out", period=JUNE) == ["lines.csv", "statements.csv", "unmatched.csv"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"period": "2026-07", "what": ["vouchers-u8"]},
            "Nothing is posted in 2026-07: there are no vouchers to export yet.",
        ),
        (
            {"period": "2026-05", "what": ["vouchers", "statements"]},
            "2026-05 has not been calculated: there is nothing to export yet.",
        ),
    ],
)
def test_a_month_that_has_none_is_refused(
    closed: World, tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CommandError) as caught, translation.override("en"):
        export(tmp_path / "out", **options)
    assert str(caught.value) == sentence
    assert not (tmp_path / "out").exists()
