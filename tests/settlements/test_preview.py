"""A file is looked at before it is taken in: the look tells what will come, changes nothing, and is decided once."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone, translation

from mcn.commissions.models import Unmatched
from mcn.core.errors import Conflict
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.sales.models import (
    ImportDifference,
    OrderLine,
    SalesImport,
)
from mcn.sales.services import differences
from mcn.settlements import intake, preview
from mcn.settlements.tasks import drop_undecided_previews
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.console.sold import make_anchor
from tests.isolation.twins import contents
from tests.sales.platform_files import as_csv, rows_of, with_cell
from tests.settlements.desk import Desk
from tests.settlements.looks import LOOKED, close, difference, drop, look, refunded, take_in, told
from tests.settlements.test_intake import Killed, dies_in, stored_files

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_look_tells_what_would_change_and_takes_nothing_in(desk: Desk, own_files: Path) -> None:
    with desk.reading():
        make_anchor(holds_account=True, rate="0.5")
    before = contents(desk.people)
    bad = with_cell(rows_of("douyin_alliance"), 2, "支付金额", "viel")
    looked = look(desk, bad)
    now = contents(desk.people)
    assert {name for name in before if now[name] != before[name]} == LOOKED
    assert (looked.state, looked.recorded_at, looked.format) == ("previewed", None, "")
    assert (looked.counts["created"], looked.counts["rejected"], looked.counts["events"]) == (4, 1, 1)
    # The file for the import to come, and what the user wants to see before deciding.
    assert stored_files(own_files) == ["original.csv", "rejected.csv"]
    found = difference(desk)
    assert (found.format, found.settled_base_fen, found.settled_pool_fen) == ("douyin_alliance", 15153, 3182)
    assert found.events == [
        {
            "settle_period": "2026-05",
            "original_period": "2026-05",
            "kind": "settled",
            "count": 1,
            "base_fen": 15153,
            "pool_fen": 3182,
        }
    ]


def test_the_difference_names_accounts_with_what_stood_there_before(desk: Desk) -> None:
    desk.bring(rows_of("douyin_alliance"))
    looked = look(desk, refunded(), exported_at="2026-07-01 00:00")
    assert (looked.counts["changed"], looked.counts["unchanged"]) == (1, 4)
    found = difference(desk)
    assert found.payment_months == ["2026-05"]
    assert found.accounts == [
        {
            "platform": "douyin",
            "account": "10000000001",
            "dated": True,
            "new_lines": 0,
            "changed_lines": 1,
            "estimated_gross_fen": 0,
            "settled_base_fen": -5153,
            "settled_pool_fen": -1082,
            "estimated_gross_before_fen": 3549 + 3380,
            "settled_base_before_fen": 15153,
            "settled_pool_before_fen": 3182,
        }
    ]


def test_money_of_a_closed_month_is_a_correction_in_the_first_open_one(desk: Desk) -> None:
    close(desk, "2026-05")
    look(desk, rows_of("douyin_alliance"))
    (event,) = difference(desk).events
    assert (event["original_period"], event["settle_period"], event["count"]) == ("2026-05", "2026-06", 1)
    assert (event["kind"], event["pool_fen"]) == ("settled", 3182)


def test_it_names_the_holder_on_the_day_of_payment_and_what_nobody_holds(desk: Desk) -> None:
    with desk.reading():
        anchor = make_anchor(holds_account=True, rate=None)
    look(desk, rows_of("douyin_alliance"))
    held, *nobodys = difference(desk).anchors
    assert held == {
        "anchor": anchor.pk,
        "reason": "",
        "platform": "",
        "account": "",
        "new_lines": 2,
        "changed_lines": 0,
        "pool_fen": 3182,
        "entries": 0,
        "entries_fen": 0,
    }
    assert {(row["anchor"], row["reason"], row["account"]) for row in nobodys} == {
        (None, Unmatched.Reason.UNKNOWN_ACCOUNT, "sample_b02"),
        (None, Unmatched.Reason.NO_ANCHOR_ON_LINE, ""),
    }


def test_a_line_that_changes_hands_takes_from_one_account_and_gives_to_the_other(desk: Desk) -> None:
    with desk.reading():
        anchor = make_anchor(holds_account=True, rate=None)
    desk.bring(rows_of("douyin_alliance"))
    look(desk, with_cell(rows_of("douyin_alliance"), 4, "抖音/火山号", "404"), exported_at="2026-07-01 00:00")
    found = difference(desk)
    assert (found.events, found.settled_pool_fen) == ([], 0)
    assert {(row["account"], row["settled_pool_fen"]) for row in found.accounts} == {
        ("10000000001", -3182),
        ("404", 3182),
    }
    assert {(row["anchor"], row["account"], row["pool_fen"]) for row in found.anchors} == {
        (anchor.pk, "", -3182),
        (None, "404", 3182),
    }


def test_orders_without_a_payment_time_have_a_difference_alone(desk: Desk) -> None:
    look(desk, rows_of("taobao_refunds"))
    found = difference(desk)
    assert found.settled_pool_fen < 0 and found.payment_months == []
    (row,) = found.accounts
    assert (row["dated"], row["settled_pool_fen"]) == (False, found.settled_pool_fen)
    assert row["settled_pool_before_fen"] is None
    assert sum(event["pool_fen"] for event in found.events) == found.settled_pool_fen


def test_more_rows_than_a_page_shows_are_one_row(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    monkeypatch.setattr(differences, "MOST_ROWS", 1)
    look(desk, rows_of("douyin_alliance"))
    found = difference(desk)
    first, rest = found.accounts
    assert (first["account"], rest["others"]) == ("10000000001", 2)
    assert first["new_lines"] + rest["new_lines"] == 5
    assert rest["estimated_gross_fen"] == found.estimated_gross_fen - first["estimated_gross_fen"]
    assert found.anchors[1]["others"] == 2


def test_taken_in_it_becomes_the_import_that_it_would_have_been_at_once(desk: Desk, own_files: Path) -> None:
    looked = look(desk, rows_of("douyin_alliance"))
    expected = told(difference(desk))
    job = take_in(desk, looked)
    assert (job.kind, job.state, job.actor_id) == ("import", "done", desk.people.finance.pk)
    (done,) = desk.imports()
    assert (done.state, done.format, done.job_id) == ("done", "douyin_alliance", job.pk)
    assert told(difference(desk)) == expected
    assert stored_files(own_files) == ["00001.parquet", "original.csv"]


def test_what_came_in_between_is_in_the_difference_that_is_kept(desk: Desk) -> None:
    looked = look(desk, rows_of("douyin_alliance"))
    desk.bring(rows_of("douyin_alliance"), name="other.csv", exported_at="2026-05-31 00:00")
    assert take_in(desk, looked).counts["unchanged"] == 5
    with desk.reading():
        found = ImportDifference.objects.get(sales_import=looked)
    assert (found.settled_pool_fen, found.accounts, found.events, found.anchors) == (0, [], [], [])


def test_dropped_it_leaves_nothing_but_the_note_of_it(desk: Desk, own_files: Path) -> None:
    before = contents(desk.people)
    looked = look(desk, with_cell(rows_of("douyin_alliance"), 2, "支付金额", "viel"))
    drop(desk, looked)
    (dropped,) = desk.imports()
    assert (dropped.state, dropped.stored_path, dropped.rejected_file) == ("dropped", "", "")
    assert stored_files(own_files) == []
    now = contents(desk.people)
    assert {name for name in before if now[name] != before[name]} == LOOKED | {"accounts_auditentry"}
    assert desk.bring(rows_of("douyin_alliance"))["created"] == 5


@pytest.mark.parametrize("first", [take_in, drop])
@pytest.mark.parametrize("second", [take_in, drop])
def test_of_two_decisions_the_second_is_refused(
    desk: Desk, first: Callable[[Desk, SalesImport], object], second: Callable[[Desk, SalesImport], object]
) -> None:
    looked = look(desk, rows_of("douyin_alliance"))
    also = desk.imports()[0]  # as the other person's page has it
    first(desk, looked)
    with pytest.raises(Conflict):
        second(desk, also)
    with desk.reading():
        assert Job.objects.filter(kind="import").count() == (1 if first is take_in else 0)
        assert OrderLine.objects.count() == (5 if first is take_in else 0)


def test_the_same_file_is_not_taken_in_twice_at_a_time(desk: Desk) -> None:
    looks = [look(desk, rows_of("douyin_alliance")) for _time in range(2)]
    with agency_scope(desk.people.id):
        preview.take_in(actor=None, sales_import=looks[0], hand_over=False)
        with pytest.raises(Conflict):
            preview.take_in(actor=None, sales_import=looks[1], hand_over=False)
    assert [row.state for row in desk.imports()] == ["waiting", "previewed"]


def waiting_look(desk: Desk) -> Job:
    with agency_scope(desk.people.id), transaction.atomic():
        _import, job = intake.submit(
            actor=None,
            name="orders.csv",
            source=io.BytesIO(as_csv(rows_of("douyin_alliance")).encode()),
            preview=True,
            hand_over=False,
        )
    return job


@pytest.mark.parametrize("statement", ["create_lines", "keep_days"])
def test_a_killed_look_leaves_nothing_and_is_repeated(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    job = waiting_look(desk)
    with agency_scope(desk.people.id):
        with monkeypatch.context() as patch:
            dies_in(patch, statement, Killed)
            with pytest.raises(Killed):
                job_services.run(job.pk)
        assert job_services.run(job.pk).counts["created"] == 5
    with desk.reading():
        assert not OrderLine.objects.exists()
        assert SalesImport.objects.get().state == "previewed"


def test_a_look_whose_worker_died_after_its_commit_does_not_look_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = waiting_look(desk)

    def killed(*_arguments: Any, **_options: Any) -> Job:
        raise Killed

    with agency_scope(desk.people.id):
        with monkeypatch.context() as patch:
            patch.setattr(job_services, "_finish", killed)
            with pytest.raises(Killed):
                job_services.run(job.pk)
        (looked,) = desk.imports()
        taken = preview.take_in(actor=None, sales_import=looked, hand_over=False)
        assert job_services.run(job.pk).state == "done"  # sent again, and not run: the file is being taken in
        assert job_services.run(taken.pk).counts["created"] == 5
    assert [row.state for row in desk.imports()] == ["done"]


def test_a_file_that_cannot_be_read_fails_as_it_would_without_a_look(desk: Desk, own_files: Path) -> None:
    job = desk.job(b"", preview=True)
    assert job.state == "failed"
    (failed,) = desk.imports()
    assert (failed.state, failed.stored_path) == ("failed", "")
    assert stored_files(own_files) == []


def test_a_file_that_is_not_recognised_waits_for_its_columns_to_be_named(desk: Desk, own_files: Path) -> None:
    job = desk.job([["a", "b"], ["1", "2"]], preview=True)
    assert job.state == "failed"
    (failed,) = desk.imports()
    with desk.reading():
        assert (failed.state, failed.stored_path, failed.unmapped_file.file_name) == ("failed", "", "orders.csv")
    assert stored_files(own_files) == ["original.csv"]


def test_what_fails_after_the_look_says_nothing_of_the_look_any_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, own_files: Path
) -> None:
    looked = look(desk, rows_of("douyin_alliance"))
    with monkeypatch.context() as patch:
        dies_in(patch, "keep_days", ZeroDivisionError)
        assert take_in(desk, looked).state == "failed"
    (failed,) = desk.imports()
    assert (failed.state, failed.counts) == ("failed", {})
    assert stored_files(own_files) == []
    with desk.reading():
        assert not ImportDifference.objects.exists()


def test_what_nobody_decides_on_for_a_week_is_dropped_for_every_agency(
    desk: Desk, beichen: World, own_files: Path
) -> None:
    other = Desk(beichen)
    for each in (desk, other):
        look(each, rows_of("douyin_alliance"))
        look(each, rows_of("taobao_union"))
        with each.reading():
            young = ImportDifference.objects.order_by("-pk")[0]
            week_old = timezone.now() - timedelta(days=7, minutes=1)
            ImportDifference.objects.exclude(pk=young.pk).update(made_at=week_old)
    assert drop_undecided_previews() == 2
    for each in (desk, other):
        assert [row.state for row in each.imports()] == ["dropped", "previewed"]
    assert stored_files(own_files) == ["original.csv"] * 2
    assert drop_undecided_previews() == 0


def test_files_that_a_killed_process_left_of_a_dropped_import_go_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, own_files: Path
) -> None:
    looked = look(desk, rows_of("douyin_alliance"))
    with monkeypatch.context() as patch:
        patch.setattr("mcn.sales.services.imports.files.remove", lambda _name: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            drop(desk, looked)
    assert desk.imports()[0].state == "dropped"
    assert stored_files(own_files) == ["original.csv"]
    drop_undecided_previews()
    assert stored_files(own_files) == []
    assert desk.imports()[0].stored_path == ""


def test_the_command_prints_the_difference_and_takes_nothing_in(
    desk: Desk, tmp_path: Path, settings: Any, own_files: Path
) -> None:
    settings.CELERY_BROKER_URL = ""
    settings.LANGUAGE_CODE = "en"
    with desk.reading():
        make_anchor(holds_account=True, rate=None)
    path, out, err = tmp_path / "orders.csv", io.StringIO(), io.StringIO()
    path.write_text(as_csv(with_cell(rows_of("douyin_alliance"), 3, "支付金额", "viel")))
    close(desk, "2026-05")
    with translation.override("en"):
        call_command("import_sales", "--agency", "xinghe", "--preview", str(path), stdout=out, stderr=err)
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert "created: 4" in lines
    assert "By account, orders paid in: May 2026" in lines
    assert "Douyin 10000000001 2 0 0.00 → 69.29 0.00 → 151.53 0.00 → 31.82" in lines
    assert "Jun 2026 Settled 1 151.53 31.82" in lines
    assert "May 2026 Jun 2026 1 31.82" in lines
    assert "A01 小鹿 2 0 31.82" in lines
    assert lines[-1] == "Nothing was taken in."
    assert "1 of 5 rows would be rejected." in err.getvalue()
    assert [row.state for row in desk.imports()] == ["dropped"]
    assert stored_files(own_files) == []
    with desk.reading():
        assert not OrderLine.objects.exists()


def test_the_command_cannot_print_what_it_does_not_wait_for(desk: Desk, tmp_path: Path) -> None:
    with translation.override("en"), pytest.raises(CommandError, match="--no-wait"):
        call_command("import_sales", "--agency", "xinghe", "--preview", "--no-wait", str(tmp_path / "any.csv"))
