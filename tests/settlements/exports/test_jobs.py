"""Exports as jobs: asked for, made, downloaded by the right people only, and cleared away."""

import os
import time
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import Http404
from django.utils import timezone, translation

from mcn.accounts.models import AuditEntry, Membership
from mcn.core.errors import NotAllowed
from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.settlements import pdf, tasks
from mcn.settlements.exports import LABELS, jobs, services
from mcn.settlements.exports.downloads import export_response
from mcn.settlements.models import Statement
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.month import make_month

pytestmark = pytest.mark.django_db(transaction=True)

KNOWN = ", ".join(LABELS)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def month(xinghe: World) -> World:
    with agency_scope(xinghe.id), transaction.atomic():
        make_month()
    return xinghe


def exported(people: World, what: list[str], formats: list[str]) -> Job:
    with agency_scope(people.id):
        with translation.override("en"):
            job = jobs.start(actor=people.finance, period="2026-07", what=what, formats=formats)
        return job_services.run(job.pk)


def member(people: World, user: Any) -> Membership:
    return Membership.objects.get(user=user)


def test_one_file_is_the_result_itself(month: World) -> None:
    job = exported(month, ["lines"], ["csv"])
    assert (job.state, job.error) == ("done", None)
    assert (job.result_file, job.result_name) == (f"exports/{job.pk}/lines.csv", "2026-07-lines.csv")
    with agency_scope(month.id), transaction.atomic():
        size = files.path_of(job.result_file).stat().st_size
        assert AuditEntry.objects.get(action="export").actor == month.finance
    assert job.counts == {"files": [{"name": "lines.csv", "rows": 8, "size": size}]}


def test_several_files_are_packed(month: World) -> None:
    job = exported(month, ["statements", "unmatched"], ["csv", "xlsx"])
    assert job.result_name == "2026-07.zip"
    with agency_scope(month.id), transaction.atomic():
        response = export_response(member=member(month, month.finance), job_id=job.pk)
        with ZipFile(BytesIO(b"".join(response))) as archive:
            assert archive.namelist() == ["statements.csv", "statements.xlsx", "unmatched.csv", "unmatched.xlsx"]


def test_statements_come_as_papers_in_one_zip(month: World) -> None:
    job = exported(month, ["statements-pdf"], [])
    assert (job.state, job.error) == ("done", None)
    assert job.result_name == "2026-07-statements-pdf.zip"
    assert (job.done, job.total) == (1, 2)  # what was told before the last paper
    assert [(file["name"], file["rows"]) for file in job.counts["files"]] == [("statements-pdf.zip", 2)]
    with agency_scope(month.id), transaction.atomic():
        content = files.path_of(job.result_file).read_bytes()
        statements = {statement.code: statement for statement in Statement.objects.select_related("period")}
        with ZipFile(BytesIO(content)) as archive:
            assert archive.namelist() == ["2026-07-A01-小鹿.pdf", "2026-07-G01-李强.pdf"]
            for name, statement in zip(archive.namelist(), statements.values(), strict=True):
                with translation.override("en"):
                    assert archive.read(name) == pdf.statement_pdf(month.agency, statement)
    again = exported(month, ["statements-pdf", "lines", "statements"], ["csv"])
    assert again.state == "done"
    with agency_scope(month.id), transaction.atomic():
        assert files.path_of(f"exports/{again.pk}/statements-pdf.zip").read_bytes() == content


def test_papers_have_a_format_of_their_own_whatever_is_asked_for(month: World) -> None:
    job = exported(month, ["statements-pdf"], ["xlsx"])
    assert job.parameters["formats"] == []
    assert job.result_name == "2026-07-statements-pdf.zip"


def test_exports_with_long_subjects_are_told_apart(month: World) -> None:
    """Everything at once: the subject of a job has 80 characters at most."""
    everything = ["statements", "lines", "unmatched", "statements-pdf"] * 3
    with agency_scope(month.id), transaction.atomic():
        subjects = {
            jobs._checked(actor=None, period="2026-07", what=what, formats=formats)[0]
            for what in (everything, [*everything, "lines"])
            for formats in (["csv"], ["csv", "xlsx"])
        }
    assert len(subjects) == 4
    assert {len(subject) for subject in subjects} == {80}


