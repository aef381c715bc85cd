"""What a test of a wrong file needs: its problems by path, in English."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from mcn.settlements.agency_file import AgencyFileError

from .files import load_data

VERSION = "anchors[0].contracts[0].versions[0]"
STEPS = f"{VERSION}.splits[2].tiers.steps"


def problems(folder: Path, data: dict[str, Any] | str) -> dict[str, str]:
    """What is wrong with the file, by path."""
    with translation.override("en"):
        with pytest.raises(AgencyFileError) as caught:
            load_data(folder, data)
        found = {problem.path: str(problem.reason) for problem in caught.value.problems}
        assert len(found) == len(caught.value.problems)
        return found
