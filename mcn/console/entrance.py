"""Before an agency is chosen: the start address, and the way in by invitation."""

from typing import Any

from django import forms
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mcn.accounts import services
from mcn.accounts.models import Invitation, User
from mcn.accounts.selectors import doors, invitations
from mcn.core.errors import DomainError
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """`/`: straight into the only place one belongs to, else a choice of them and of the agencies that invite."""
    if not request.user.is_authenticated:
        return redirect_to_login("/")
    found, invited = doors(request.user), invitations(request.user)
    if len(found) == 1 and not invited:
        return redirect(found[0].url)
    return render(request, "account/doors.html", {"doors": found, "invitations": invited})


class PasswordForm(forms.Form):
    """A new member's password."""

    password = forms.CharField(
        label=_("Choose a password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, slug: str, token: str = "") -> HttpResponse:
    """`/join/<agency>/<token>/`: accept an invitation. An unknown agency looks like a used link.

    `/join/<agency>/`: accept one that was made for the person who is signed in.
    """
    signed_in = request.user if isinstance(request.user, User) else None
    if not token and signed_in is None:
        return redirect_to_login(request.get_full_path())
    with operator_scope(), transaction.atomic():
        agency = Agency.objects.filter(slug=slug, is_active=True).first()
    if agency is None:
        return render(request, "account/invitation.html", {"invitation": None}, status=404)
    with agency_scope(agency.pk), transaction.atomic():
        invitation = services.open_invitation(token=token, signed_in=signed_in)
        if invitation is None:
            return render(request, "account/invitation.html", {"invitation": None}, status=404)
        return _accept(request, agency, invitation, token, signed_in)


def _accept(
    request: HttpRequest, agency: Agency, invitation: Invitation, token: str, signed_in: User | None
) -> HttpResponse:
    known = User.objects.filter(email=invitation.email).first()
    needs_password = known is None or not known.has_usable_password()
    form = PasswordForm(request.POST or None) if needs_password else forms.Form()
    context: dict[str, Any] = {"invitation": invitation, "agency": agency, "form": form}
    if not needs_password and signed_in != known:
        return redirect_to_login(request.get_full_path())
    if request.method == "POST" and (not needs_password or form.is_valid()):
        password = form.cleaned_data["password"] if needs_password else None
        try:
            member = services.accept_invitation(token=token, password=password, signed_in=signed_in)
        except DomainError as error:
            context["problem"] = str(error)
            return render(request, "account/invitation.html", context, status=422)
        if signed_in != member.user:
            login(request, member.user, backend=BACKEND)
        return HttpResponseRedirect("/")
    return render(request, "account/invitation.html", context)
