"""Column mappings are made, changed and retired; files are read by them; those that nobody mapped yet are kept."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import InternalError, ProgrammingError
from django.utils import timezone

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.core.errors import Conflict, RuleError
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.sales import services as sales
from mcn.sales import tasks
from mcn.sales.importers.layouts import Layout
from mcn.sales.models import ColumnMapping, EarningEvent, MappingVersion, OrderLine, SalesImport, UnmappedFile
from mcn.sales.own_formats import code_of, format_titles, own_formats, whole_code
from mcn.sales.services.unmapped import KEPT_DAYS
from mcn.settlements import intake
from mcn.tenancy import files
from tests.agencies import World
from tests.sales.importers.test_mapped import HEADER, LAYOUT, ROW
from tests.sales.platform_files import as_csv, as_xlsx, utc

REFUNDED = {**LAYOUT.states, "好了": "received"}


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


def changed(**changes: Any) -> Layout:
    return Layout(**{**LAYOUT.as_json(), **changes})


def make(world: World, name: str = "自有", layout: Layout = LAYOUT, headers: list[str] = HEADER) -> MappingVersion:
    return sales.mapping_create(
        actor=world.user(Role.OPERATIONS), name=name, platform="douyin", layout=layout, headers=headers
    )


def bring(
    world: World, *rows: list[str], header: list[str] = HEADER, state: str = "done", **options: Any
) -> SalesImport:
    """Import a file of these rows, in a transaction of its own as everywhere."""
    return bring_bytes(world, as_csv([header, *rows]).encode(), state=state, **options)


def bring_bytes(
    world: World, content: bytes, *, state: str = "done", name: str = "own.csv", **options: Any
) -> SalesImport:
    with transaction.atomic():
        sales_import, job = intake.submit(
            actor=world.user(Role.OPERATIONS), name=name, source=io.BytesIO(content), hand_over=False, **options
        )
    done = jobs.run(job.pk)
    assert done.state == state, done.error_text()
    return SalesImport.objects.get(pk=sales_import.pk)


def test_a_file_is_read_by_the_newest_version_and_by_an_older_one_that_is_named(inside: World) -> None:
    first = make(inside)
    second = sales.mapping_change(actor=None, mapping=first.mapping, layout=changed(net=True), headers=HEADER)
    assert [code_of(version) for version in (first, second)] == [f"mapped:{first.mapping_id}:{n}" for n in (1, 2)]
    assert bring(inside, ROW).format == code_of(second)
    assert OrderLine.objects.get(order_key="A1").fee_derived is False
    assert bring(inside, ["A2", *ROW[1:]], format=code_of(first)).format == code_of(first)
    assert OrderLine.objects.get(order_key="A2").fee_derived is True
    assert whole_code(f"mapped:{first.mapping_id}") == code_of(second)
    assert format_titles()[code_of(first)] == "自有 · v1"


def test_saving_what_is_already_so_makes_no_version(inside: World) -> None:
    first = make(inside)
    assert sales.mapping_change(actor=None, mapping=first.mapping, layout=LAYOUT, headers=HEADER).pk == first.pk


def test_saving_is_audited_with_the_version(inside: World) -> None:
    first = make(inside)
    sales.mapping_change(
        actor=inside.user(Role.FINANCE), mapping=first.mapping, layout=changed(net=True), headers=HEADER
    )
    sales.mapping_set_active(actor=inside.user(Role.FINANCE), mapping=first.mapping, is_active=False)
    trail = AuditEntry.objects.filter(target="sales.columnmapping").order_by("pk")
    assert [(entry.action, entry.before, entry.after) for entry in trail][1:] == [
        ("change", {}, {"version": 1}),
        ("change", {"version": 1}, {"version": 2}),
        ("change", {"is_active": True}, {"is_active": False}),
    ]


def test_a_retired_mapping_reads_nothing_until_it_is_used_again(inside: World) -> None:
    version = make(inside)
    sales.mapping_set_active(actor=None, mapping=version.mapping, is_active=False)
    assert own_formats() == own_formats(code_of(version)) == []
    bring(inside, ROW, state="failed")
    bring(inside, ROW, state="failed", format=code_of(version))
    with pytest.raises(Conflict):
        sales.mapping_change(actor=None, mapping=version.mapping, layout=changed(net=True), headers=HEADER)
    sales.mapping_set_active(actor=None, mapping=version.mapping, is_active=True)
    assert bring(inside, ROW).format == code_of(version)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 61}),
        ("name", {"name": "自有", "headers": ["z", *HEADER]}),
        ("name", {"name": "其他"}),  # another mapping recognises these headers
        ("platform", {"name": "其他", "platform": "nowhere"}),
        ("order_key", {"name": "其他", "layout": changed(columns={**LAYOUT.columns, "order_key": "z"})}),
        ("status", {"name": "其他", "layout": changed(states={})}),
        (
            "account_name",
            {
                "name": "其他",
                "layout": changed(columns={**LAYOUT.columns, "account_name": "买家姓名"}),
                "headers": [*HEADER, "买家姓名"],
            },
        ),
    ],
)
def test_what_cannot_be_used_is_not_saved(inside: World, field: str, values: dict[str, Any]) -> None:
    make(inside)
    given = {"platform": "douyin", "layout": LAYOUT, "headers": HEADER} | values
    with pytest.raises(RuleError) as caught:
        sales.mapping_create(actor=None, **given)
    assert caught.value.field == field
    assert ColumnMapping.objects.count() == 1


def test_no_two_mappings_in_use_recognise_the_same_headers(inside: World) -> None:
    first = make(inside)
    sales.mapping_set_active(actor=None, mapping=first.mapping, is_active=False)
    second = make(inside, "其他", headers=HEADER[::-1])
    with pytest.raises(RuleError, match="其他"):
        sales.mapping_set_active(actor=None, mapping=first.mapping, is_active=True)
    assert [layout.code for layout in own_formats()] == [code_of(second)]


def test_versions_are_never_edited(inside: World) -> None:
    version = make(inside)
    for statement in ("update sales_mappingversion set number = 9", "delete from sales_mappingversion"):
        with (
            pytest.raises((InternalError, ProgrammingError)),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert MappingVersion.objects.get(pk=version.pk).number == 1


@pytest.mark.parametrize("code", ["mapped:", "mapped:x", "mapped:1:x", "mapped:²", f"mapped:{10**30}", "mapped:1:2:3"])
def test_a_code_of_no_mapping_is_refused_as_any_unknown_one(inside: World, code: str) -> None:
    failed = bring(inside, ROW, state="failed", format=code)
    assert Job.objects.get(pk=failed.job_id).error["params"]["reason"]["message"].startswith("There is no format")


def test_another_agencys_mapping_reads_nothing_here(xinghe: World, beichen: World) -> None:
    with beichen.open():
        code = code_of(make(beichen))
    with xinghe.open():
        assert own_formats() == own_formats(code) == []
        assert bring(xinghe, ROW, state="failed").format == ""
        assert bring(xinghe, ROW, state="failed", format=code).state == "failed"


def test_a_change_of_the_mapping_mends_what_the_same_file_said(inside: World) -> None:
    """The word that was taken for settled is not: the money is taken back, although the state is an earlier one."""
    first = make(inside)
    bring(inside, ROW)
    sales.mapping_change(actor=None, mapping=first.mapping, layout=changed(states=REFUNDED), headers=HEADER)
    again = bring(inside, ROW)
    assert (again.counts["changed"], again.counts["stale"]) == (1, 0)
    line = OrderLine.objects.get()
    assert (line.status, line.settled_base_fen, line.settled_gross_fen) == (OrderLine.Status.RECEIVED, 0, 0)
    events = EarningEvent.objects.order_by("pk")
    assert [(event.kind, event.gross_fen) for event in events] == [("settled", 1250), ("clawback", -1250)]


def test_another_files_word_stays_newer_than_a_mended_mappings(inside: World) -> None:
    first = make(inside)
    bring(inside, ["A2", *ROW[1:]])
    bring(inside, ROW)
    sales.mapping_change(actor=None, mapping=first.mapping, layout=changed(states=REFUNDED), headers=HEADER)
    assert bring(inside, ROW, ["A2", *ROW[1:]]).counts["stale"] == 2


def test_the_command_takes_a_mapping_by_its_number(inside: World, tmp_path: Path) -> None:
    version = make(inside)
    path = as_xlsx(tmp_path / "own.xlsx", [[*HEADER, "新列"], [*ROW, "1"]])
    call_command("import_sales", "--agency", inside.agency.slug, "--format", f"mapped:{version.mapping_id}", str(path))
    assert SalesImport.objects.get().format == code_of(version)
    assert OrderLine.objects.get().order_key == "A1"


# ── Files that wait to be mapped ───────────────────────────────────────────────────────────────────


def test_an_unrecognised_file_is_kept_with_what_was_said_of_it(inside: World) -> None:
    failed = bring(inside, ROW, state="failed", account_id="acc-9", exported_at=utc(2026, 8, 1))
    kept = UnmappedFile.objects.get()
    assert (failed.state, failed.stored_path, kept.sales_import_id) == ("failed", "", failed.pk)
    assert (kept.account_id, kept.exported_at, kept.file_name) == ("acc-9", utc(2026, 8, 1), "own.csv")
    assert sales.tables_of(kept)[0].rows == [HEADER, ROW]
    assert sales.sample_of(kept, 0, 0).columns == HEADER


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged", b"[1, 2"])
def test_a_file_that_cannot_be_read_is_not_kept(inside: World, content: bytes) -> None:
    bring_bytes(inside, content, state="failed")
    assert not UnmappedFile.objects.exists()
    assert not any(path.is_file() for path in files.folder().rglob("*"))


def test_a_very_large_file_is_not_kept(inside: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcn.sales.services.imports.MOST_BYTES", 10)
    bring(inside, ROW, state="failed")
    assert not UnmappedFile.objects.exists()
    assert not any(path.is_file() for path in files.folder().rglob("*"))


def test_a_file_of_several_known_formats_is_not_kept_to_be_mapped(inside: World) -> None:
    first = make(inside)
    MappingVersion.objects.create(
        mapping=ColumnMapping.objects.create(name="其他", platform="douyin"),
        number=1,
        layout=first.layout,
        headers=first.headers,
    )
    bring(inside, ROW, state="failed")
    assert not UnmappedFile.objects.exists()


def test_buyers_data_is_neither_shown_nor_offered_nor_kept_in_samples(inside: World) -> None:
    header, row = [*HEADER[:7], "买家手机"], [*ROW[:7], "13800000000"]
    bring(inside, row, header=header, state="failed")
    kept = UnmappedFile.objects.get()
    sample = sales.sample_of(kept, 0, 0)
    assert sales.tables_of(kept)[0].rows[1][-1] == "•••"
    assert (sample.headers, sample.columns) == (header, header[:7])
    assert sample.raw["买家手机"].to_list() == [None]


def test_every_sheet_of_a_workbook_may_be_mapped(inside: World, tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "own.xlsx", [["说明"], HEADER, ROW])
    bring_bytes(inside, path.read_bytes(), state="failed", name="own.xlsx")
    kept = UnmappedFile.objects.get()
    (table,) = sales.tables_of(kept)
    assert (table.file, table.sheet) == ("own.xlsx", "Sheet1")
    assert sales.sample_of(kept, 0, 1).columns == HEADER


def test_once_mapped_the_file_is_brought_in_and_waits_no_more(inside: World) -> None:
    bring(inside, ROW, state="failed", exported_at=utc(2026, 8, 1))
    kept = UnmappedFile.objects.get()
    version = make(inside)
    started, job = intake.submit_mapped(actor=None, unmapped=kept, format=code_of(version))
    assert jobs.run(job.pk).state == "done"
    started.refresh_from_db()
    assert (started.format, started.counts["created"]) == (code_of(version), 1)
    assert started.exported_at == utc(2026, 8, 1)
    assert not UnmappedFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_files_that_nobody_mapped_are_removed_after_some_days(xinghe: World, beichen: World) -> None:
    for world in (xinghe, beichen):
        with world.open():
            old, new = (
                sales.store_to_map(actor=None, name=name, source=io.BytesIO(as_csv([HEADER, ROW]).encode()))
                for name in ("old.csv", "new.csv")
            )
            past = timezone.now() - timedelta(days=KEPT_DAYS, minutes=1)
            UnmappedFile.objects.filter(pk=old.pk).update(created_at=past)
    assert tasks.remove_old_unmapped() == 2
    assert tasks.remove_old_unmapped() == 0
    for world in (xinghe, beichen):
        with world.open():
            left = UnmappedFile.objects.get()
            assert left.file_name == "new.csv"
            assert [path.name for path in files.path_of("unmapped").iterdir()] == [left.folder.rpartition("/")[2]]
