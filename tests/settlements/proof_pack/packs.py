"""Proof packs for tests: built straight from the month, verified as an auditor would, and forged as others might."""

import contextlib
import hashlib
import importlib.util
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from django.db import transaction

from mcn.settlements.models import Period
from mcn.settlements.proof_pack import building, contents
from mcn.settlements.services.calculation import calculate
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, current_agency_id
from tests.commissions.calculation.test_equality import as_the_database_has_it, close, two_people
from tests.worlds import make_world
from tests.worlds.database import make_agency, put

VERIFIER = Path(building.__file__).with_name("verify.py")
Forgery = Mapping[str, Callable[[bytes], bytes]]  # by file: its bytes, and those in their place


@contextlib.contextmanager
def closed_months(seed: int) -> Iterator[Iterator[str]]:
    """A random agency, inside its scope: each of its months is closed as it is asked for. Nothing of it stays."""
    with transaction.atomic():
        world = as_the_database_has_it(make_world(seed))
        agency = make_agency(world)
        with agency_scope(agency.pk), transaction.atomic():
            put(world)
            yield _closed(map(str, world.periods))
        transaction.set_rollback(True)


def _closed(months: Iterator[str]) -> Iterator[str]:
    people = tuple(two_people())
    for month in months:
        calculate(actor=None, period=month)
        close(month, people)
        yield month


def build(code: str, path: Path) -> building.Packed:
    """The pack of a closed month of the agency in scope."""
    agency = Agency.objects.get(pk=current_agency_id())
    return building.write(path, agency, Period.objects.get(code=code))


def verify(*arguments: str | Path, program: Path = VERIFIER) -> tuple[int, str]:
    """Exit code and output of the verifier in a process that knows neither the product nor any package."""
    command = [sys.executable, "-I", "-S", str(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=300, cwd="/")
    assert done.stderr == ""
    return done.returncode, done.stdout


def load() -> ModuleType:
    """The verifier in this process, where it has to run many times."""
    spec = importlib.util.spec_from_file_location("proof_pack_verifier", VERIFIER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verify_here(verifier: ModuleType, *arguments: str | Path) -> tuple[int, str]:
    """The same as `verify`, by `load`."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verifier.main([str(argument) for argument in arguments])
    return code, said.getvalue()


def forge(pack: Path, to: Path, forgery: Forgery, *, proof: bool = False, **manifest: Any) -> Path:
    """A pack with other bytes in some files, whose manifest fits them again; with `proof`, content hash and chain as
    well."""
    with zipfile.ZipFile(pack) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for name, change in forgery.items():
        changed = change(files[name])
        assert changed != files[name]
        files[name] = changed
    told = json.loads(files.pop(building.MANIFEST)) | manifest
    if proof:
        digest = hashlib.sha256(f"{told['period']}\n{told['previous_hash']}\n".encode())
        for name in building.PROVEN:
            digest.update(files[name] + b"\n")
        told["content_hash"] = digest.hexdigest()
        chain = json.loads(files["chain.json"])
        chain[-1]["content_hash"] = digest.hexdigest()
        files["chain.json"] = contents.as_json(chain)
    with zipfile.ZipFile(to, "w") as archive:
        for name, content in files.items():
            archive.writestr(building._entry(name), content)
            told["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for info in archive.infolist():
            told["files"][info.filename]["packed_sha256"] = building._packed_sha256(to, archive, info)
        archive.writestr(building._entry(building.MANIFEST), contents.as_json(told))
    return to
