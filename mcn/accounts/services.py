"""Members: add, change, invite, accept."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mcn.accounts import audit
from mcn.accounts.keeping import CHANGED, CREATED, UNCHANGED, find, keep
from mcn.accounts.models import Invitation, Membership, User
from mcn.accounts.permissions import Role
from mcn.accounts.selectors import is_member_elsewhere
from mcn.core.errors import Conflict, RuleError

INVITATION_DAYS = 7


@transaction.atomic
def member_save(
    *, actor: User | None, email: str, name: str, roles: list[str], is_active: bool = True
) -> tuple[Membership, str]:
    """Add the member with this e-mail or change name and roles; returns it and created / changed / unchanged.

    A new user has no usable password: they come in by an invitation link. Raises RuleError where the change
    would leave the agency without an active owner.
    """
    email = email.strip().lower()
    roles = sorted(set(roles))
    _check_roles(roles)
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, name=name)
    member = find(Membership, user=user)
    was_owner = member is not None and Role.OWNER in member.roles
    member, outcome = keep(member, Membership, actor=actor, user=user, name=name, roles=roles, is_active=is_active)
    owners = Membership.objects.filter(roles__contains=[Role.OWNER], is_active=True)
    if was_owner and outcome == CHANGED and not owners.exists():
        raise RuleError(_("An agency keeps at least one active owner."), field="roles")
    return member, outcome


def _check_roles(roles: list[str]) -> None:
    unknown = set(roles) - set(Role.values)
    if unknown or not roles:
        raise RuleError(_("Unknown role %(role)s."), field="roles", role=", ".join(sorted(unknown)) or "–")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def has_account_only(email: str) -> bool:
    """Whether somebody has this e-mail on the platform, but is no member of the agency in scope, active or not.

    Such a person becomes a member by accepting an invitation, never by what others write.
    """
    email = email.strip().lower()
    is_member = Membership.objects.filter(user__email=email).exists()
    return not is_member and User.objects.filter(email=email).exists()


@transaction.atomic
def invitation_save(*, actor: User | None, email: str, name: str, roles: list[str]) -> tuple[Invitation, str]:
    """Invite somebody who has an account, once; returns the invitation and created / changed / unchanged.

    An open invitation takes name and roles over, one that has run out is made anew, and a revoked one stays revoked.
    Nobody gets its token: it is accepted after sign-in. Raises RuleError for roles that do not exist.
    """
    roles = sorted(set(roles))
    _check_roles(roles)
    last = Invitation.objects.select_for_update().filter(email=email.strip().lower()).order_by("-pk").first()
    if last is None or not (last.is_open or last.revoked_at):
        return invite(actor=actor, email=email, name=name, roles=roles)[0], CREATED
    if last.revoked_at or (last.name, last.roles) == (name, roles):
        return last, UNCHANGED
    before = audit.snapshot(last)
    last.name, last.roles = name, roles
    last.save(update_fields=["name", "roles"])
    audit.record(actor=actor, action="change", target=last, before=before, after=audit.snapshot(last))
    return last, CHANGED


@transaction.atomic
def invite(*, actor: User | None, email: str, name: str, roles: list[str]) -> tuple[Invitation, str]:
    """Make an invitation; returns it and the secret token that goes into the link (kept only as a hash).

    `actor` None = an agency file. Raises RuleError for roles that do not exist.
    """
    _check_roles(roles)
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email.strip().lower(),
        name=name,
        roles=sorted(set(roles)),
        token_hash=_hash(token),
        invited_by=actor,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    invitation.save()
    audit.record(actor=actor, action="invite", target=invitation, after=audit.snapshot(invitation))
    return invitation, token


@transaction.atomic
def invitation_revoke(*, actor: User, invitation: Invitation) -> Invitation:
    """Shut an open invitation: its link opens nothing any more. Raises Conflict if it has been accepted."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if invitation.accepted_at is not None:
        raise Conflict(_("The invitation of %(email)s has been accepted already."), email=invitation.email)
    before = audit.snapshot(invitation)
    invitation.revoked_at = timezone.now()
    invitation.expires_at = min(invitation.expires_at, invitation.revoked_at)
    invitation.save(update_fields=["expires_at", "revoked_at"])
    audit.record(actor=actor, action="revoke", target=invitation, before=before, after=audit.snapshot(invitation))
    return invitation


def _open(token: str, signed_in: User | None) -> QuerySet[Invitation]:
    found = Invitation.objects.filter(accepted_at__isnull=True, expires_at__gt=timezone.now()).order_by("-pk")
    return found.filter(token_hash=_hash(token)) if token else found.filter(email=signed_in.email if signed_in else "")


def open_invitation(*, token: str, signed_in: User | None) -> Invitation | None:
    """The invitation of the agency in scope that is neither used nor expired: the token's, or without a token the
    newest one for the person who is signed in."""
    return _open(token, signed_in).first()


@transaction.atomic
def accept_invitation(*, token: str, password: str | None, signed_in: User | None) -> Membership:
    """Join with the roles of the invitation that `open_invitation` finds. A person without an account sets a password;
    one with an account has to be signed in as the invited e-mail. Raises RuleError otherwise, and for a used or
    expired invitation.

    Whoever invites sees the link. So it sets no password for somebody whom another agency has as a member: that
    would open the other agency to the one who invites.
    """
    invitation = _open(token, signed_in).select_for_update().first()
    if invitation is None:
        raise RuleError(_("This invitation has been used or has expired. Ask the agency for a new one."))
    user = User.objects.filter(email=invitation.email).first()
    if user is not None and user.has_usable_password():
        if signed_in != user:
            raise RuleError(_("Sign in as %(email)s to accept this invitation."), email=invitation.email)
    else:
        if user is not None and is_member_elsewhere(user):
            raise RuleError(
                _("%(email)s has no password yet. Set one by “Forgot your password?” on the sign-in page first."),
                email=invitation.email,
            )
        user = user or User.objects.create_user(invitation.email, name=invitation.name)
        try:
            validate_password(password or "", user)
        except ValidationError as error:
            raise RuleError(" ".join(error.messages), field="password") from error
        user.set_password(password)
        user.save(update_fields=["password"])
    return _join(invitation, actor=user)


def _join(invitation: Invitation, *, actor: User | None) -> Membership:
    member, _outcome = member_save(
        actor=actor, email=invitation.email, name=invitation.name, roles=invitation.roles, is_active=True
    )
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    return member


@transaction.atomic
def invitation_vouch(*, email: str) -> Membership | None:
    """Let the operator, who runs the command line, accept the open invitation of a person whom they name there.

    Returns the new member, or None where nobody with this e-mail waits.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    invitation = _open("", user).select_for_update().first()
    return _join(invitation, actor=None) if invitation else None
