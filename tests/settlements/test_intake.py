"""A file comes in whole or not at all, once, and leaves what is needed to prove it."""

import csv
import io
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import translation

from mcn.accounts.models import AuditEntry
from mcn.core.errors import Conflict
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.sales.models import DailySales, EarningEvent, OrderLine, SalesImport
from mcn.sales.reading import ReadingLimits
from mcn.sales.services import imports, staging
from mcn.settlements import intake
from mcn.settlements.models import Period
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.killed import Killed
from tests.sales.platform_files import as_csv, as_xlsx, rows_of, with_cell
from tests.settlements.desk import Desk, local

pytestmark = pytest.mark.django_db(transaction=True)


def everything(desk: Desk) -> list[int]:
    """How much of sales the agency has."""
    with desk.reading():
        return [model.objects.count() for model in (OrderLine, EarningEvent, DailySales, Period)]


def stored_files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def dies_in(monkeypatch: pytest.MonkeyPatch, name: str, error: type[BaseException]) -> None:
    """The statement `name` of the import never returns."""
    for function in (staging.run, staging.change):

        def fragile(statement: str, parameters: dict[str, Any], function: Any = function) -> Any:
            answer = function(statement, parameters)
            if statement == name:
                raise error
            return answer

        monkeypatch.setattr(staging, function.__name__, fragile)


@pytest.mark.parametrize("statement", ["create_lines", "keep_days"])
def test_a_killed_import_leaves_nothing_and_its_job_is_repeated(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    with agency_scope(desk.people.id):
        with transaction.atomic():
            _import, job = intake.submit(
                actor=None,
                name="orders.csv",
                source=io.BytesIO(as_csv(rows_of("douyin_alliance")).encode()),
                hand_over=False,
            )
        with monkeypatch.context() as patch:
            dies_in(patch, statement, Killed)
            with pytest.raises(Killed):
                job_services.run(job.pk)
        assert everything(desk) == [0, 0, 0, 0]
        job = job_services.run(job.pk)
    assert (job.state, job.attempts, job.counts["created"], job.counts["events"]) == ("done", 2, 5, 1)
    assert everything(desk) == [5, 1, 5, 1]


def test_a_job_repeated_after_its_commit_does_nothing_more(desk: Desk, own_files: Path) -> None:
    counts = desk.bring(rows_of("douyin_alliance"))
    with agency_scope(desk.people.id):
        with transaction.atomic():
            Job.objects.update(state=Job.State.RUNNING)
            job = Job.objects.get()
        assert job_services.run(job.pk).counts == counts
    assert len(desk.events()) == 1


def test_what_belongs_to_nobody_is_counted_by_reason(desk: Desk) -> None:
    counts = desk.bring(rows_of("douyin_alliance"))
    assert counts["unmatched"] == {"unknown_account": 1}
    assert desk.imports()[0].counts == counts


def test_a_defect_in_the_middle_leaves_neither_rows_nor_files(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, own_files: Path
) -> None:
    with monkeypatch.context() as patch:
        dies_in(patch, "keep_days", ZeroDivisionError)
        job = desk.job(rows_of("douyin_alliance"))
    assert job.state == "failed"
    assert everything(desk) == [0, 0, 0, 0]
    assert stored_files(own_files) == []
    assert desk.imports()[0].state == SalesImport.State.FAILED


def test_damage_behind_what_was_taken_in_already_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, own_files: Path
) -> None:
    header, row = rows_of("douyin_alliance")[:2]
    rows = [header, *([f"{number:019d}", *row[1:]] for number in range(9000))]
    taken: list[str] = []
    create = staging.change
    monkeypatch.setattr(staging, "change", lambda *args: (taken.append(args[0]), create(*args))[1])
    monkeypatch.setattr(imports, "ReadingLimits", partial(ReadingLimits, chunk_bytes=1 << 18))
    job = desk.job(as_csv(rows).encode() + b"\xff,1,2\n", name="七月.csv")
    assert "create_lines" in taken
    with translation.override("en"):
        assert job.error_text().startswith("File “七月.csv”: The text cannot be read as UTF-8")
    assert everything(desk) == [0, 0, 0, 0]
    assert stored_files(own_files) == []


