"""How an anchor comes in: linking a member, inviting by e-mail."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mcn.accounts.models import Membership
from mcn.anchors.models import Anchor
from mcn.anchors.services.signin import anchor_invite, anchor_link
from mcn.console.settings.invitations import deliver
from mcn.console.views import ConsoleView
from mcn.core.errors import DomainError


class LinkForm(forms.Form):
    """Which member is the anchor."""

    member: Any = forms.ModelChoiceField(
        label=gettext_lazy("Member"), queryset=QuerySet(Membership).none(), empty_label=gettext_lazy("Please choose")
    )

    def __init__(self, *args: Any, agency: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Membership.objects.filter(agency=agency, is_active=True, anchor__isnull=True)
        self.fields["member"].queryset = free.select_related("user").order_by("name")  # type: ignore[attr-defined]
        self.fields["member"].label_from_instance = lambda one: f"{one} · {one.user.email}"  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    """Where the invitation goes."""

    email = forms.EmailField(label=gettext_lazy("E-mail"))


class SignIn(ConsoleView):
    """Who signs in as this anchor; link, unlink, invite."""

    permission = "members.view"
    change_permission = "members.change"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.answer(self.anchor(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        anchor = self.anchor(pk)
        agency, actor, do = request.agency, request.user, request.POST.get("do")  # type: ignore[attr-defined]
        form: forms.Form | None = None
        try:
            if do == "invite":
                form = InviteForm(request.POST)
                if not form.is_valid():
                    return self.answer(anchor, invite=form, status=422)
                invitation, token = anchor_invite(actor=actor, anchor=anchor, email=form.cleaned_data["email"])  # type: ignore[arg-type]
                context = deliver(request, invitation, token)
                back = reverse("console:anchors-detail", args=[anchor.pk])
                return self.page("console/settings/invited.html", context | {"back": back})
            if do == "link":
                form = LinkForm(request.POST, agency=agency)
                if not form.is_valid():
                    return self.answer(anchor, link=form, status=422)
                anchor_link(actor=actor, anchor=anchor, member=form.cleaned_data["member"])  # type: ignore[arg-type]
            elif do == "unlink":
                anchor_link(actor=actor, anchor=anchor, member=None)  # type: ignore[arg-type]
        except DomainError as error:
            if form is None:
                messages.error(request, capfirst(str(error)))
                return self.answer(anchor, status=422)
            form.add_error(error.field if error.field in form.fields else None, capfirst(str(error)))
            key = "invite" if do == "invite" else "link"
            return self.answer(anchor, status=422, **{key: form})
        messages.success(request, _("The sign-in of %(anchor)s has been changed.") % {"anchor": anchor})
        return HttpResponseRedirect(request.path)

    def anchor(self, pk: int) -> Anchor:
        rows = Anchor.objects.filter(agency=self.request.agency)  # type: ignore[attr-defined]
        return get_object_or_404(rows.select_related("member__user", "payee"), pk=pk)

    def answer(self, anchor: Anchor, *, link: Any = None, invite: Any = None, status: int = 200) -> HttpResponse:
        request = self.request
        context = {
            "title": _("Sign-in of %(anchor)s") % {"anchor": anchor.stage_name},
            "crumbs": [
                (_("Anchors"), reverse("console:anchors")),
                (str(anchor), reverse("console:anchors-detail", args=[anchor.pk])),
            ],
            "anchor": anchor,
            "link": link or LinkForm(agency=request.agency),  # type: ignore[attr-defined]
            "invite": invite or InviteForm(),
            "unlink": {"do": "unlink"},
            "may_change": request.member.can("members.change"),  # type: ignore[attr-defined]
        }
        return self.page("console/anchors/signin.html", context, status)
