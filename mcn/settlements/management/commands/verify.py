"""`verify`: recompute closed months from their frozen inputs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from mcn.jobs import jobs
from mcn.jobs.commands import AgencyCommand
from mcn.settlements.services.calculation import check_code
from mcn.settlements.verification import worded
from mcn.tenancy.models import Agency


class Command(AgencyCommand):
    """Changes nothing. Ends with status 1 and one line per difference if anything differs."""

    help = "Recompute closed months from their frozen inputs and check their proofs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--period`: only this month."""
        super().add_arguments(parser)
        parser.add_argument("--period", metavar="YYYY-MM", help="only this closed month; default: all")
        wait = parser.add_mutually_exclusive_group()
        wait.add_argument("--wait", action="store_true", default=True, help="follow the job to its end (default)")
        wait.add_argument("--no-wait", action="store_false", dest="wait", help="only hand the job to the workers")

    def inside(self, agency: Agency, **options: Any) -> None:
        """Verify and print what was found."""
        period: str | None = options["period"]
        if period:
            check_code(period)
        work: dict[str, Any] = {"kind": "verify", "subject": period or "all", "parameters": {"period": period}}
        if not options["wait"]:
            job = jobs.start(actor=None, **work)
            self.stdout.write(_("Waits for a worker as job %(job)s") % {"job": job.pk})
            return
        job = self.done(jobs.run_here_or_follow(actor=None, report=self.bar(), **work))
        if not job.counts["months"]:
            self.stdout.write(_("No month is closed yet: there is nothing to verify."))
        for month in job.counts["months"]:
            if not month["differences"]:
                self.stdout.write(
                    _("%(period)s: %(shares)s shares and %(statements)s statements agree. Proof: %(hash)s") % month
                )
        differences = [line for month in job.counts["months"] for line in worded(month)]
        if differences:
            raise CommandError("\n".join(differences))
