"""`manage.py load_agency FILE`: create or update an agency from its file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from mcn.core.commands import ProductCommand
from mcn.settlements.agency_file import load


class Command(ProductCommand):
    help = "Create or update an agency from an agency file (docs/agency-file.md). All of it is loaded, or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the file and print what was created, changed, unchanged; tell on stderr who has to accept first.

        Raises AgencyFileError with the reasons.
        """
        report = load(actor=None, path=options["file"])
        self.stdout.write(report.slug)
        for line in report.lines():
            self.stdout.write(line)
        for line in report.waiting():
            self.stderr.write(line)
