"""Inviting members, and taking an invitation back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts.models import Invitation, Membership
from mcn.accounts.permissions import STAFF, Role
from mcn.accounts.services import invitation_revoke, invite
from mcn.console.settings.invitations import deliver
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError

STAFF_ROLES = [(role.value, role.label) for role in Role if role in STAFF]


class InviteForm(forms.Form):
    """Whom to invite, with which roles. Anchors are invited on their own pages, which link them."""

    email = forms.EmailField(label=gettext_lazy("E-mail"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=STAFF_ROLES, widget=forms.CheckboxSelectMultiple
    )

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        if Membership.objects.filter(user__email=email, is_active=True).exists():
            raise forms.ValidationError(_("This person is a member already; change the roles there."))
        return email


class MemberInvite(ConsoleView):
    """The form, then the link, shown once."""

    permission = "members.change"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.answer(InviteForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = InviteForm(request.POST)
        if not form.is_valid():
            return self.answer(form, 422)
        try:
            invitation, token = invite(actor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            return self.answer(form, 422)
        context: dict[str, Any] = deliver(request, invitation, token) | {"back": reverse("console:members")}
        return self.page("console/settings/invited.html", context)

    def answer(self, form: InviteForm, status: int = 200) -> HttpResponse:
        context = {
            "title": _("Invite a member"),
            "form": form,
            "crumbs": [(_("Members"), reverse("console:members"))],
            "back": reverse("console:members"),
        }
        return self.page("console/settings/invite.html", context, status)


class InvitationRevoke(ConsoleView):
    """Shuts an open invitation."""

    permission = "members.change"
    http_method_names = ["post"]  # noqa: RUF012 -- as Django's View declares it

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        rows = Invitation.objects.filter(agency=request.agency)  # type: ignore[attr-defined]
        invitation = get_object_or_404(rows, pk=pk)
        try:
            invitation_revoke(actor=request.user, invitation=invitation)  # type: ignore[arg-type]
        except DomainError as error:
            messages.error(request, capfirst(str(error)))
        else:
            messages.success(request, _("The link for %(email)s no longer opens.") % {"email": invitation.email})
        return HttpResponseRedirect(reverse("console:invitations"))
