"""`import_sales`: platform files into the agency's order lines, in the order given."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mcn.core.errors import DomainError, unreadable
from mcn.jobs import jobs, services
from mcn.jobs.commands import AgencyCommand
from mcn.jobs.models import Job
from mcn.sales import services as sales
from mcn.sales.models import ImportDifference, SalesImport
from mcn.settlements import intake, preview
from mcn.settlements.difference_text import difference_lines
from mcn.tenancy import files
from mcn.tenancy.models import Agency


class Command(AgencyCommand):
    """Runs the same import as the upload page. A file that fails does not keep the following ones from theirs.

    Rows that were rejected are a result, told on stderr with the first reasons, and the status stays 0. A file of
    which nothing was taken in because of them is an error. With --preview the difference is printed, and the file
    dropped again: each file is looked at as if it came alone.
    """

    help = "Import platform files (csv, xlsx, xls, json, or zip of them). Without --format the headers decide."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files, and what they do not say themselves."""
        super().add_arguments(parser)
        parser.add_argument("--format", default="", help="code of the format, e.g. douyin_alliance")
        parser.add_argument("--account", default="", metavar="ID", help="platform account, for files that name none")
        parser.add_argument(
            "--exported-at", default="", metavar="TIME", help="dates changes that the file does not date; default: now"
        )
        wait = parser.add_mutually_exclusive_group()
        wait.add_argument("--wait", action="store_true", default=True, help="follow the job to its end (default)")
        wait.add_argument("--no-wait", action="store_false", dest="wait", help="only hand the job to the workers")
        parser.add_argument(
            "--preview", action="store_true", help="print what each file would change and take nothing in"
        )
        parser.add_argument("files", nargs="+", metavar="FILE", type=Path)

    def inside(self, agency: Agency, **options: Any) -> None:
        """Import file after file, or look at each. Raises CommandError with one line per file that failed."""
        if options["preview"] and not options["wait"]:
            raise CommandError(_("--preview prints what a file would change, so it cannot go with --no-wait."))
        exported_at = _moment(options["exported_at"], agency) if options["exported_at"] else None
        errors = []
        for path in options["files"]:
            try:
                with path.open("rb") as source, transaction.atomic():
                    sales_import, job = intake.submit(
                        actor=None,
                        name=path.name,
                        source=source,
                        format=options["format"],
                        account_id=options["account"],
                        exported_at=exported_at,
                        preview=options["preview"],
                        hand_over=False,
                    )
                sent = jobs.send(job)
                if not options["wait"]:
                    self.stdout.write(_("%(file)s: waits for a worker as job %(job)s") % {"file": path, "job": job.pk})
                    continue
                job = jobs.follow(job, report=self.bar()) if sent else services.run(job.pk)
                done = self.done(job)
                self._tell(path, done, sales_import, kept=not options["preview"])
                if options["preview"]:
                    self._tell_difference(sales_import)
                    preview.drop(actor=None, sales_import=sales_import)
                if done.counts["rejected"] and not sales_import.lines_taken:
                    errors.append(_("%(file)s: nothing was imported, its rows were rejected.") % {"file": path})
            except OSError as error:
                errors.append(_("%(path)s: %(reason)s") % {"path": path, "reason": unreadable(error)})
            except (DomainError, CommandError) as error:
                errors.append(str(error))
        if errors:
            raise CommandError("\n".join(errors))

    def _tell(self, path: Path, job: Job, sales_import: SalesImport, *, kept: bool) -> None:
        """Print what became of the file's rows; where its reasons are, if the file of them is `kept`."""
        counts = job.counts
        with transaction.atomic():
            sales_import.refresh_from_db()
        self.stdout.write(f"{path}")
        rows = [
            (_("rows read"), counts["rows"]),
            (pgettext("import", "created"), counts["created"]),
            (_("changed"), counts["changed"]),
            (_("unchanged"), counts["unchanged"] + counts["stale"]),
            (_("left out"), sales_import.lines_left_out),
            (_("rejected"), counts["rejected"]),
            (_("events appended"), counts["events"]),
            *([(_("entries written"), counts["entries"])] if counts["entries"] else []),
        ]
        for label, count in rows:
            self.stdout.write(f"  {label}: {count}")
        if sales_import.rejected_file and kept:
            self.stdout.write("  " + _("reasons: %(path)s") % {"path": files.path_of(sales_import.rejected_file)})
        for reason, unmatched in sorted(counts.get("unmatched", {}).items()):
            self.stdout.write("  " + _("unmatched, %(reason)s: %(count)s") % {"reason": reason, "count": unmatched})
        if counts["rejected"]:
            self._warn(path, counts, files.path_of(sales_import.rejected_file), kept=kept)

    def _tell_difference(self, sales_import: SalesImport) -> None:
        """Print the money that a file would change, and that nothing of it was taken in."""
        with transaction.atomic():
            lines = list(difference_lines(ImportDifference.objects.get(sales_import=sales_import)))
        for line in lines:
            self.stdout.write(f"  {line}")
        self.stdout.write("  " + _("Nothing was taken in."))

    def _warn(self, path: Path, counts: dict[str, Any], reasons: Path, *, kept: bool) -> None:
        """Tell on stderr how many rows were rejected, why the first were, and where all reasons are kept."""
        sentence = (
            _("%(file)s: %(rejected)s of %(rows)s rows were rejected. All reasons: %(reasons)s")
            if kept
            else _("%(file)s: %(rejected)s of %(rows)s rows would be rejected.")
        )
        self.stderr.write(
            sentence % {"file": path, "rejected": counts["rejected"], "rows": counts["rows"], "reasons": reasons}
        )
        for line in sales.first_refused(reasons, sales.SHOWN_REASONS):
            self.stderr.write(f"  {line}")
        if counts["rejected"] > sales.SHOWN_REASONS:
            self.stderr.write("  " + _("and %(count)s more rows") % {"count": counts["rejected"] - sales.SHOWN_REASONS})


def _moment(text: str, agency: Agency) -> datetime:
    """A moment of the command line: without an offset it is in the agency's zone. Raises CommandError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = _("--exported-at: “%(value)s” is no time like 2026-07-31T23:30.") % {"value": text}
        raise CommandError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=agency.zone)
