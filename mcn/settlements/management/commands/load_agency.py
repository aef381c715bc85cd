"""`manage.py load_agency FILE`: create or update an agency from its file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from mcn.core.errors import DomainError
from mcn.settlements.agency_file import load


class Command(BaseCommand):
    help = "Create or update an agency from an agency file (docs/agency-file.md). All of it is loaded, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file and print what was created, changed, unchanged; exit with 1 and the reasons otherwise."""
        try:
            report = load(actor=None, path=options["file"])
        except DomainError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        self.stdout.write(report.slug)
        for line in report.lines():
            self.stdout.write(line)
