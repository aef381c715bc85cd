"""`manage.py load_agency FILE`."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from .files import FULL, full, put, write


@pytest.mark.django_db
def test_it_prints_what_was_created_and_then_unchanged(tmp_path: Path) -> None:
    path = write(tmp_path, FULL)
    for expected in ("created   18  changed    0  unchanged    0", "created    0  changed    0  unchanged   18"):
        out = StringIO()
        call_command("load_agency", str(path), stdout=out)
        lines = out.getvalue().splitlines()
        assert lines[0] == "xinghe"
        assert lines[-1] == f"total       {expected}"


@pytest.mark.django_db
def test_it_exits_with_1_and_one_line_per_error(tmp_path: Path) -> None:
    data = put(put(full(), "skus[0].brand", "B99"), "deals[0].skus[0]", "S099")
    path = write(tmp_path, data)
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("load_agency", str(path), stdout=out, stderr=err)
    assert exit_.value.code == 1
    assert out.getvalue() == ""
    lines = err.getvalue().splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [str(path), "skus[0].brand"],
        [str(path), "deals[0].skus[0]"],
    ]


@pytest.mark.django_db
def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    err = StringIO()
    with pytest.raises(SystemExit) as exit_:
        call_command("load_agency", str(tmp_path / "none.yaml"), stderr=err)
    assert exit_.value.code == 1
    assert len(err.getvalue().splitlines()) == 1
    assert "none.yaml" in err.getvalue()


@pytest.mark.django_db
def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    text = (settings.BASE_DIR / "docs" / "agency-file.md").read_text(encoding="utf-8")
    example = text.split("## A file with everything")[1].split("```yaml\n")[1].split("```")[0]
    out = StringIO()
    call_command("load_agency", str(write(tmp_path, example)), stdout=out)
    assert out.getvalue().splitlines()[-1] == "total       created   15  changed    0  unchanged    0"
