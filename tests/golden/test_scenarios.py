"""Whole months from files to exports: an agency file and platform files in, every figure of two months out.

Each folder of `scenarios/` holds `steps.yaml` (what is loaded, imported, calculated and closed, in order), the files,
and what each month has to export. The expected figures were reckoned apart from this code, from the rules alone, with
exact fractions. Every column of statements and unmatched money is compared, and each share of each line.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from tests.settlements.proof_pack.packs import verify

SCENARIOS = Path(__file__).parent / "scenarios"
LINES = ("platform", "order", "line", "event", "occurred_at", "payee", "pool", "share")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_workers(settings: Any, tmp_path: Path) -> None:
    """Jobs run in the command's own process, on files of this test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


def run(command: str, *arguments: str) -> None:
    call_command(command, *arguments, stdout=io.StringIO(), stderr=io.StringIO())


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def comparable(name: str, rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Statements in their order; the rest in any. Of lines, what does not depend on how rules are named."""
    if name == "statements":
        return [tuple(row.values()) for row in rows]
    return sorted(tuple(row[column] for column in (LINES if name == "lines" else row)) for row in rows)


def take(step: dict[str, str], folder: Path, agency: str) -> None:
    """One step of a scenario through the command that does it."""
    of = ("--agency", agency)
    if "load" in step:
        run("load_agency", str(folder / step["load"]))
    elif "import" in step:
        account = ("--account", step["account"]) if "account" in step else ()
        run("import_sales", *of, "--exported-at", step["exported_at"], *account, str(folder / step["import"]))
    elif "calculate" in step:
        run("calculate", *of, "--period", step["calculate"])
    else:
        people = ("--submitted-by", "fin@example.test", "--approved-by", "own@example.test")
        accepted = ("--accept-unmatched", step["accept_unmatched"]) if "accept_unmatched" in step else ()
        run("close_period", *of, "--period", step["close"], *people, *accepted)


def exported(step: dict[str, str], agency: str, out: Path) -> Iterator[tuple[str, list[dict[str, str]]]]:
    period = step.get("close") or step["calculate"]
    what = ("statements", "lines", "unmatched")
    run("export", "--agency", agency, "--period", period, "--what", ",".join(what), "--out", str(out))
    return ((name, read(out / f"{name}.csv")) for name in what)


@pytest.mark.parametrize("folder", sorted(SCENARIOS.iterdir()), ids=lambda folder: folder.name)
def test_scenario(folder: Path, tmp_path: Path) -> None:
    agency = folder.name.replace("_", "-")
    for number, step in enumerate(yaml.safe_load((folder / "steps.yaml").read_text(encoding="utf-8"))):
        take(step, folder, agency)
        if "expect" not in step:
            continue
        for name, rows in exported(step, agency, tmp_path / str(number)):
            expected = read(folder / step["expect"] / f"{name}.csv")
            assert comparable(name, rows) == comparable(name, expected), (name, step)
        if "close" in step:
            run("proof_pack", "--agency", agency, "--period", step["close"], "--out", str(tmp_path / "pack.zip"))
            code, said = verify(tmp_path / "pack.zip")
            assert code == 0, said
    run("verify", "--agency", agency)
