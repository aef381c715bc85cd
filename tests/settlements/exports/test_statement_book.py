"""One statement as xlsx: its lines, every share behind them, totals that agree; of one payee and nobody else."""

from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.utils import translation

from mcn.accounts.models import AuditEntry
from mcn.core.errors import Conflict, NotAllowed
from mcn.jobs import services as job_services
from mcn.settlements.exports import statement_book, statement_book_job
from mcn.settlements.exports.downloads import statement_xlsx_response
from mcn.settlements.models import Statement
from mcn.settlements.statements.lines import LINES, ONLY_IF_ANY
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.month import make_month
from tests.settlements.books import JULY, JUNE, Books

ORDER = "6900000000000000001"


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


def statement_of(code: str, period: str = JULY) -> Statement:
    return Statement.objects.select_related("period").get(code=code, period__code=period)


def book(people: World, statement: Statement, path: Path) -> bytes:
    with translation.override("en"):
        statement_book.write(path, Agency.objects.get(pk=people.id), statement)
    return path.read_bytes()


def sheets(content: bytes) -> list[list[list[Any]]]:
    found = openpyxl.load_workbook(BytesIO(content))
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in found.worksheets]


def test_the_first_sheet_is_the_statement(inside: World, tmp_path: Path) -> None:
    make_month()
    first, _lines = sheets(book(inside, statement_of("A01"), tmp_path / "a.xlsx"))
    assert first[0] == ["No.", "Line", "Amount (¥)", "Where it comes from"]
    assert [row[1:4:2] for row in first[1:5]] == [
        ["Agency", "星河传媒"], ["Payee", "A01 小鹿"], ["Month", "Jul 2026"], ["State", "Calculated"],
    ]  # fmt: skip
    lines = first[5:22]
    assert [row[0] for row in lines] == [number for number, name in LINES if name not in ONLY_IF_ANY]
    assert [row[2] for row in lines] == [
        8.13, -4.07, 0, 0, 0, 0, 500, 504.06, 0, -12.3, 0, 0, 491.76, 10, 0, 481.76, 0,
    ]  # fmt: skip
    assert first[22:] == [
        [None, "Net GMV", 0, None],
        [None, "Pool", 11.61, None],
        [None, "Lines", None, "1"],
    ]


def test_the_second_sheet_has_every_share_and_agrees(inside: World, tmp_path: Path) -> None:
    make_month()
    _first, lines = sheets(book(inside, statement_of("A01"), tmp_path / "a.xlsx"))
    assert lines[0] == [
        "platform", "order", "line", "event", "time", "month of the event", "rule", "pool", "rate", "share",
    ]  # fmt: skip
    rule = "-XH-1 v1 commission platform:douyin"
    assert lines[1:] == [
        ["douyin", ORDER, ORDER, "settled", "2026-07-03T12:00:05+08:00", JULY, rule, 23.22, 0.35, 8.13],
        [None, "E01", None, "bonus", "2026-07-05T00:00:00+08:00", JULY, "-XH-1 v1", 500, 1, 500],
        ["douyin", ORDER, ORDER, "clawback", "2026-07-31T23:59:59+08:00", JULY, rule, -11.61, None, -4.07],
        ["Total", *[None] * 8, 504.06],
        ["Check (must be 0)", *[None] * 8, 0],
    ]


def test_ids_and_what_people_wrote_are_text(inside: World, tmp_path: Path) -> None:
    make_month()
    content = book(inside, statement_of("G01"), tmp_path / "g.xlsx")
    first, lines = openpyxl.load_workbook(BytesIO(content)).worksheets
    assert (first["D3"].value, first["D3"].data_type) == ("G01 =李强", "s")
    assert (lines["B2"].value, lines["B2"].data_type, lines["B2"].number_format) == (ORDER, "s", "@")
    assert (lines["G2"].value, lines["G2"].data_type) == ("-XH-1 v1 override commission agency_share", "s")
    assert [row[-1].value for row in lines.iter_rows()][1:] == [0.75, -0.37, 0.38, 0]


def test_a_sum_that_does_not_agree_shows(inside: World, tmp_path: Path) -> None:
    make_month()
    statement = statement_of("A01")
    statement.earned_fen -= 1
    _first, lines = sheets(book(inside, statement, tmp_path / "a.xlsx"))
    assert lines[-1][-1] == 0.01


def test_the_same_closed_statement_gives_the_same_bytes(inside: World, tmp_path: Path) -> None:
    books = Books(inside)
    books.roster()
    books.event("1001", 123456, JUNE)
    books.close(JUNE)
    first = book(inside, books.statement(JUNE), tmp_path / "a.xlsx")
    assert first == book(inside, books.statement(JUNE), tmp_path / "b.xlsx")
    told = {row[1]: row[3] for row in sheets(first)[0]}
    assert len(told["Verification code"]) == 14


def test_a_payee_without_any_line_has_an_empty_sheet(inside: World, tmp_path: Path) -> None:
    books = Books(inside)
    books.roster()
    books.calculate(JUNE)
    _first, lines = sheets(book(inside, books.statement(JUNE), tmp_path / "a.xlsx"))
    assert [row[-1] for row in lines] == ["share", 0, 0]


# ── Many lines: a job ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def many(xinghe: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Whose statements have too many lines for a page."""
    monkeypatch.setattr(statement_book_job, "MOST_AT_ONCE", 0)
    with xinghe.open():
        make_month()
    return xinghe


def ordered(people: World, actor: Any, code: str = "A01") -> Any:
    with agency_scope(people.id):
        with translation.override("en"), transaction.atomic():
            job = statement_book_job.start(actor=actor, statement=statement_of(code))
        return job_services.run(job.pk)


@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_it_and_the_page_hands_it_out(many: World) -> None:
    with many.open():
        agency = Agency.objects.get(pk=many.id)
        assert statement_xlsx_response(actor=many.finance, agency=agency, statement=statement_of("A01")) is None
    job = ordered(many, many.finance)
    assert (job.state, job.error, job.counts) == ("done", None, {"rows": 3})
    assert job.result_name == "2026-07-A01-小鹿.xlsx"
    with many.open():
        statement = statement_of("A01")
        assert statement_book_job.latest(statement) == job
        made = statement_xlsx_response(actor=many.finance, agency=agency, statement=statement)
        assert made is not None
        assert sheets(b"".join(made))[1][-1][-1] == 0  # type: ignore[arg-type]
        assert AuditEntry.objects.filter(action="download", target="settlements.statement").count() == 1
        statement.period.calculated_at = job.finished_at
        assert statement_book_job.latest(statement) is None  # of figures that do not stand any more


@pytest.mark.django_db(transaction=True)
def test_it_is_made_once_at_a_time(many: World) -> None:
    with many.open():
        statement_book_job.start(actor=many.finance, statement=statement_of("A01"))
        with pytest.raises(Conflict):
            statement_book_job.start(actor=many.finance, statement=statement_of("A01"))


@pytest.mark.django_db(transaction=True)
def test_only_the_payee_and_who_may_export_have_it_made(many: World) -> None:
    assert ordered(many, many.anchor).state == "done"
    with many.open():
        for actor, code in ((many.anchor, "G01"), (many.user("brand"), "A01")):
            with pytest.raises(NotAllowed):
                statement_book_job.start(actor=actor, statement=statement_of(code))
