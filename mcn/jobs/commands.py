"""The base of commands that work inside one agency, and how a command follows a job."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from mcn.core.commands import ProductCommand
from mcn.jobs.models import Job
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope

BAR_WIDTH = 30


class AgencyCommand(ProductCommand):
    """A command with `--agency`. Subclasses write `inside(agency, **options)`, which runs in the agency's scope."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds `--agency`, the agency's short name."""
        parser.add_argument("--agency", required=True, metavar="SLUG", help="the agency's short name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the agency and do the work in its scope. Raises CommandError for an unknown one."""
        slug = options.pop("agency")
        with operator_scope(), transaction.atomic():
            agency = Agency.objects.filter(slug=slug).first()
        if agency is None:
            raise CommandError(_("There is no agency %(slug)s.") % {"slug": slug})
        with agency_scope(agency.pk):
            self.inside(agency, **options)

    def inside(self, agency: Agency, **options: Any) -> None:
        """The command's work; not in a transaction yet."""
        raise NotImplementedError

    def done(self, job: Job) -> Job:
        """The job, if its work was done. Raises CommandError with the job's own error otherwise."""
        if job.state != Job.State.DONE:
            raise CommandError(job.error_text())
        return job

    def bar(self) -> Callable[[Job], None] | None:
        """A progress bar to be given to `run_here_or_follow` as `report`; nothing where nobody looks."""
        return self._draw if sys.stderr.isatty() else None

    def _draw(self, job: Job) -> None:
        filled = BAR_WIDTH * job.percent // 100
        bar = "█" * filled + "░" * (BAR_WIDTH - filled)
        end = "" if job.is_open else "\n"
        self.stderr.write(f"\r{bar} {job.percent:3d} %", ending=end)
        self.stderr.flush()
