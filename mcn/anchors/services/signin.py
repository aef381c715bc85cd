"""Letting an anchor in: the own pages show the earnings of the anchor whose sign-in the member is."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Invitation, Membership, User
from mcn.accounts.permissions import Role
from mcn.accounts.services import invite, member_save
from mcn.anchors.models import Anchor
from mcn.anchors.services.people import anchor_save
from mcn.core.errors import RuleError


@transaction.atomic
def anchor_link(*, actor: User | None, anchor: Anchor, member: Membership | None) -> tuple[Anchor, str]:
    """Make `member` the sign-in of the anchor, or unlink with None; returns the anchor and the outcome.

    A member without the anchor's role gets it. Raises RuleError if the member already is another anchor's
    sign-in.
    """
    if member is not None and Role.ANCHOR not in member.roles:
        member, _outcome = member_save(
            actor=actor,
            email=member.user.email,
            name=member.name,
            roles=[*member.roles, Role.ANCHOR],
            is_active=member.is_active,
        )
    return anchor_save(actor=actor, code=anchor.code, stage_name=anchor.stage_name, payee=anchor.payee, member=member)


@transaction.atomic
def anchor_invite(*, actor: User, anchor: Anchor, email: str) -> tuple[Invitation, str]:
    """Invite the anchor by e-mail; returns the invitation and the secret token of its link.

    The membership is made now, inactive, and linked to the anchor; accepting the invitation opens it.
    Raises RuleError for a malformed address, an anchor who can sign in already, and the address of an active
    member, who is to be linked instead of invited.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise RuleError(_("%(email)s is not an e-mail address."), field="email", email=email) from error
    if anchor.member is not None and anchor.member.is_active:
        raise RuleError(_("%(anchor)s can already sign in as %(member)s."), anchor=anchor, member=anchor.member)
    known = Membership.objects.filter(user__email=email).first()
    if known is not None and known.is_active:
        raise RuleError(_("%(email)s is a member already: choose it below."), field="email", email=email)
    member, _outcome = member_save(
        actor=actor, email=email, name=anchor.stage_name, roles=[Role.ANCHOR], is_active=False
    )
    anchor_link(actor=actor, anchor=anchor, member=member)
    return invite(actor=actor, email=email, name=anchor.stage_name, roles=[Role.ANCHOR])
