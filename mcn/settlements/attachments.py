"""Files that people add to a correction or a dispute: pictures, PDFs and workbooks, private to the agency."""

import uuid
from pathlib import PurePosixPath

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import RuleError
from mcn.settlements.models import Correction, Dispute
from mcn.tenancy import files

FOLDER = "attachments"
MOST_BYTES = 10 << 20
ZIPPED = b"PK\x03\x04"  # xlsx and docx
# What a file begins with, by the ending of its name: a name alone could say anything.
BEGINNINGS: dict[str, tuple[tuple[int, bytes], ...]] = {
    ".pdf": ((0, b"%PDF-"),),
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".jpeg": ((0, b"\xff\xd8\xff"),),
    ".webp": ((0, b"RIFF"), (8, b"WEBP")),
    ".heic": ((4, b"ftyp"),),
    ".xlsx": ((0, ZIPPED),),
    ".docx": ((0, ZIPPED),),
}


def keep(upload: UploadedFile | None) -> dict[str, str]:
    """Store a file; returns the fields of the record (`Attached`), none without a file.

    Raises RuleError for more than 10 MB, an ending that is not taken, and a content that is not what the ending says.
    """
    if upload is None:
        return {}
    name = PurePosixPath((upload.name or "").replace("\\", "/")).name[-255:]
    ending = PurePosixPath(name).suffix.lower()
    if (upload.size or 0) > MOST_BYTES:
        raise RuleError(_("%(name)s is larger than 10 MB."), field="file", name=name)
    if ending not in BEGINNINGS:
        raise RuleError(
            _("%(name)s cannot be taken. Add a picture, a PDF, an xlsx or a docx file."), field="file", name=name
        )
    head = upload.read(16)
    upload.seek(0)
    if any(head[at : at + len(part)] != part for at, part in BEGINNINGS[ending]):
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
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=record.file_name, content_type="application/octet-stream"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
