"""The schedule orders the report of the month before once, and mails a link once it is ready."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from mcn.accounts.models import AuditEntry
from mcn.core.errors import NotAllowed, RuleError
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements.exports import jobs as exports
from mcn.settlements.models import ReportRecipient, ScheduledReport
from mcn.settlements.reports import reads, schedule
from mcn.settlements.tasks import reports_due
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.settlements.reports.small import JUNE, Small

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""
    settings.SITE_URL = "https://mcn.example"


@pytest.fixture
def small(xinghe: World) -> Small:
    """June is calculated, and the schedule is off."""
    made = Small(xinghe)
    with xinghe.open():
        made.put()
        made.calculate()
    return made


def set_to(world: World, day: int | None, *roles: str) -> bool:
    with world.open():
        members = [world.members[role].pk for role in roles]
        return schedule.schedule_save(actor=world.finance, day=day, members=members)


def now(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Let it be this moment of UTC."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    monkeypatch.setattr("mcn.tenancy.models.timezone.now", lambda: moment)


def ordered(world: World) -> list[tuple[str, bool]]:
    with world.open():
        rows = ScheduledReport.objects.order_by("period").values_list("period", "mailed_at")
        return [(period, at is not None) for period, at in rows]


def run(world: World) -> Job:
    """Do the job that waits."""
    with world.open():
        job = Job.objects.get(kind="export", state__in=Job.OPEN)
    with agency_scope(world.id):
        return jobs.run(job.pk)


def test_off_by_default(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    now(monkeypatch, "2026-07-28 00:00")
    assert (reports_due(), ordered(small.people)) == (0, [])


def test_once_on_its_day_by_the_agencys_zone(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small.people
    set_to(world, 5, "finance", "auditor")
    now(monkeypatch, "2026-07-04 15:59")  # in Shanghai it is the 4th, 23:59
    assert reports_due() == 0
    now(monkeypatch, "2026-07-04 16:00")
    assert reports_due() == 1
    assert (reports_due(), ordered(world), mail.outbox) == (0, [(JUNE, False)], [])
    job = run(world)
    assert (job.state, job.actor, job.result_name) == ("done", None, f"{JUNE}-report.xlsx"), job.error_text()
    assert (reports_due(), reports_due(), ordered(world)) == (1, 0, [(JUNE, True)])
    assert sorted(message.to[0] for message in mail.outbox) == ["auditor@xinghe.test", "finance@xinghe.test"]
    for message in mail.outbox:
        assert (message.subject, message.attachments) == ("星河传媒 2026年6月月度报表", [])
        assert message.body == (f"星河传媒 2026年6月月度报表\n\nhttps://mcn.example/a/xinghe/jobs/{job.pk}/\n")
    now(monkeypatch, "2026-07-29 00:00")
    assert reports_due() == 0


def test_the_first_of_a_month_is_still_the_day_before_where_days_start_later(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small.people.open():
        Agency.objects.filter(pk=small.people.id).update(day_starts_at="04:00")
    set_to(small.people, 1)
    now(monkeypatch, "2026-06-30 19:59")  # 3:59 on July 1 in Shanghai: June 30, whose month before is not calculated
    assert reports_due() == 0
    now(monkeypatch, "2026-06-30 20:00")
    assert reports_due() == 1
    assert ordered(small.people) == [(JUNE, False)]


def test_a_month_that_is_calculated_later_is_ordered_then(xinghe: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Small(xinghe)
    with xinghe.open():
        made.put()
    set_to(xinghe, 3)
    now(monkeypatch, "2026-07-10 00:00")
    assert reports_due() == 0
    with xinghe.open():
        made.calculate()
    assert reports_due() == 1


def test_one_that_somebody_has_made_at_the_moment_is_waited_for(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small.people
    set_to(world, 3)
    now(monkeypatch, "2026-07-10 00:00")
    with world.open():
        exports.start(actor=world.finance, period=JUNE, what=["report"], formats=[])
    assert (reports_due(), ordered(world)) == (0, [])
    run(world)
    assert (reports_due(), ordered(world)) == (1, [(JUNE, False)])


def test_a_killed_worker_leaves_one_report_and_one_mail(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small.people
    set_to(world, 3, "owner")
    now(monkeypatch, "2026-07-03 00:00")
    assert reports_due() == 1
    with world.open():
        Job.objects.filter(kind="export").update(state="running", attempts=1)  # and nobody holds its lock
    assert reports_due() == 0
    with agency_scope(world.id):
        (lost,) = jobs.abandoned(waiting_seconds=30)
        assert jobs.run(lost).state == "done"
    assert (reports_due(), reports_due(), len(mail.outbox)) == (1, 0, 1)


def failed(world: World, monkeypatch: pytest.MonkeyPatch) -> Job:
    """Do the job that waits; the disk is full."""

    def full(**_options: Any) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr("mcn.settlements.exports.services.write_files", full)
        return run(world)


def test_what_failed_is_ordered_again_after_an_hour(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small.people
    set_to(world, 3, "owner")
    now(monkeypatch, "2026-07-03 00:00")
    assert reports_due() == 1
    first = failed(world, monkeypatch)
    now(monkeypatch, "2026-07-03 00:59:59")
    assert (first.state, reports_due(), mail.outbox) == ("failed", 0, [])
    now(monkeypatch, "2026-07-03 01:00")
    assert (reports_due(), reports_due()) == (1, 0)
    second = run(world)
    assert (second.state, second.parameters["order"], second.pk != first.pk) == ("done", 2, True)
    assert (reports_due(), ordered(world)) == (1, [(JUNE, True)])
    (message,) = mail.outbox
    assert (message.subject, f"/jobs/{second.pk}/" in message.body) == ("星河传媒 2026年6月月度报表", True)
    with world.open():
        assert reads.scheduled(reads.made(JUNE)) == {first.pk: 1, second.pk: 2}
    now(monkeypatch, "2026-07-20 00:00")
    assert reports_due() == 0


def test_what_fails_three_times_is_given_up_and_said_once(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small.people
    set_to(world, 3, "owner")
    for hour in range(3):
        now(monkeypatch, f"2026-07-03 0{hour}:00")
        assert (reports_due(), mail.outbox) == (1, [])
        job = failed(world, monkeypatch)
    now(monkeypatch, "2026-07-03 02:05")
    assert (reports_due(), reports_due(), ordered(world)) == (1, 0, [(JUNE, True)])
    (message,) = mail.outbox
    assert message.subject == "星河传媒 2026年6月月度报表未能生成"
    assert message.body.endswith(f"/a/xinghe/jobs/{job.pk}/\n")
    now(monkeypatch, "2026-07-20 00:00")
    assert reports_due() == 0
    with world.open():
        assert Job.objects.filter(kind="export").count() == schedule.MOST_ORDERS


def test_what_failed_before_the_month_ended_is_given_up_then(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small.people
    set_to(world, 28, "owner")
    now(monkeypatch, "2026-07-31 15:30")  # half an hour before August in Shanghai
    assert reports_due() == 1
    failed(world, monkeypatch)
    assert reports_due() == 0
    now(monkeypatch, "2026-07-31 16:00")
    assert (reports_due(), reports_due(), len(mail.outbox)) == (1, 0, 1)


def test_two_at_once_order_one(small: Small) -> None:
    with small.people.open():
        job = exports.start(actor=None, period=JUNE, what=["report"], formats=[])
        ScheduledReport.objects.create(period=JUNE, job=job)
        with pytest.raises(IntegrityError), transaction.atomic():
            ScheduledReport.objects.create(period=JUNE, job=job)


def test_who_may_no_longer_see_settlements_gets_no_mail(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    world = small.people
    set_to(world, 3, "owner", "finance", "auditor")
    now(monkeypatch, "2026-07-03 00:00")
    reports_due()
    run(world)
    with world.open():
        world.members["finance"].roles = ["trainer"]
        world.members["finance"].save()
        world.members["auditor"].is_active = False
        world.members["auditor"].save()
    reports_due()
    assert [message.to[0] for message in mail.outbox] == ["owner@xinghe.test"]


def test_agencies_that_are_shut_have_none(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    set_to(small.people, 3)
    now(monkeypatch, "2026-07-03 00:00")
    with small.people.open():
        Agency.objects.filter(pk=small.people.id).update(is_active=False)
    assert reports_due() == 0


# ── The setting ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_set_is_kept_and_in_the_audit_trail(small: Small) -> None:
    world = small.people
    assert set_to(world, 28, "owner", "finance")
    assert not set_to(world, 28, "finance", "owner")
    assert set_to(world, None, "finance")
    with world.open():
        assert Agency.objects.get(pk=world.id).report_day is None
        assert [row.member for row in ReportRecipient.objects.all()] == [world.members["finance"]]
        last = AuditEntry.objects.order_by("-pk")[0]
    assert (last.before, last.after) == (
        {"report_day": 28, "report_recipients": ["xinghe-finance", "xinghe-owner"]},
        {"report_day": None, "report_recipients": ["xinghe-finance"]},
    )


@pytest.mark.parametrize("day", [0, 29, -1])
def test_days_that_not_every_month_has_are_refused(small: Small, day: int) -> None:
    with pytest.raises(RuleError) as caught:
        set_to(small.people, day)
    assert caught.value.field == "day"
    with small.people.open(), pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.filter(pk=small.people.id).update(report_day=day if day >= 0 else 29)


@pytest.mark.parametrize("role", ["trainer", "anchor", "operations"])
def test_only_who_may_see_settlements_is_mailed(small: Small, role: str) -> None:
    with pytest.raises(RuleError) as caught:
        set_to(small.people, 3, role)
    assert caught.value.field == "members"


def test_only_who_may_sets_it(small: Small) -> None:
    with small.people.open(), pytest.raises(NotAllowed):
        schedule.schedule_save(actor=small.people.user("auditor"), day=3, members=[])
