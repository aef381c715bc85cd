"""`close_period`: review, approval by a second person, close."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from mcn.accounts.services import invitation_vouch
from mcn.core.money import MoneyError, fen_from_yuan
from mcn.jobs import jobs
from mcn.jobs.commands import AgencyCommand
from mcn.settlements.services.calculation import check_code
from mcn.settlements.services.periods import UNMATCHED_MONEY
from mcn.tenancy.models import Agency


class Command(AgencyCommand):
    """Takes a month to its end, with the two persons it needs. It is calculated first where that is due."""

    help = "Submit, approve and close a month. A closed month is never changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The month, the two persons, and the unmatched money accepted."""
        super().add_arguments(parser)
        parser.add_argument("--period", required=True, metavar="YYYY-MM", help="the month")
        parser.add_argument("--submitted-by", required=True, metavar="EMAIL", help="who answers for the calculation")
        parser.add_argument("--approved-by", required=True, metavar="EMAIL", help="the second person")
        parser.add_argument(
            "--also-approved-by", metavar="EMAIL", default="", help="the further person whom a large month needs"
        )
        parser.add_argument(
            "--accept-unmatched", metavar="YUAN", help="close although exactly this much belongs to nobody yet"
        )
        parser.add_argument("--payee", metavar="CODE", action="append", help="refused: all payees close together")
        wait = parser.add_mutually_exclusive_group()
        wait.add_argument("--wait", action="store_true", default=True, help="follow the job to its end (default)")
        wait.add_argument("--no-wait", action="store_false", dest="wait", help="only hand the job to the workers")

    def inside(self, agency: Agency, **options: Any) -> None:
        """Close and print the proof."""
        period: str = options["period"]
        check_code(period)
        if options["payee"]:
            raise CommandError(
                _(
                    "--payee: a month is not closed for some payees only: one proof and one posting are over all of "
                    "them, and later months build on it. Close the month, and hold back whoever is not to be paid yet."
                )
            )
        for email in filter(None, (options["submitted_by"], options["approved_by"], options["also_approved_by"])):
            invitation_vouch(email=email)
        parameters = {
            "period": period,
            "submitted_by": options["submitted_by"],
            "approved_by": options["approved_by"],
            "also_approved_by": options["also_approved_by"],
            "accepted_unmatched_fen": _accepted(options["accept_unmatched"]),
        }
        if not options["wait"]:
            job = jobs.start(actor=None, kind="close", subject=period, parameters=parameters)
            self.stdout.write(_("%(period)s: waits for a worker as job %(job)s") % {"period": period, "job": job.pk})
            return
        job = jobs.run_here_or_follow(
            actor=None, kind="close", subject=period, parameters=parameters, report=self.bar()
        )
        if job.error and job.error["message"] == UNMATCHED_MONEY:
            hint = _("To accept it: --accept-unmatched %(amount)s") % job.error["params"]
            raise CommandError(f"{job.error_text()} {hint}")
        self.done(job)
        if job.counts["calculated"] == "never":
            self.stdout.write(_("%(period)s had not been calculated: it was calculated first.") % {"period": period})
        elif job.counts["calculated"] == "stale":
            self.stdout.write(
                _("Data of %(period)s had changed since its calculation: it was calculated again first.")
                % {"period": period}
            )
        self.stdout.write(
            _("%(period)s is closed. Proof: %(hash)s") % {"period": period, "hash": job.counts["content_hash"]}
        )


def _accepted(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return fen_from_yuan(text)
    except MoneyError as error:
        message = _("--accept-unmatched: “%(value)s” is no amount in yuan like 1234.56.") % {"value": text}
        raise CommandError(message) from error
