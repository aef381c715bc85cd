"""The three files of a month, to the character."""

import csv
from datetime import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection, transaction
from django.utils import translation

from mcn.accounts.models import Membership
from mcn.commissions.models import Bucket, ShareBlock
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements.exports import EXPORTS, LABELS, services
from mcn.settlements.models import Statement
from mcn.settlements.month_shares import SharesWithoutSource
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.month import make_month

STATEMENT_COLUMNS = (
    "payee,name,period,lines,net_gmv,pool,commission_share,clawback_share,slot_fee_share,tips_share,ads_share,"
    "override_share,bonus,earned,guarantee_top_up,penalties,paid_by_platform,brought_forward,taxable,tax,"
    "advance_recouped,net_pay,carried_forward"
)
KNOWN = ", ".join(LABELS)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def export(people: World, what: str, form: str = "csv", actor: Any = None) -> Path:
    services.write_files(actor=actor, period="2026-07", what=[what], formats=[form], name="exports/1")
    return services.files.path_of(f"exports/1/{what}.{form}")


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_statements(inside: World) -> None:
    make_month()
    text = export(inside, "statements").read_bytes().decode()
    assert text == (
        f"\ufeff{STATEMENT_COLUMNS}\n"
        "A01,小鹿,2026-07,1,0.00,11.61,8.13,-4.07,0.00,0.00,0.00,0.00,500.00,504.06,0.00,-12.30,0.00,0.00,"
        "491.76,10.00,0.00,481.76,0.00\n"
        "G01,'=李强,2026-07,0,0.00,0.00,0.00,-0.37,0.00,0.00,0.00,0.75,0.00,0.38,0.00,0.00,0.00,0.00,"
        "0.38,0.00,0.00,0.38,0.00\n"
    )


def test_lines(inside: World) -> None:
    make_month()
    order = "6900000000000000001"
    settled = ["douyin", order, order, "settled", "2026-07-03T12:00:05+08:00", "2026-07"]
    bonus = ["", "E01", "", "bonus", "2026-07-05T00:00:00+08:00", "2026-07"]
    back = ["douyin", order, order, "clawback", "2026-07-31T23:59:59+08:00", "2026-07"]
    rule, override = "'-XH-1 v1 commission platform:douyin", "'-XH-1 v1 override commission agency_share"
    assert rows(export(inside, "lines")) == [
        [
            "platform",
            "order",
            "line",
            "event",
            "occurred_at",
            "original_period",
            "payee",
            "rule",
            "pool",
            "rate",
            "share",
        ],
        [*settled, "A01", rule, "23.22", "0.35", "8.13"],
        [*settled, "G01", override, "23.22", "0.05", "0.75"],
        [*settled, "AGENCY", "", "23.22", "", "14.34"],
        [*bonus, "A01", "'-XH-1 v1", "500.00", "1", "500.00"],
        [*bonus, "AGENCY", "", "500.00", "", "0.00"],
        [*back, "A01", rule, "-11.61", "", "-4.07"],
        [*back, "G01", override, "-11.61", "", "-0.37"],
        [*back, "AGENCY", "", "-11.61", "", "-7.17"],
    ]


def test_unmatched(inside: World) -> None:
    make_month()
    Agency.objects.update(day_starts_at=time(4, 0))
    assert rows(export(inside, "unmatched")) == [
        ["platform", "order", "line", "event", "occurred_at", "reason", "pool"],
        ["", "E02", "", "slot_fee", "2026-07-01T04:00:00+08:00", "no_split_rule", "8000.00"],
        ["wechat", "'=1+1", "L,1", "settled", "2026-07-03T12:00:05+08:00", "unknown_account", "23.22"],
    ]


def test_rates_keep_twelve_places(inside: World) -> None:
    month = make_month()
    month.share.rate_numerator, month.share.rate_denominator = 1, 3
    month.share.save()
    assert rows(export(inside, "lines"))[1][9] == "0.333333333333"


def test_lines_add_up_to_what_was_earned_and_to_the_pools(inside: World) -> None:
    make_month(orders=4)
    found = rows(export(inside, "lines"))[1:]
    for statement in Statement.objects.all():
        fen = sum(int(row[10].replace(".", "")) for row in found if row[6] == statement.code)
        assert fen == statement.earned_fen
    for key in {tuple(row[:5]) for row in found}:
        mine = [row for row in found if tuple(row[:5]) == key]
        assert sum(int(row[10].replace(".", "")) for row in mine) == int(mine[0][8].replace(".", ""))


