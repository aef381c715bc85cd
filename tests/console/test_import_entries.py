"""The pages of an import tell what it changes in other income."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor
from mcn.anchors.services import anchor_save, payee_save
from mcn.sales.models import ImportDifference, SalesImport
from mcn.settlements.models import Period
from tests.agencies import World
from tests.console.sold import run_jobs
from tests.sales.platform_files import as_csv, rows_of

Clients = Callable[..., Client]


def words(html: str) -> str:
    """A page as it is read aloud: its texts one after another."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def looked(world: World, client_of: Clients) -> str:
    """The address of a list of other income that was looked at; its month is closed."""
    with world.open():
        for code, name in (("A01", "小鹿"), ("A02", "小熊")):
            payee, _outcome = payee_save(actor=None, code=code, name=name, kind="labour", legal_name=name)
            anchor_save(actor=None, code=code, stage_name=name, payee=payee)
        Period.objects.create(code="2026-06", state=Period.State.CLOSED)
    file = SimpleUploadedFile("income.csv", as_csv(rows_of("other_income")).encode())
    client_of(Role.OPERATIONS).post(f"{world.console}/sales/upload/", {"upload": [file], "preview": "on"})
    assert [job.state for job in run_jobs(world)] == ["done"]
    with world.open():
        return f"{world.console}/sales/imports/{SalesImport.objects.latest('pk').pk}/"


def test_a_look_and_the_import_tell_of_the_same_entries(world: World, client_of: Clients, looked: str) -> None:
    client = client_of(Role.OPERATIONS)
    page = words(client.get(looked).text)
    for told in (
        "of Jun 2026, settled in Jul 2026 Tips · 1 entry +¥2,000.00",
        "Other income in all penalties taken off +¥3,500.00",
        "Penalty A02 小熊 Jul 2026 of Jun 2026, which is closed 1 0 +¥200.00",
        "Shared cost A01 小鹿 Jul 2026 of Jun 2026, which is closed 1 0 −¥300.00",
        "A02 小熊 2 +¥1,300.00",
    ):
        assert told in page
    assert "No earning event" not in page
    assert "would be other income +¥3,500.00" in words(client.get(f"{world.console}/sales/imports/").text)
    client.post(f"{looked}take-in/")
    assert [job.state for job in run_jobs(world)] == ["done"]
    done = words(client.get(looked).text)
    assert page[page.index("What became of the rows") : page.index("Brought in")] in done


def test_others_and_differences_of_earlier_versions_are_shown(world: World, client_of: Clients, looked: str) -> None:
    with world.open():
        found = ImportDifference.objects.get()
        former = found.anchors
        one = {**found.entries[0], "others": 3}
        del one["anchor"]
        found.entries, found.anchors = [one], [{"others": 3, "new_lines": 0, "changed_lines": 0, "pool_fen": 0}]
        found.save()
        assert Anchor.objects.filter(pk=former[0]["anchor"]).exists()
    assert "Tips 3 others Jul 2026" in words(client_of(Role.AUDITOR).get(looked).text)
    with world.open():
        ImportDifference.objects.update(entries=[], entries_fen=0)
    assert "Other income in all" not in client_of(Role.AUDITOR).get(looked).text
