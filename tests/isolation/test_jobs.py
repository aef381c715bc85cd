"""Tasks and jobs find nothing of another agency, whoever orders them and whatever they are given."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from config.celery import app as celery
from mcn.accounts.models import User
from mcn.accounts.permissions import Role
from mcn.anchors.models import Payee
from mcn.core.errors import RuleError
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.jobs.registry import KINDS
from mcn.jobs.tasks import run as run_task
from mcn.sales.models import Connection, ImportDifference, SalesImport
from mcn.sales.services.connections import connection_pause
from mcn.settlements.models import Dispute, Period, ScheduledReport
from mcn.settlements.services import closing
from mcn.settlements.tasks import (
    drop_undecided_previews,
    forget_what_ifs,
    pull_due,
    remind_of_disputes,
    reports_due,
)
from mcn.tenancy.scope import agency_scope
from tests.isolation.twins import PERIOD, Twin, bring, contents, inside
from tests.sales.platform_files import as_csv, rows_of
from tests.settlements.desk import local

pytestmark = pytest.mark.usefixtures("other_unchanged")


def make_job(twin: Twin, kind: str, parameters: dict[str, Any], *, actor: User | None = None) -> Job:
    with inside(twin):
        return jobs.create(actor=actor or twin.user(Role.FINANCE), kind=kind, parameters=parameters)


def test_every_task_is_known_here() -> None:
    """A new task needs a test beside those below."""
    celery.loader.import_default_modules()  # as a worker does
    own = {name for name in celery.tasks if not name.startswith("celery.")}
    assert own == {
        "jobs.run", "jobs.resend", "jobs.remove_abandoned_drafts", "sales.remove_old_unmapped",
        "settlements.pull_due", "settlements.remove_expired_exports", "settlements.drop_undecided_previews",
        "settlements.remind_of_disputes", "settlements.reports_due", "settlements.forget_what_ifs",
    }  # fmt: skip
    assert set(KINDS) == {
        "import", "preview", "pull", "match", "calculate", "exposure", "submit", "close", "verify", "export",
        "proof_pack", "what_if", "ghosts", "statement_xlsx",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_does_not_find_another_agencys_job(twins: tuple[Twin, Twin], kind: str) -> None:
    own, other = twins
    job = make_job(other, kind, {"period": PERIOD})
    with pytest.raises(Job.DoesNotExist):
        run_task(own.agency.pk, job.pk)
    with pytest.raises(Job.DoesNotExist):
        run_task(0, job.pk)
    with inside(other):
        assert Job.objects.get(pk=job.pk).state == "queued"
        Job.objects.filter(pk=job.pk).delete()


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_of_somebody_elses_people_and_rows_fails_without_a_word_about_them(
    twins: tuple[Twin, Twin], kind: str
) -> None:
    own, other = twins
    with inside(other):
        foreign = SalesImport.objects.order_by("pk").first().pk
        connected = Connection.objects.get().pk
        payee = Payee.objects.order_by("pk")[0].pk
    parameters = {
        "import": {"sales_import": foreign},
        "pull": {"connection": connected, "windows": [], "lost_days": 0},
        "preview": {"sales_import": foreign},
        "match": {"causes": []},
        "calculate": {"period": PERIOD},
        "exposure": {},
        "submit": {"period": PERIOD},
        "close": {"period": PERIOD},
        "verify": {"period": PERIOD},
        "proof_pack": {"period": PERIOD},
        "ghosts": {},
        "what_if": {"months": [PERIOD], "scenario": {}},
        "statement_xlsx": {"period": PERIOD, "payee": payee, "code": "A01", "language": "en"},
        "export": {"period": PERIOD, "what": ["lines"], "formats": ["csv"], "language": "en"},
    }[kind]
    job = make_job(own, kind, parameters, actor=other.user(Role.OWNER))
    with agency_scope(own.agency.pk):
        done = jobs.run(job.pk)
        assert other.mark not in str(done.counts) + done.error_text() + done.message
        assert done.state == "failed"


def test_what_is_due_is_begun_in_its_own_agency_and_with_its_own_connection(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    with inside(own):
        connected = Connection.objects.get()
        connection_pause(actor=own.user(), connection=connected, paused=False)
        Job.objects.filter(pk=connected.job_id).update(created_at=timezone.now() - timedelta(days=1))
    assert pull_due() == 1
    with inside(other):
        assert not Job.objects.filter(kind="pull", state="queued").exists()
    with inside(own):
        begun = Job.objects.get(kind="pull", state="queued")
        assert (begun.actor, begun.parameters["connection"]) == (None, connected.pk)


def test_what_one_agency_does_not_decide_on_is_dropped_in_it_alone(
    twins: tuple[Twin, Twin], other_unchanged: set[str]
) -> None:
    own, other = twins
    other_unchanged |= {"sales_salesimport", "sales_importdifference", "jobs_job"}  # it looks at a file, too
    for twin in twins:
        with agency_scope(twin.agency.pk):
            bring(twin, as_csv(rows_of("taobao_union")).encode(), "look.csv", preview=True)
    with inside(own):
        ImportDifference.objects.filter(sales_import__state="previewed").update(made_at=local("2026-07-01 00:00"))
    kept = contents(other)
    assert drop_undecided_previews() == 1
    assert contents(other) == kept


def test_one_agencys_overdue_disputes_are_marked_and_mailed_in_it_alone(
    twins: tuple[Twin, Twin], other_unchanged: set[str], django_capture_on_commit_callbacks: Any
) -> None:
    own, other = twins
    with inside(own):
        Dispute.objects.filter(state="open").update(answer_by=date(2026, 1, 1))
    kept = contents(other)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert remind_of_disputes() == 1
    assert contents(other) == kept
    assert {message.to[0].partition("@")[2] for message in mail.outbox} == {"xinghe.test"}
    assert own.mark not in "".join(message.body for message in mail.outbox)


def test_trials_of_other_terms_are_forgotten_in_every_agency_by_themselves(
    twins: tuple[Twin, Twin], other_unchanged: set[str]
) -> None:
    own, other = twins
    with inside(own):
        Job.objects.filter(kind="what_if").update(created_at=timezone.now() - timedelta(days=31))
    kept = contents(other)
    assert forget_what_ifs() == 1
    assert contents(other) == kept
    with inside(own):
        assert Job.objects.get(kind="what_if").counts == {}


def test_one_agencys_due_report_is_ordered_and_mailed_in_it_alone(
    twins: tuple[Twin, Twin], other_unchanged: set[str], django_capture_on_commit_callbacks: Any
) -> None:
    own, other = twins
    with inside(own):
        ScheduledReport.objects.update(mailed_at=None)
    kept = contents(other)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        assert reports_due() == 1
    assert contents(other) == kept
    assert {message.to[0].partition("@")[2] for message in mail.outbox} == {"xinghe.test"}
    assert own.mark not in "".join(message.body for message in mail.outbox)


def test_a_member_does_not_close_in_a_colleagues_name(twins: tuple[Twin, Twin]) -> None:
    own = twins[0]
    finance, owner = own.user(Role.FINANCE), own.user(Role.OWNER)
    named = {"period": PERIOD, "submitted_by": finance.email, "approved_by": owner.email}
    job = make_job(own, "close", named | {"accepted_unmatched_fen": 1}, actor=finance)
    with agency_scope(own.agency.pk):
        assert jobs.run(job.pk).state == "failed"
    with inside(own):
        assert Period.objects.get(code=PERIOD).state == "calculated"


def test_another_agencys_people_close_nothing(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    for submitter, approver in (
        (other.user(Role.FINANCE), own.user(Role.OWNER)),
        (own.user(Role.FINANCE), other.user(Role.OWNER)),
    ):
        with translation.override("en"), pytest.raises(CommandError, match="member of this agency"):
            call_command(
                "close_period",
                agency="xinghe",
                period=PERIOD,
                submitted_by=submitter.email,
                approved_by=approver.email,
            )
    with agency_scope(own.agency.pk), pytest.raises(RuleError):
        closing.close_with(actor=None, period=PERIOD, submitted_by=other.user().email, approved_by=own.user().email)


@pytest.mark.parametrize("command", ["calculate", "close_period", "verify", "export", "proof_pack", "import_sales"])
def test_commands_need_an_agency_that_exists(twins: tuple[Twin, Twin], command: str) -> None:
    needed: dict[str, Any] = {"agency": "nowhere", "period": PERIOD}
    if command == "close_period":
        needed |= {"submitted_by": "a@b.test", "approved_by": "c@d.test"}
    arguments = []
    if command == "proof_pack":
        needed |= {"out": "none.zip"}
    if command == "import_sales":
        del needed["period"]
        arguments = ["none.csv"]
    with pytest.raises(CommandError, match="nowhere"):
        call_command(command, *arguments, **needed)
