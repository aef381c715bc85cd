"""`manage.py load_agency FILE`."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from mcn.settlements.management.commands.load_agency import Command

from .files import FULL, full, put, write


@pytest.mark.django_db
def test_it_prints_what_was_created_and_then_unchanged(tmp_path: Path) -> None:
    path = write(tmp_path, FULL)
    for expected in ("created   19  changed    0  unchanged    0", "created    0  changed    0  unchanged   19"):
        out = StringIO()
        call_command("load_agency", str(path), stdout=out)
        lines = out.getvalue().splitlines()
        assert lines[0] == "xinghe"
        assert lines[-1] == f"total            {expected}"


@pytest.mark.django_db
def test_it_exits_with_1_and_one_line_per_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.core.management.base.connections.close_all", lambda: None)  # the test's own
    data = put(put(full(), "skus[0].brand", "B99"), "deals[0].skus[0]", "S099")
    path = write(tmp_path, data)
    with pytest.raises(SystemExit) as exit_:
        Command().run_from_argv(["manage.py", "load_agency", str(path)])
    assert exit_.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        [str(path), "skus[0].brand"],
        [str(path), "deals[0].skus[0]"],
    ]


@pytest.mark.django_db
def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        call_command("load_agency", str(tmp_path / "none.yaml"))
    assert len(str(error.value).splitlines()) == 1
    assert "none.yaml" in str(error.value)


@pytest.mark.django_db
def test_the_example_of_the_documentation_loads(tmp_path: Path) -> None:
    text = (settings.BASE_DIR / "docs" / "agency-file.md").read_text(encoding="utf-8")
    example = text.split("## A file with everything")[1].split("```yaml\n")[1].split("```")[0]
    out = StringIO()
    call_command("load_agency", str(write(tmp_path, example)), stdout=out)
    assert out.getvalue().splitlines()[-1] == "total            created   17  changed    0  unchanged    0"
