"""Files that people add to a correction or a dispute: pictures, PDFs and workbooks, private to the agency."""

import uuid

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.downloads import private_download
from mcn.core.errors import RuleError
from mcn.core.file_types import MARKS, ending_of, is_what_it_says, last_part
from mcn.settlements.models import Correction, Dispute
from mcn.tenancy import files

FOLDER = "attachments"
MOST_BYTES = 10 << 20
ENDINGS = MARKS.keys() - {".ofd"}


def keep(upload: UploadedFile | None) -> dict[str, str]:
    """Store a file; returns the fields of the record (`Attached`), none without a file.

    Raises RuleError for more than 10 MB, an ending that is not taken, and a content that is not what the ending says.
    """
    if upload is None:
        return {}
    name = last_part(upload.name or "", 255)
    ending = ending_of(name)
    if (upload.size or 0) > MOST_BYTES:
        raise RuleError(_("%(name)s is larger than 10 MB."), field="file", name=name)
    if ending not in ENDINGS:
        raise RuleError(
            _("%(name)s cannot be taken. Add a picture, a PDF, an xlsx or a docx file."), field="file", name=name
        )
    if not is_what_it_says(upload, ending):  # type: ignore[arg-type]
        raise RuleError(
            _("%(name)s is damaged, or no %(ending)s file."), field="file", name=name, ending=ending.removeprefix(".")
        )
    stored = files.store(f"{FOLDER}/{uuid.uuid4().hex}{ending}", upload)  # type: ignore[arg-type]
    return {"file": stored.name, "file_name": name}


def response(*, actor: User, record: Correction | Dispute) -> FileResponse:
    """The record's file as a download that no browser shows, guesses at or keeps; who calls has checked the right.

    Written into the audit trail. Raises Http404 where there is none.
    """
    path = files.path_of(record.file) if record.file else None
    if path is None or not path.is_file():
        raise Http404(_("There is no file."))
    audit.record(actor=actor, action="download", target=record)
    return private_download(path.open("rb"), record.file_name)