def test_what_cannot_be_read_is_told_with_its_file_in_the_readers_language(desk: Desk, own_files: Path) -> None:
    job = desk.job([["a", "b"], ["1", "2"]], name="七月.csv")
    with translation.override("en"):
        assert job.error_text().startswith("File “七月.csv”: These headers belong to no known format.")
    assert stored_files(own_files) == ["original.csv"]  # it waits for somebody to name its columns
    assert desk.bring(rows_of("douyin_alliance"))["created"] == 5


def test_the_original_its_rows_and_its_hash_are_kept_for_ten_years(desk: Desk, own_files: Path) -> None:
    rows = rows_of("douyin_alliance")
    desk.bring(rows)
    kept = desk.imports()[0]
    with agency_scope(desk.people.id):
        assert files.path_of(kept.stored_path).read_text() == as_csv(rows)
        raw = pl.read_parquet(files.path_of(kept.rows_file) / "*.parquet")
    assert raw["row_number"].to_list() == [2, 3, 4, 5, 6]
    assert raw["订单id"].to_list() == [row[0] for row in rows[1:]]
    assert (kept.retain_until.year - kept.created_at.year, kept.state) == (10, "done")
    with desk.reading():
        assert AuditEntry.objects.filter(action="import", target_id=kept.pk).count() == 1


def test_the_same_bytes_keep_their_rows_once(desk: Desk, own_files: Path) -> None:
    for _time in range(2):
        desk.bring(rows_of("douyin_alliance"))
    first, second = desk.imports()
    assert second.rows_file == first.rows_file
    assert stored_files(own_files) == ["00001.parquet", "original.csv", "original.csv"]


def test_personal_data_of_buyers_is_not_kept(desk: Desk, own_files: Path) -> None:
    rows = [
        [*row, "收货人电话" if number == 0 else "13800000000"] for number, row in enumerate(rows_of("douyin_alliance"))
    ]
    desk.bring(rows)
    assert desk.imports()[0].stored_path == ""
    assert stored_files(own_files) == ["00001.parquet"]
    raw = pl.read_parquet(next(own_files.rglob("*.parquet")))
    assert "收货人电话" not in raw.columns


def test_refused_rows_are_listed_with_their_reasons(desk: Desk, own_files: Path) -> None:
    rows = with_cell(with_cell(rows_of("douyin_alliance"), 3, "支付金额", "=1+1"), 2, "订单id", "6.99E+18")
    counts = desk.bring(rows)
    assert (counts["rows"], counts["created"], counts["rejected"]) == (5, 3, 2)
    kept = desk.imports()[0]
    with agency_scope(desk.people.id):
        text = files.path_of(kept.rejected_file).read_text(encoding="utf-8-sig")
    _header, first, second = csv.reader(io.StringIO(text))
    assert first[:5] == ["orders.csv", "", "2", "订单id", "6.99E+18"]
    assert second[:5] == ["orders.csv", "", "3", "支付金额", "'=1+1"]
    assert "6.99E+18" in first[5]


@pytest.mark.parametrize(("language", "reason"), [("en", "is no amount"), ("zh-hans", "不是金额")])
def test_reasons_are_in_the_language_of_who_brings_the_file_in(desk: Desk, language: str, reason: str) -> None:
    with translation.override(language):
        job = desk.job(with_cell(rows_of("douyin_alliance"), 3, "支付金额", "viel"))
    assert job.counts["rejected"] == 1
    with agency_scope(desk.people.id):
        assert reason in files.path_of(desk.imports()[0].rejected_file).read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("found_late", [False, True])
