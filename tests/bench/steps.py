"""The steps that are measured. Each runs in a process of its own (`measure`)."""

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections, transaction

from config.runtime.database import connect
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements import intake, tasks
from mcn.settlements.proof_pack import job as packs
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.bench.month import APPROVER, SUBMITTER

COLUMNS = 47
CHUNK = 1 << 20
LOADED = tasks  # as in a worker, the bodies of all jobs are imported before a job begins


def floor(csv: str) -> None:
    """COPY of the file as it is into an unlogged table of text: what every import pays at the least."""
    owner = {**settings.DATABASES["owner"], "OPTIONS": {}}
    columns = ", ".join(f"c{number} text" for number in range(COLUMNS))
    with connect(owner) as connection:
        connection.execute("drop table if exists bench_floor")
        connection.execute(f"create unlogged table bench_floor ({columns})")
        _copy(connection, Path(csv))
        connection.execute("drop table bench_floor")


def _copy(connection: psycopg.Connection, path: Path) -> None:
    with (
        connection.cursor() as cursor,
        path.open("rb") as source,
        cursor.copy("copy bench_floor from stdin (format csv, header)") as copy,
    ):
        while chunk := source.read(CHUNK):
            copy.write(chunk)


def bring(agency_id: int, csv: str, exported_at: str, media_root: str) -> dict[str, Any]:
    """Import a file as the worker does; its counts. Raises RuntimeError if the import fails."""
    settings.MEDIA_ROOT = media_root
    with agency_scope(agency_id):
        with transaction.atomic(), Path(csv).open("rb") as source:
            _import, job = intake.submit(
                actor=None,
                name=Path(csv).name,
                source=source,
                exported_at=datetime.fromisoformat(f"{exported_at}+08:00"),
                hand_over=False,
            )
        return dict(_run(job.pk).counts)


def calculate(agency_id: int, period: str) -> dict[str, Any]:
    """Calculate a month as the worker does; its totals. Raises RuntimeError if that fails."""
    return _done(agency_id, "calculate", period, {"period": period}).counts


def close(agency_id: int, period: str, slug: str) -> dict[str, Any]:
    """Submit, approve and close a month as the command line has it done. Raises RuntimeError if that fails."""
    persons = {"submitted_by": f"{slug}-{SUBMITTER}", "approved_by": f"{slug}-{APPROVER}"}
    return _done(agency_id, "close", period, {"period": period, "accepted_unmatched_fen": None, **persons}).counts


def export_lines(agency_id: int, period: str, media_root: str) -> tuple[int, str]:
    """Export a month's lines as csv as the worker does: rows, and where the file is."""
    rows, file = _export(agency_id, period, media_root, ["lines"], ["csv"])
    return rows[0], file


def export_statements(agency_id: int, period: str, media_root: str) -> list[int]:
    """Export a month's statements as csv and xlsx; rows of each."""
    return _export(agency_id, period, media_root, ["statements"], ["csv", "xlsx"])[0]


def pack(agency_id: int, period: str, media_root: str) -> str:
    """Build the proof pack of a closed month as the worker does; where it is."""
    settings.MEDIA_ROOT = media_root
    return _file(agency_id, _done(agency_id, packs.KIND, period, {"period": period}))


def _export(agency_id: int, period: str, media_root: str, what: list[str], formats: list[str]) -> tuple[list[int], str]:
    settings.MEDIA_ROOT = media_root
    choice = {"period": period, "what": what, "formats": formats, "language": "en"}
    job = _done(agency_id, "export", period, choice)
    return [file["rows"] for file in job.counts["files"]], _file(agency_id, job)


def _file(agency_id: int, job: Job) -> str:
    with agency_scope(agency_id):
        return str(files.path_of(job.result_file))


def _done(agency_id: int, kind: str, period: str, parameters: dict[str, Any]) -> Job:
    with agency_scope(agency_id):
        with transaction.atomic():
            job = jobs.create(actor=None, kind=kind, subject=period, parameters=parameters)
        return _run(job.pk)


def _run(job_id: int) -> Job:
    job = jobs.run(job_id)
    connections.close_all()
    if job.state != "done":
        raise RuntimeError(job.error_text())
    return job
