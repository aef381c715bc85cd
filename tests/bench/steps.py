"""The steps that are measured. Each runs in a process of its own (`measure`)."""

from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections, transaction

from config.runtime.database import connect
from mcn.jobs import services as jobs
from mcn.settlements import intake, tasks
from mcn.settlements.exports.services import FOLDER
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope

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
        return _run(job.pk)


def calculate(agency_id: int, period: str) -> dict[str, Any]:
    """Calculate a month as the worker does; its totals. Raises RuntimeError if that fails."""
    with agency_scope(agency_id):
        with transaction.atomic():
            job = jobs.create(actor=None, kind="calculate", subject=period, parameters={"period": period})
        return _run(job.pk)


def export_lines(agency_id: int, period: str, media_root: str) -> tuple[int, str]:
    """Export a month's lines as csv as the worker does: rows, and where the file is."""
    settings.MEDIA_ROOT = media_root
    choice = {"period": period, "what": ["lines"], "formats": ["csv"], "language": "en"}
    with agency_scope(agency_id):
        with transaction.atomic():
            job = jobs.create(actor=None, kind="export", subject=period, parameters=choice)
        counts = _run(job.pk)
        return counts["files"][0]["rows"], str(files.path_of(f"{FOLDER}/{job.pk}/lines.csv"))


def _run(job_id: int) -> dict[str, Any]:
    job = jobs.run(job_id)
    connections.close_all()
    if job.state != "done":
        raise RuntimeError(job.error_text())
    return dict(job.counts)