def test_a_file_with_repeated_lines_and_a_total_counts_each_line_once(
    desk: Desk, found_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if found_late:  # the batch with both rows is merged before the look through the file ends
        monkeypatch.setattr(Future, "done", lambda _future: False)
    rows = rows_of("douyin_alliance")
    total = ["合计", *[""] * (len(rows[0]) - 1)]
    broken = ["1,5E+18", *rows[1][1:]]
    counts = desk.bring([*rows, rows[3], broken, total])
    assert (counts["created"], counts["repeated"], counts["totals"], counts["events"]) == (5, 1, 1, 1)
    assert (counts["rows"], counts["rejected"]) == (8, 1)
    kept = desk.imports()[0]
    with agency_scope(desk.people.id):
        raw = pl.read_parquet(files.path_of(kept.rows_file) / "*.parquet")
        refused = files.path_of(kept.rejected_file).read_text("utf-8-sig").splitlines()
    assert raw["row_number"].to_list() == [2, 3, 4, 5, 6, 7, 8, 9]  # each once, although they were read twice
    assert len(refused) == 2


@pytest.mark.parametrize("found_late", [False, True])
def test_a_refund_that_stands_twice_in_a_file_counts_once_in_its_newest_state(
    desk: Desk, found_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if found_late:
        monkeypatch.setattr(Future, "done", lambda _future: False)
    rows = rows_of("taobao_refunds")
    pending = with_cell(rows, 2, "refund_status", "4")[1]
    pending[rows[0].index("tk_refund_time")] = ""
    counts = desk.bring([rows[0], pending, *rows[1:], rows[1]])
    assert (counts["created"], counts["repeated"], counts["kinds"]) == (1, 2, {"clawback": 1})


def test_every_table_of_an_archive_is_imported(desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for code in ("taobao_refunds", "taobao_union", "douyin_alliance"):
            archive.writestr(f"{code}.csv", as_csv(rows_of(code)))
    counts = desk.bring(packed.getvalue(), name="all.zip")
    assert (counts["rows"], counts["kinds"]) == (11, {"settled": 3, "clawback": 1})
    assert desk.line("2090000000000000199").settled_gross_fen == 3582


def test_the_same_file_is_not_imported_twice_at_a_time(desk: Desk, own_files: Path) -> None:
    def submit() -> None:
        with agency_scope(desk.people.id), transaction.atomic():
            intake.submit(actor=None, name="a.csv", source=io.BytesIO(b"x"), hand_over=False)

    submit()
    with pytest.raises(Conflict):
        submit()
    assert stored_files(own_files) == ["original.csv"]


@pytest.fixture
def command(desk: Desk, settings: Any, tmp_path: Path) -> Callable[..., str]:
    """`import_sales` in xinghe, without workers; what it printed."""
    settings.CELERY_BROKER_URL = ""

    def run(*arguments: str, err: io.StringIO | None = None) -> str:
        out = io.StringIO()
        with translation.override("en"):
            call_command("import_sales", "--agency", "xinghe", *arguments, stdout=out, stderr=err or io.StringIO())
        return out.getvalue()

    return run


def write(folder: Path, code: str, rows: list[list[Any]] | None = None) -> str:
    path = folder / f"{code}.csv"
    path.write_text(as_csv(rows or rows_of(code)))
    return str(path)


def test_the_command_imports_in_the_order_given_and_tells_what_it_did(
    command: Callable[..., str], desk: Desk, tmp_path: Path
) -> None:
    bad = with_cell(rows_of("douyin_alliance"), 2, "支付金额", "viel")
    output = command(
        "--exported-at", "2026-05-31T23:30", write(tmp_path, "douyin_alliance", bad), write(tmp_path, "taobao_union")
    )
    first, second = output.split(str(tmp_path / "taobao_union.csv"))
    assert (
        "rows read: 5\n  created: 4\n  changed: 0\n  unchanged: 0\n  left out: 0\n  rejected: 1\n  events appended: 1\n"
        in first
    )
    assert "rejected.csv" in first
    assert "rows read: 5\n  created: 5\n" in second
    assert {line.exported_at for line in desk.imports()} == {local("2026-05-31 23:30")}


def test_the_command_ends_with_one_line_per_error_and_does_the_rest(
    command: Callable[..., str], desk: Desk, tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as error:
        command(write(tmp_path, "kuaishou_orders"), str(tmp_path / "missing.csv"), write(tmp_path, "douyin_alliance"))
    account, missing = str(error.value).splitlines()
    assert "kuaishou_orders" in account
    assert "missing.csv" in missing
    assert len(desk.events()) == 1
    command("--account", "400000001", str(tmp_path / "kuaishou_orders.csv"))
    assert len(desk.events()) == 2


def test_the_command_warns_of_rejected_rows_with_place_and_reason(
    command: Callable[..., str], desk: Desk, tmp_path: Path, settings: Any
) -> None:
    settings.LANGUAGE_CODE = "en"
    bad = with_cell(with_cell(rows_of("douyin_alliance"), 2, "支付金额", "viel\nzu viel"), 4, "订单id", "6.99E+18")
    path, err = write(tmp_path, "douyin_alliance", bad), io.StringIO()
    output = command(path, err=err)
    with agency_scope(desk.people.id):
        reasons = files.path_of(desk.imports()[0].rejected_file)
    assert f"  reasons: {reasons}\n" in output
    assert err.getvalue().splitlines() == [
        f"{path}: 2 of 5 rows were rejected. All reasons: {reasons}",
        "  file “douyin_alliance.csv”, row 2, column “支付金额”: “viel zu viel” is no amount.",
        "  file “douyin_alliance.csv”, row 4, column “订单id”: “6.99E+18” is a number whose last digits were lost"
        " (scientific notation). Export the column as text.",
    ]


def test_the_command_names_the_first_rejected_rows_and_counts_the_rest(
    command: Callable[..., str], desk: Desk, tmp_path: Path
) -> None:
    header, row = rows_of("douyin_alliance")[:2]
    rows = [header, *([f"{number}E+18", *row[1:]] for number in range(1, 8)), row]
    err = io.StringIO()
    command(write(tmp_path, "douyin_alliance", rows), err=err)
    first, *shown, rest = err.getvalue().splitlines()
    assert "7 of 8 rows were rejected." in first
    assert [f"row {number}" in line for number, line in enumerate(shown, start=2)] == [True] * 5
    assert rest == "  and 2 more rows"
    assert len(desk.imports()) == 1


def test_the_command_names_the_sheet_of_a_rejected_row(command: Callable[..., str], desk: Desk, tmp_path: Path) -> None:
    err = io.StringIO()
    rows = with_cell(rows_of("douyin_alliance"), 3, "支付金额", "viel")
    command(str(as_xlsx(tmp_path / "july.xlsx", rows, title="订单明细")), err=err)
    assert "file “july.xlsx”, sheet “订单明细”, row 3, column “支付金额”: " in err.getvalue()


def test_the_command_says_nothing_on_stderr_if_nothing_was_rejected(
    command: Callable[..., str], desk: Desk, tmp_path: Path
) -> None:
    err = io.StringIO()
    command(write(tmp_path, "douyin_alliance"), err=err)
    assert err.getvalue() == ""


@pytest.mark.parametrize("left_out", [False, True])
def test_the_command_fails_if_nothing_was_taken_in_because_of_rejected_rows(
    command: Callable[..., str], desk: Desk, tmp_path: Path, left_out: bool
) -> None:
    rows = with_cell(rows_of("douyin_alliance")[:2], 2, "订单id", "6.95E+18")
    if left_out:  # a totals row is read, and is neither taken in nor rejected
        rows.append(["合计", *[""] * (len(rows[0]) - 1)])
    err = io.StringIO()
    with pytest.raises(CommandError) as error:
        command(write(tmp_path, "douyin_alliance", rows), err=err)
    assert str(error.value).endswith("douyin_alliance.csv: nothing was imported, its rows were rejected.")
    assert "row 2, column “订单id”" in err.getvalue()
    assert not desk.events()


def test_a_file_whose_good_rows_are_all_known_is_no_failure(
    command: Callable[..., str], desk: Desk, tmp_path: Path
) -> None:
    path = write(tmp_path, "douyin_alliance", with_cell(rows_of("douyin_alliance"), 2, "订单id", "6.95E+18"))
    for expected in ("created: 4", "unchanged: 4"):
        assert expected in command(path)


@pytest.mark.parametrize("arguments", [("--exported-at", "yesterday", "x.csv"), ("--format", "nothing", "x.csv")])
def test_the_command_refuses_what_it_does_not_understand(
    command: Callable[..., str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    path = write(tmp_path, "douyin_alliance")
    with pytest.raises(CommandError):
        command(*arguments[:-1], path)


def test_the_planner_is_told_of_large_imports(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "ANALYZE_FROM_ROWS", 1)
    desk.bring(rows_of("douyin_alliance"))
    with desk.reading(), transaction.get_connection().cursor() as cursor:
        cursor.execute("select reltuples::int from pg_class where relname = 'sales_orderline'")
        assert cursor.fetchone() == (5,)
