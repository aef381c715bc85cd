"""`proof_pack`: the proof pack of a closed month, into a file."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from mcn.jobs.commands import AgencyCommand
from mcn.settlements.proof_pack import job as packs
from mcn.settlements.services.calculation import check_code
from mcn.tenancy import files
from mcn.tenancy.models import Agency


class Command(AgencyCommand):
    """Runs the same job as the month's page, copies its file to `--out` and prints its SHA-256."""

    help = "Write the proof pack of a closed month: a zip that anybody can verify without the product."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--period`, `--out`."""
        super().add_arguments(parser)
        parser.add_argument("--period", required=True, metavar="YYYY-MM", help="the closed month")
        parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the zip to write")
        parser.add_argument("--wait", action="store_true", help="accepted for uniformity: a pack is always awaited")

    def inside(self, agency: Agency, **options: Any) -> None:
        """Pack, then copy. Raises CommandError where the file cannot be written."""
        out: Path = options["out"]
        check_code(options["period"])
        job = self.done(packs.run_here_or_follow(period=options["period"], report=self.bar()))
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(files.path_of(job.result_file), out)
        except OSError as error:
            raise CommandError(_("%(path)s: %(reason)s") % {"path": out, "reason": error.strerror}) from error
        self.stdout.write(f"{out}: SHA-256 {job.counts['sha256']}")
