"""The agency's logo: on its pages, and on the papers of its statements.

A picture is named by its content and is never removed, as closed months show the one that they were closed with.
"""

import hashlib
import io

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.models import User
from mcn.core.errors import RuleError
from mcn.core.pictures import NoPicture, picture
from mcn.settlements.pdf.rendering import can_be_set
from mcn.settlements.services import moves
from mcn.tenancy import files
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import current_agency_id

FOLDER = "logos"
MOST_BYTES = 1 << 20
MOST_SIDE = 4000  # pixels
TYPES = {".png": "image/png", ".jpg": "image/jpeg"}


@transaction.atomic
def logo_save(*, actor: User, upload: UploadedFile) -> Agency:
    """Make the picture the agency's logo: stored without anything that does not draw it.

    Raises NotAllowed, and RuleError for more than 1 MB, more than 4,000 pixels on a side, and for what is no PNG or
    JPEG picture by its content (SVG may hold programmes, and is none).
    """
    moves.check_allowed(actor, "settings.change")
    if (upload.size or 0) > MOST_BYTES:
        raise RuleError(_("The logo is larger than 1 MB."), field="logo")
    try:
        found = picture(upload.read(), most_side=MOST_SIDE)
    except NoPicture as error:
        raise RuleError(
            _("The logo has to be a whole PNG or JPEG picture of at most %(side)s × %(side)s pixels."),
            field="logo",
            side=MOST_SIDE,
        ) from error
    name = f"{FOLDER}/{hashlib.sha256(found.content).hexdigest()}.{found.ending}"
    files.store(name, io.BytesIO(found.content))
    if not can_be_set(files.path_of(name)):
        raise RuleError(_("The logo is damaged: it cannot be put on a paper."), field="logo")
    return _keep(actor, name)


@transaction.atomic
def logo_remove(*, actor: User) -> Agency:
    """From now on the agency has no logo. Raises NotAllowed."""
    moves.check_allowed(actor, "settings.change")
    return _keep(actor, "")


def _keep(actor: User, name: str) -> Agency:
    agency = Agency.objects.select_for_update().get(pk=current_agency_id())
    if agency.logo != name:
        before = {"logo": agency.logo}
        agency.logo = name
        agency.save(update_fields=["logo"])
        # No “change”: nothing that a calculation reads is another one.
        audit.record(actor=actor, action="set_logo", target=agency, before=before, after={"logo": name})
    return agency
