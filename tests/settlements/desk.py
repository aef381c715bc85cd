"""Bring platform files into an agency as its staff would, and look at what came of it."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from mcn.jobs import services as job_services
from mcn.jobs.models import Job
from mcn.sales.models import EarningEvent, OrderLine, SalesImport
from mcn.settlements import intake
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.sales.platform_files import as_csv

ZONE = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """A moment in the agencies' zone: "2026-07-03 21:05:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class Desk:
    """The import desk of one agency."""

    people: World

    def bring(
        self, rows: Sequence[Sequence[object]] | bytes, *, exported_at: str = "2026-06-01 00:00", **options: Any
    ) -> dict[str, Any]:
        """Import a file; its counts. Fails the test if the import fails."""
        job = self.job(rows, exported_at=exported_at, **options)
        assert job.state == "done", job.error_text()
        return job.counts

    def job(
        self, rows: Sequence[Sequence[object]] | bytes, *, exported_at: str = "2026-06-01 00:00", **options: Any
    ) -> Job:
        """Import a file; its finished job."""
        content = rows if isinstance(rows, bytes) else as_csv(rows).encode()
        options.setdefault("name", "orders.csv")
        with agency_scope(self.people.id):
            with transaction.atomic():
                _import, job = intake.submit(
                    actor=self.people.finance,
                    source=io.BytesIO(content),
                    exported_at=local(exported_at),
                    hand_over=False,
                    **options,
                )
            return job_services.run(job.pk)

    def events(self) -> list[tuple[Any, ...]]:
        """Every event: kind, local time, month, month that settles it, base, gross, fee, holder."""
        with self.reading():
            return [
                (
                    event.kind,
                    f"{event.occurred_at.astimezone(ZONE):%Y-%m-%d %H:%M}",
                    event.original_period,
                    event.settle_period,
                    event.base_fen,
                    event.gross_fen,
                    event.fee_fen,
                    event.holder_fen,
                )
                for event in EarningEvent.objects.order_by("id")
            ]

    def line(self, line_key: str) -> OrderLine:
        with self.reading():
            return OrderLine.objects.get(line_key=line_key)

    def imports(self) -> list[SalesImport]:
        with self.reading():
            return list(SalesImport.objects.order_by("id"))

    def reading(self) -> "Reading":
        return Reading(self.people.id)


class Reading:
    """The agency's scope and a transaction."""

    def __init__(self, agency_id: int) -> None:
        self._scope, self._transaction = agency_scope(agency_id), transaction.atomic()

    def __enter__(self) -> None:
        self._scope.__enter__()
        self._transaction.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._transaction.__exit__(*error)
        self._scope.__exit__(*error)


@pytest.fixture
def own_files(settings: Any, tmp_path: Path) -> Path:
    """The agencies' files are in a folder of this test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture
def desk(xinghe: World, own_files: Path) -> Iterator[Desk]:
    """The import desk of xinghe."""
    yield Desk(xinghe)


def table(text: str) -> list[list[str]]:
    """Rows of a csv text."""
    return list(csv.reader(io.StringIO(text.strip())))
