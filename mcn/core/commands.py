"""What every command of the product has in common: an error is one line, and ends with status 1.

Django prints the class of an error before its text, and argparse answers a wrong command line with several lines of
usage and status 2. Scripts and people get one clear line per error here, whatever went wrong.
"""

import re
import sys
from functools import partial
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser, SystemCheckError
from django.utils.translation import gettext, gettext_noop

from mcn.core.errors import DomainError

# What argparse says, which it says in English only, and the same as a sentence that is translated.
_REASONS = (
    (r"the following arguments are required: (?P<names>.+)", gettext_noop("Missing: %(names)s.")),
    (r"unrecognized arguments: (?P<names>.+)", gettext_noop("“%(names)s” means nothing here.")),
    (r"argument (?P<name>\S+): expected .*argument.*", gettext_noop("%(name)s needs a value.")),
    (
        r"argument (?P<name>\S+): not allowed with argument (?P<other>\S+)",
        gettext_noop("%(name)s and %(other)s exclude each other."),
    ),
    (
        r"argument (?P<name>\S+): invalid (?:choice|\w+ value): (?P<value>.+?)(?: \(choose from .+\))?",
        gettext_noop("%(name)s cannot be %(value)s."),
    ),
)


class WrongCommandLine(CommandError):
    """The command line itself is wrong: an argument is missing, unknown, or not possible."""


class ProductCommand(BaseCommand):
    """The base of the product's commands. A DomainError ends them with its sentence, as a CommandError does.

    From code (`call_command`) both arrive as CommandError; on the command line their text is printed as it is, one
    line per error, and the status is 1.
    """

    _called_from_command_line = False  # Django's own, which its type stubs do not name

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Django's parser, which tells what is wrong in one sentence of the reader's language."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        # on this one parser, as Django chooses its class
        parser.error = partial(_refuse, subcommand, parser.prog)  # type: ignore[method-assign]
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        """Run what the command line says. Exits with 1 and one line per error."""
        try:
            super().run_from_argv(argv)
        except WrongCommandLine as error:
            self._end(error)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Do the work. Raises CommandError; called from the command line, exits with 1 and one line per error."""
        try:
            return super().execute(*args, **options)
        except SystemCheckError:
            raise  # a defect of the installation: Django prints its list
        except (CommandError, DomainError) as error:
            problem = error if isinstance(error, CommandError) else CommandError(str(error))
            if self._called_from_command_line and not options["traceback"]:
                self._end(problem)
            if problem is error:
                raise
            raise problem from error

    def _end(self, error: CommandError) -> NoReturn:
        self.stderr.write(str(error))
        sys.exit(error.returncode)


def _refuse(command: str, prog: str, message: str) -> NoReturn:
    raise WrongCommandLine(
        gettext("%(command)s: %(reason)s See “%(help)s”.")
        % {"command": command, "reason": _reason(" ".join(message.split())), "help": f"{prog} --help"}
    )


def _reason(message: str) -> str:
    for pattern, sentence in _REASONS:
        if found := re.fullmatch(pattern, message):
            return gettext(sentence) % found.groupdict()
    return f"{message}."
