"""`calculate`: the draft of an open month."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from mcn.core.money import yuan
from mcn.jobs import jobs
from mcn.jobs.commands import AgencyCommand
from mcn.settlements.services.calculation import check_code
from mcn.tenancy.models import Agency


class Command(AgencyCommand):
    """Runs the same calculation as the month's page. Calculating again replaces the draft."""

    help = "Calculate the draft of an open month: attribution, shares, statements and tax."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--period`, `--wait`, `--no-wait`."""
        super().add_arguments(parser)
        parser.add_argument("--period", required=True, metavar="YYYY-MM", help="the month, not closed yet")
        wait = parser.add_mutually_exclusive_group()
        wait.add_argument("--wait", action="store_true", default=True, help="follow the job to its end (default)")
        wait.add_argument("--no-wait", action="store_false", dest="wait", help="only hand the job to the workers")

    def inside(self, agency: Agency, **options: Any) -> None:
        """Calculate and print the month's sums."""
        period: str = options["period"]
        check_code(period)
        if not options["wait"]:
            job = jobs.start(actor=None, kind="calculate", subject=period, parameters={"period": period})
            self.stdout.write(_("%(period)s: waits for a worker as job %(job)s") % {"period": period, "job": job.pk})
            return
        job = self.done(
            jobs.run_here_or_follow(
                actor=None, kind="calculate", subject=period, parameters={"period": period}, report=self.bar()
            )
        )
        totals = job.counts
        self.stdout.write(_("%(period)s is calculated.") % {"period": period})
        for label, value in (
            (_("events"), totals["events"]),
            (_("order lines"), totals["lines"]),
            (_("payees"), totals["payees"]),
            (_("pool"), yuan(totals["pool"])),
            (_("earned"), yuan(totals["earned"])),
            (_("tax"), yuan(totals["tax"])),
            (_("net pay"), yuan(totals["net_pay"])),
            (_("agency's share"), yuan(totals["agency_share"])),
        ):
            self.stdout.write(f"  {label}: {value}")
        for row in totals["unmatched"]:
            self.stdout.write(
                "  "
                + _("unmatched, %(reason)s: %(count)s (%(amount)s)")
                % {"reason": row["reason"], "count": row["count"], "amount": yuan(row["pool_fen"])}
            )
