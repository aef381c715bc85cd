"""Write the files of an export, and clear them away when they have expired."""

import shutil
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import Membership, User
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.core.exports import local_times, write_csv, write_xlsx
from mcn.core.planning import expecting
from mcn.jobs.models import Job
from mcn.settlements.exports import DOCUMENTS, EXPORTS, FORMATS, LABELS
from mcn.settlements.exports.vouchers import KINDS as KINDS_OF_VOUCHERS
from mcn.settlements.models import Period
from mcn.settlements.vouchers import making as vouchers
from mcn.tenancy import files
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id
from mcn.tenancy.snapshot import snapshot

FOLDER = "exports"
KINDS = ("export", "proof_pack", "statement_xlsx")  # jobs that leave a file to download
KEPT = timedelta(days=7)
PERMISSIONS = ("exports.create", "settlements.view")


def check_choice(*, what: Sequence[str], formats: Sequence[str]) -> None:
    """Raises RuleError for nothing chosen, and for an export or a format that does not exist.

    Documents need no format: they have their own.
    """
    needed = [""] if any(name in EXPORTS for name in what) else []
    for field, chosen, known in (("what", what or [""], tuple(LABELS)), ("format", formats or needed, FORMATS)):
        for name in chosen:
            if name not in known:
                raise RuleError(
                    _("There is no export “%(name)s”. Choose from: %(known)s."),
                    field=field,
                    name=name,
                    known=", ".join(known),
                )


def permissions_for(what: Sequence[str]) -> list[str]:
    """Every permission that exports with these contents ask for."""
    asked = [EXPORTS[name].permission for name in what if name in EXPORTS]
    return [*PERMISSIONS, *(code for code in dict.fromkeys(asked) if code)]


def may_export(member: Membership, what: Sequence[str] = ()) -> bool:
    """Whether the member may have these contents."""
    return all(member.can(code) for code in permissions_for(what))


def check_allowed(*, actor: User | None, what: Sequence[str] = ()) -> None:
    """Raises NotAllowed if the person may not export these settlements of the agency in scope; None = the operator."""
    if actor is None:
        return
    member = Membership.objects.filter(user=actor).first()
    if member is None or not may_export(member):
        raise NotAllowed(_("You may not export this agency's settlements."))
    for name in what:
        if not may_export(member, [name]):
            raise NotAllowed(
                _("“%(name)s” holds identity numbers: only who may reveal personal data exports it."),
                name=LABELS[name],
            )


def exportable_period(code: str, what: Sequence[str]) -> Period:
    """The month, open or closed. Raises Conflict if it does not exist, or was never calculated and has nothing but
    unmatched money to show, and whatever the contents themselves ask of it.

    Vouchers are of what is posted in the month: an advance may be in one that was never calculated and has no row yet.
    Raises Conflict if nothing is.
    """
    period = Period.objects.filter(code=code).first()
    if KINDS_OF_VOUCHERS & set(what):
        if code not in vouchers.months():
            raise Conflict(_("Nothing is posted in %(period)s: there are no vouchers to export yet."), period=code)
        if set(what) <= KINDS_OF_VOUCHERS:
            return period or Period(code=code)
    if period is None or (period.calculated_at is None and set(what) != {"unmatched"}):
        raise Conflict(_("%(period)s has not been calculated: there is nothing to export yet."), period=code)
    for name in what:
        if name in EXPORTS:
            EXPORTS[name].check(period)
    return period


def write_files(
    *,
    actor: User | None,
    period: str,
    what: Sequence[str],
    formats: Sequence[str],
    name: str,
    progress: Callable[[int, int, str], None] = lambda done, total, message: None,
) -> list[dict[str, Any]]:
    """Write `<what>.<format>` files into the agency's folder `name`, all from one snapshot of the database; documents
    in those of the formats that they have, else in their first.

    Personal data that a file holds in full is written to the audit trail. Returns name, rows (or documents) and size in
    bytes of each. Headers of xlsx and documents are in the current
    language. More than one file are packed into `all.zip` besides. Raises RuleError, NotAllowed and Conflict as the
    checks above do.
    """
    check_choice(what=what, formats=formats)
    wanted = [(kind, form) for kind in dict.fromkeys(what) for form in _forms(kind, formats)]
    written: list[dict[str, Any]] = []
    with snapshot(), files.draft_folder(name) as folder:
        check_allowed(actor=actor, what=what)
        agency = Agency.objects.get(pk=current_agency_id())
        month = exportable_period(period, what)
        _record_reveals(actor, month, dict.fromkeys(what))
        for kind, form in wanted:
            path = folder / f"{kind}.{form}"
            tell = partial(_tell, progress, path.name, len(written), len(wanted))
            tell(0, 1)
            rows = _write(path, kind, form, agency, month, tell)
            written.append({"name": path.name, "rows": rows, "size": path.stat().st_size})
        if len(written) > 1:
            _pack(folder, [entry["name"] for entry in written])
    return written