def test_the_other_agency_has_nothing_of_it(inside: World, beichen: World) -> None:
    make_month()
    with agency_scope(beichen.id):
        month = make_month(orders=3)
        assert len(rows(export(beichen, "lines"))) == 1 + 8 + 4
        assert month.period.agency_id == beichen.id
    assert len(rows(export(inside, "lines"))) == 1 + 8


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "what", [name for name, export in EXPORTS.items() if export.expected and name not in {"payouts", "vouchers"}]
)
def test_xlsx_has_the_rows_of_the_csv_with_headers_for_people(inside: World, what: str, language: str) -> None:
    make_month()
    expected = rows(export(inside, what))[1:]
    with translation.override(language):
        book = openpyxl.load_workbook(export(inside, what, "xlsx"))
        labels = [str(column.label) for column in EXPORTS[what].columns]
    found = [list(row) for row in book.worksheets[0].values]
    assert found[0] == labels
    for csv_row, row in zip(expected, found[1:-2], strict=True):
        plain = ["" if value is None else value for value in row]
        for text, value in zip(csv_row, plain, strict=True):
            assert text.removeprefix("'") == value if isinstance(value, str) else float(text) == value
    assert {value for value in found[-1][1:] if value is not None} == {0}


def test_the_totals_row_is_the_sum_of_the_statements(inside: World) -> None:
    make_month()
    sheet = openpyxl.load_workbook(export(inside, "statements", "xlsx")).worksheets[0]
    header, *_rows, totals, _check = [list(row) for row in sheet.values]
    names = [column.name for column in EXPORTS["statements"].columns]
    assert len(header) == len(names)
    found = dict(zip(names, totals, strict=True))
    assert (found["earned"], found["net_pay"], found["penalties"], found["lines"]) == (504.44, 482.14, -12.3, 1)


def test_the_check_row_shows_what_is_missing(inside: World) -> None:
    make_month()
    Statement.objects.filter(code="G01").update(earned_fen=40)
    sheet = openpyxl.load_workbook(export(inside, "statements", "xlsx")).worksheets[0]
    names = [column.name for column in EXPORTS["statements"].columns]
    check = dict(zip(names, list(sheet.values)[-1], strict=True))
    assert check["earned"] == 0.02
    assert check["net_pay"] == 0


@pytest.mark.parametrize(
    ("what", "formats", "sentence"),
    [
        (
            ["nothing"],
            ["csv"],
            f"There is no export “nothing”. Choose from: {KNOWN}.",
        ),
        (["lines"], ["pdf"], "There is no export “pdf”. Choose from: csv, xlsx."),
        ([], ["csv"], f"There is no export “”. Choose from: {KNOWN}."),
    ],
)
def test_what_does_not_exist_is_refused_by_name(what: list[str], formats: list[str], sentence: str) -> None:
    with pytest.raises(RuleError) as caught, translation.override("en"):
        services.check_choice(what=what, formats=formats)
    with translation.override("en"):
        assert str(caught.value) == sentence


def test_a_month_that_was_not_calculated_is_refused(inside: World) -> None:
    with pytest.raises(Conflict):
        export(inside, "statements")
    assert not services.files.path_of("exports/1").exists()


def test_the_right_is_checked_when_the_file_is_written(inside: World) -> None:
    make_month()
    assert export(inside, "statements", actor=inside.finance).exists()
    Membership.objects.filter(user=inside.finance).update(roles=["operations"])
    with pytest.raises(NotAllowed):
        export(inside, "statements", actor=inside.finance)
    with pytest.raises(NotAllowed):
        export(inside, "statements", actor=inside.anchor)


def test_unmatched_money_needs_no_calculation(inside: World) -> None:
    month = make_month()
    month.period.calculated_at = None
    month.period.save()
    assert len(rows(export(inside, "unmatched"))) == 3
    with pytest.raises(Conflict):
        export(inside, "lines")


@pytest.mark.parametrize(("lines", "setting"), [(1, "on"), (20_001, "off")])
def test_many_rows_are_not_looked_up_one_by_one(
    inside: World, monkeypatch: pytest.MonkeyPatch, lines: int, setting: str
) -> None:
    make_month()
    Bucket.objects.update(lines=0)
    Bucket.objects.filter(kind="share").update(lines=lines)
    seen: list[str] = []
    monkeypatch.setattr(services, "write_csv", lambda path, columns, frames: path.touch() or seen.append(nestloop()))
    export(inside, "lines")
    assert (seen, nestloop()) == ([setting], "on")


def nestloop() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show enable_nestloop")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_all_files_are_of_one_moment(xinghe: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with agency_scope(xinghe.id), transaction.atomic():
        make_month()
    levels = []
    write = services._write

    def spy(*args: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute("show transaction_isolation")
            levels.append(cursor.fetchone()[0])
        return write(*args)

    monkeypatch.setattr(services, "_write", spy)
    with agency_scope(xinghe.id):
        export(xinghe, "statements")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("show transaction_isolation")
            levels.append(cursor.fetchone()[0])
    assert levels == ["repeatable read", "read committed"]


def test_a_share_whose_event_the_month_does_not_settle_is_never_left_out_silently(inside: World) -> None:
    make_month()
    block = ShareBlock.objects.filter(events__0__isnull=False).first()
    block.events[0] = 10**9
    block.save()
    with pytest.raises(SharesWithoutSource):
        export(inside, "lines")
