"""`export`: the files of a month, into a folder."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from mcn.jobs.commands import AgencyCommand
from mcn.settlements.exports import FORMATS, LABELS, STANDARD, jobs
from mcn.settlements.exports.services import FOLDER
from mcn.tenancy import files
from mcn.tenancy.models import Agency


def _list(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


class Command(AgencyCommand):
    """Runs the same job as the download centre and copies its files to `--out`."""

    help = (
        "Write statements, lines, unmatched money and tax of a month as csv or xlsx files, the statements also as PDF,"
        " and its vouchers for accounting programmes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--period`, `--what`, `--format`, `--out`."""
        super().add_arguments(parser)
        parser.add_argument("--period", required=True, metavar="YYYY-MM", help="the month, calculated or closed")
        parser.add_argument("--what", type=_list, default=list(STANDARD), help=f"any of {', '.join(LABELS)}")
        parser.add_argument("--format", type=_list, default=["csv"], help=f"any of {', '.join(FORMATS)}")
        parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for the files")
        parser.add_argument("--wait", action="store_true", help="accepted for uniformity: an export is always awaited")

    def inside(self, agency: Agency, **options: Any) -> None:
        """Export, then copy. Raises CommandError where the folder cannot be written."""
        out: Path = options["out"]
        job = self.done(
            jobs.run_here_or_follow(
                actor=None,
                period=options["period"],
                what=options["what"],
                formats=options["format"],
                report=self.bar(),
            )
        )
        try:
            out.mkdir(parents=True, exist_ok=True)
            for file in job.counts["files"]:
                shutil.copyfile(files.path_of(f"{FOLDER}/{job.pk}/{file['name']}"), out / file["name"])
                self.stdout.write(f"{out / file['name']}: {file['rows']}")
        except OSError as error:
            raise CommandError(_("%(path)s: %(reason)s") % {"path": out, "reason": error.strerror}) from error
