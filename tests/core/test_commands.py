"""Every command of the product answers a wrong command line with one clear line and status 1. Generated: each command
of each app, each argument of each command."""

from argparse import Action
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import CommandError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from mcn.core.commands import ProductCommand
from mcn.core.errors import DomainError

COMMANDS = sorted(name for name, app in get_commands().items() if app in settings.MCN_APPS)


def command_of(name: str) -> Any:
    return load_command_class(get_commands()[name], name)


def arguments_of(name: str) -> list[Action]:
    """The command's own arguments, without those of every Django command."""
    common = {action.dest for action in ProductCommand().create_parser("manage.py", "x")._actions}
    parser = command_of(name).create_parser("manage.py", name)
    return [action for action in parser._actions if action.dest not in common]


REQUIRED = [(name, action) for name in COMMANDS for action in arguments_of(name) if action.required]
WITH_VALUE = [
    (name, action)
    for name in COMMANDS
    for action in arguments_of(name)
    if action.option_strings and action.nargs is None
]


def refused(capsys: pytest.CaptureFixture[str], name: str, *arguments: str) -> str:
    """The one line that the command answers with; it did nothing and ended with 1."""
    with pytest.raises(SystemExit) as end:
        command_of(name).run_from_argv(["manage.py", name, *arguments])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith(name)
    return line


def test_the_list_of_commands_is_not_empty() -> None:
    assert {"load_agency", "import_sales", "calculate", "close_period", "export", "verify"} <= set(COMMANDS)
    assert REQUIRED and WITH_VALUE


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_the_common_base(name: str) -> None:
    assert isinstance(command_of(name), ProductCommand)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_unknown_argument_is_one_line(capsys: pytest.CaptureFixture[str], name: str, language: str) -> None:
    needed: list[str] = []
    for action in arguments_of(name):
        if action.required:
            needed += [*action.option_strings[:1], "2026-07"]
    with translation.override(language):
        line = refused(capsys, name, *needed, "--no-such-thing", "and\nmore")
    assert "--no-such-thing" in line
    assert f"manage.py {name} --help" in line
    assert ("means nothing here" in line) == (language == "en")


@pytest.mark.parametrize(("name", "action"), REQUIRED, ids=lambda value: getattr(value, "dest", value))
def test_a_missing_argument_is_named(capsys: pytest.CaptureFixture[str], name: str, action: Action) -> None:
    with translation.override("en"):
        line = refused(capsys, name)
    assert "Missing: " in line
    assert (action.option_strings or [action.metavar])[0] in line


@pytest.mark.parametrize(("name", "action"), WITH_VALUE, ids=lambda value: getattr(value, "dest", value))
def test_a_missing_value_is_named(capsys: pytest.CaptureFixture[str], name: str, action: Action) -> None:
    with translation.override("en"):
        line = refused(capsys, name, action.option_strings[0])
    assert f"{action.option_strings[0]} needs a value." in line


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--agency", "x", "--period", "2026-07", "--wait", "--no-wait"], "--no-wait and --wait exclude each other."),
        (["--agency", "x", "--period", "2026-07", "--verbosity", "loud"], "-v/--verbosity cannot be 'loud'."),
        (["--agency", "x", "--period", "2026-07", "--verbosity", "9"], "-v/--verbosity cannot be 9."),
        (["--agency", "x", "--period", "2026-07", "--wait=no"], "argument --wait: ignored explicit argument 'no'."),
    ],
)
def test_what_cannot_be_is_told(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    with translation.override("en"):
        line = refused(capsys, "calculate", *arguments)
    assert line == f"calculate: {sentence} See “manage.py calculate --help”."


def test_called_from_code_a_wrong_argument_is_an_error_like_any_other() -> None:
    with pytest.raises(CommandError, match="--agency"):
        call_command("calculate")


class Failing(ProductCommand):
    """Fails as it is told."""

    requires_system_checks: Any = []
    error: Exception

    def handle(self, *args: Any, **options: Any) -> None:
        raise self.error


def failing(error: Exception) -> Failing:
    command = Failing()
    command.error = error
    return command


ERRORS = [
    (CommandError("one\ntwo"), "one\ntwo\n"),
    (DomainError(_("Unknown role %(role)s."), role="king"), "Unknown role king.\n"),
]


@pytest.mark.parametrize(("error", "text"), ERRORS)
def test_errors_of_the_work_are_printed_as_they_are(
    capsys: pytest.CaptureFixture[str], error: Exception, text: str
) -> None:
    with translation.override("en"), pytest.raises(SystemExit) as end:
        failing(error).run_from_argv(["manage.py", "failing"])
    assert (end.value.code, capsys.readouterr().err) == (1, text)


@pytest.mark.parametrize(("error", "text"), ERRORS)
def test_called_from_code_errors_of_the_work_are_raised(error: Exception, text: str) -> None:
    with translation.override("en"), pytest.raises(CommandError) as raised:
        call_command(failing(error))
    assert f"{raised.value}\n" == text


@pytest.mark.parametrize(("error", "text"), ERRORS)
def test_a_traceback_is_shown_where_it_is_asked_for(error: Exception, text: str) -> None:
    with pytest.raises(CommandError):
        failing(error).run_from_argv(["manage.py", "failing", "--traceback"])


def test_a_defect_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError()).run_from_argv(["manage.py", "failing"])