def formats_used(what: Sequence[str], formats: Sequence[str]) -> list[str]:
    """Those of the formats asked for that something is written in: papers and some files have only their own."""
    used = {form for kind in what for form in _forms(kind, formats)}
    return [form for form in dict.fromkeys(formats) if form in used]


def _forms(kind: str, formats: Sequence[str]) -> list[str]:
    """The formats that a kind is written in."""
    asked = list(dict.fromkeys(formats))
    if kind in EXPORTS:
        return asked
    own = DOCUMENTS[kind].forms
    return [form for form in asked if form in own] or [own[0]]


def _record_reveals(actor: User | None, period: Period, what: Iterable[str]) -> None:
    """Write to the audit trail of every payee whose personal data leaves in full, with what and for which month."""
    for name in what:
        if name in EXPORTS:
            told = {"fields": list(EXPORTS[name].revealed), "what": [name], "period": period.code}
            changes = [audit.Change(payee, None, told) for payee in EXPORTS[name].reveals(period)]
            audit.record_all(actor=actor, action="reveal", changes=changes)


def _tell(progress: Callable[[int, int, str], None], name: str, before: int, files: int, done: int, total: int) -> None:
    """How far all files are: those before are done, and `done` of `total` of this one."""
    progress(before * total + done, files * total, name)


def _write(path: Path, kind: str, form: str, agency: Agency, period: Period, tell: Callable[[int, int], None]) -> int:
    if kind in DOCUMENTS:
        return DOCUMENTS[kind].write(path, agency, period, tell)
    export = EXPORTS[kind]
    with local_times(agency.timezone), expecting(export.size(period)):
        frames, columns = export.frames(agency, period), export.columns_of(period)
        if form == "csv":
            return write_csv(path, columns, frames)
        title = f"{export.label} {period.code}"
        expected = export.expected(agency, period) if export.expected else None
        return write_xlsx(path, columns, frames, title=title, expected=expected)


def _pack(folder: Path, names: Sequence[str]) -> None:
    with zipfile.ZipFile(folder / "all.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name in names:
            archive.write(folder / name, name)


def run(
    *,
    job_id: int,
    actor: User | None,
    parameters: dict[str, Any],
    progress: Callable[[int, int, str], None],
    result: Callable[[str, str], None],
) -> dict[str, Any]:
    """The body of an export job: the files below `exports/<job>/`, and what there is to download."""
    name = f"{FOLDER}/{job_id}"
    with translation.override(parameters["language"]):
        written = write_files(
            actor=actor,
            period=parameters["period"],
            what=parameters["what"],
            formats=parameters["formats"],
            name=name,
            progress=progress,
        )
    only = written[0]["name"] if len(written) == 1 else "all.zip"
    shown = f"{parameters['period']}-{only}" if len(written) == 1 else f"{parameters['period']}.zip"
    result(f"{name}/{only}", shown)
    return {"files": written}


def has_expired(job: Job) -> bool:
    """Whether the file of a finished export is no longer handed out."""
    return job.finished_at is None or job.finished_at + KEPT < timezone.now()


def remove_expired() -> int:
    """Delete the expired export files of the agency in scope; returns how many folders went.

    By the folders' age, so that what a killed worker left behind goes too.
    """
    folder = files.path_of(FOLDER)
    oldest = time.time() - KEPT.total_seconds()
    expired = [path for path in folder.iterdir() if path.stat().st_mtime < oldest] if folder.is_dir() else []
    for path in expired:
        shutil.rmtree(path, ignore_errors=True)
    return len(expired)