def test_payees_whose_file_names_are_the_same_lose_no_paper(month: World) -> None:
    with agency_scope(month.id), transaction.atomic():
        Statement.objects.filter(code="A01").update(code="A/1", name="x")
        Statement.objects.filter(code="G01").update(code="A1", name="x")
    job = exported(month, ["statements-pdf"], [])
    with agency_scope(month.id), ZipFile(files.path_of(job.result_file)) as archive:
        first, second = archive.namelist()
    assert first == "2026-07-A1-x.pdf" and second.endswith("-2026-07-A1-x.pdf")


def test_the_download_is_private_and_never_shown(month: World) -> None:
    job = exported(month, ["statements"], ["csv"])
    with agency_scope(month.id), transaction.atomic():
        response = export_response(member=member(month, month.approver), job_id=job.pk)
        assert AuditEntry.objects.get(action="download").actor == month.approver
    response.close()
    assert response["Content-Disposition"] == 'attachment; filename="2026-07-statements.csv"'
    assert response["Content-Type"] == "text/csv"
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "private, no-store")


def test_others_cannot_download(month: World, beichen: World) -> None:
    job = exported(month, ["statements"], ["csv"])
    with agency_scope(month.id), transaction.atomic(), pytest.raises(PermissionDenied):
        export_response(member=member(month, month.anchor), job_id=job.pk)
    with agency_scope(beichen.id), transaction.atomic(), pytest.raises(Http404):
        export_response(member=member(beichen, beichen.finance), job_id=job.pk)


def test_who_lost_the_right_gets_no_file(month: World) -> None:
    with agency_scope(month.id):
        job = jobs.start(actor=month.finance, period="2026-07", what=["lines"], formats=["csv"])
        with transaction.atomic():
            Membership.objects.filter(user=month.finance).update(is_active=False)
        job = job_services.run(job.pk)
        assert job.state == "failed"
        assert not files.path_of(f"exports/{job.pk}").exists()
        with pytest.raises(NotAllowed):
            jobs.start(actor=month.finance, period="2026-07", what=["lines"], formats=["csv"])


def test_files_expire(month: World) -> None:
    job = exported(month, ["statements"], ["csv"])
    old = time.time() - services.KEPT.total_seconds() - 1
    with agency_scope(month.id), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - services.KEPT)
        with pytest.raises(Http404):
            export_response(member=member(month, month.finance), job_id=job.pk)
        folder = files.path_of(f"exports/{job.pk}")
    assert tasks.remove_expired_exports() == 0
    os.utime(folder, (old, old))
    assert tasks.remove_expired_exports() == 1
    assert not folder.exists()


def test_the_command_writes_what_it_is_asked_for(month: World, tmp_path: Path) -> None:
    out = StringIO()
    call_command(
        "export", agency="xinghe", period="2026-07", what=["statements", "lines"], format=["csv"],
        out=tmp_path / "out", stdout=out,
    )  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["lines.csv", "statements.csv"]
    assert out.getvalue().splitlines() == [f"{tmp_path}/out/statements.csv: 2", f"{tmp_path}/out/lines.csv: 8"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"agency": "nobody"}, "There is no agency nobody."),
        (
            {"what": ["nothing"]},
            f"There is no export “nothing”. Choose from: {KNOWN}.",
        ),
        ({"format": ["pdf"]}, "There is no export “pdf”. Choose from: csv, xlsx."),
        ({"period": "2026-08"}, "2026-08 has not been calculated: there is nothing to export yet."),
    ],
)
def test_the_command_names_what_is_wrong(month: World, tmp_path: Path, options: dict[str, Any], sentence: str) -> None:
    given = {"agency": "xinghe", "period": "2026-07", "what": ["lines"], "format": ["csv"], **options}
    with pytest.raises(CommandError) as caught, translation.override("en"):
        call_command("export", out=tmp_path / "out", **given)
    assert str(caught.value) == sentence
    assert not (tmp_path / "out").exists()
