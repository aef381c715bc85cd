"""Proof packs for tests: built straight from the month, verified as an auditor would, without the product."""

import subprocess
import sys
from pathlib import Path

from mcn.settlements.models import Period
from mcn.settlements.proof_pack import building
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

VERIFIER = Path(building.__file__).with_name("verify.py")


def build(code: str, path: Path) -> building.Packed:
    """The pack of a closed month of the agency in scope."""
    agency = Agency.objects.get(pk=current_agency_id())
    return building.write(path, agency, Period.objects.get(code=code))


def verify(*arguments: str | Path, program: str = sys.executable) -> tuple[int, str]:
    """Exit code and output of the verifier in a process that knows neither the product nor any package."""
    command = [program, "-I", "-S", str(VERIFIER), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=300, cwd="/")
    assert done.stderr == ""
    return done.returncode, done.stdout
