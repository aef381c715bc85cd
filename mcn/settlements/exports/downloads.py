"""Hand out the file of a finished export or proof pack, or the paper of a statement, to those who may have it."""

import mimetypes
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from mcn.accounts import audit
from mcn.accounts.models import Membership, User
from mcn.core.downloads import ANY_TYPE, private_download
from mcn.jobs.models import Job
from mcn.settlements import pdf
from mcn.settlements.exports import services, statement_book, statement_book_job
from mcn.settlements.models import Statement
from mcn.tenancy import files
from mcn.tenancy.models import Agency

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_response(*, member: Membership, job_id: int) -> FileResponse:
    """The file of an export job as a download that no browser shows, guesses at or keeps.

    Only jobs of the agency in scope are found. Raises PermissionDenied without the rights to export what it holds,
    Http404 where there is no such export, it is not finished, or its file has expired.
    """
    if not services.may_export(member):
        raise PermissionDenied
    job = Job.objects.filter(pk=job_id, kind__in=services.KINDS, state=Job.State.DONE).exclude(result_file="").first()
    if job is None:
        raise Http404(_("There is no such export."))
    if not services.may_export(member, job.parameters.get("what", ())):
        raise PermissionDenied
    path = files.path_of(job.result_file)
    if services.has_expired(job) or not path.is_file():
        raise Http404(_("This file has expired. Export it again."))
    audit.record(actor=member.user, action="download", target=job)
    kind = mimetypes.guess_type(path.name)[0] or ANY_TYPE
    return private_download(path.open("rb"), job.result_name, kind)


def statement_xlsx_response(*, actor: User, agency: Agency, statement: Statement) -> FileResponse | None:
    """The xlsx of one statement in the reader's language; who calls has checked the right to it.

    Of a statement with many lines it is the file that a job has made; None as long as there is none.
    """
    name = statement_book.file_name(statement)
    if statement_book_job.is_at_once(statement):
        audit.record(actor=actor, action="download", target=statement)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "statement.xlsx"
            statement_book.write(path, agency, statement)
            made: BinaryIO = BytesIO(path.read_bytes())
    else:
        job = statement_book_job.latest(statement)
        file = files.path_of(job.result_file) if job and job.result_file else None
        if file is None or not file.is_file():
            return None
        audit.record(actor=actor, action="download", target=statement)
        made = file.open("rb")
    return private_download(made, name, XLSX)


def statement_response(*, actor: User, agency: Agency, statement: Statement, compared: bool = False) -> FileResponse:
    """The paper of one statement in the reader's language, in the same way; who calls has checked the right to it.
    `compared`: beside the month before.
    """
    audit.record(actor=actor, action="download", target=statement)
    made = BytesIO(pdf.statement_pdf(agency, statement, compared=compared))
    return private_download(made, pdf.file_name(statement), "application/pdf")
