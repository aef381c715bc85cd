"""Members and invitations."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from mcn.accounts.models import Invitation, Membership
from mcn.accounts.permissions import Role
from mcn.accounts.services import member_save
from mcn.console.generic import Resource, Section, register
from mcn.console.generic.forms import RecordForm
from mcn.console.generic.resource import Action
from mcn.console.settings.members import MemberInvite


class MemberForm(RecordForm):
    """Name, roles, and whether the member may come in."""

    roles = forms.MultipleChoiceField(label=_("Roles"), choices=Role.choices, widget=forms.CheckboxSelectMultiple)


@register
class Members(Resource):
    model = Membership
    slug = "members"
    area = "settings"
    icon = "users"
    order = 20
    view_permission = "members.view"
    change_permission = "members.change"
    columns = ("name", "user__email", "roles", "is_active", "created_at")
    search = ("name", "user__email")
    filters = ("is_active",)
    ordering = ("name", "pk")
    select_related = ("user",)
    fields = ("name", "roles", "is_active")
    locked = ()
    form_base = MemberForm
    sections: ClassVar = (Section("", ("name", "user__email", "roles", "is_active", "created_at")),)
    lead = _("Who may come in, and what for. A member who leaves is deactivated, never deleted.")

    def urlpatterns(self) -> list[URLPattern]:
        # A member is not entered but invited.
        kept = [pattern for pattern in super().urlpatterns() if pattern.name != "members-new"]
        return [path("members/new/", MemberInvite.as_view(), name="members-new"), *kept]

    def change(self, *, actor: Any, record: Any, data: dict[str, Any]) -> Model:
        return member_save(actor=actor, email=record.user.email, **data)[0]


@register
class Invitations(Resource):
    model = Invitation
    slug = "invitations"
    area = "settings"
    icon = "mail"
    order = 30
    view_permission = "members.view"
    columns = ("email", "name", "roles", "created_at", "expires_at", "accepted_at")
    search = ("email", "name")
    ordering = ("-created_at", "-pk")
    sections: ClassVar = (Section("", ("email", "name", "roles", "created_at", "expires_at", "accepted_at")),)
    lead = _("Whom you have asked to join. A link opens once, within seven days.")
    empty_why = _("Nobody has been invited yet. Invite colleagues under Members, anchors on their own page.")

    def actions(self, request: HttpRequest, record: Any) -> list[Action]:
        if not record.is_open or not request.member.can("members.change"):  # type: ignore[attr-defined]
            return []
        url = reverse("console:invitations-revoke", args=[record.pk])
        question = _("The link no longer opens; you can invite the person again.")
        return [Action(_("Revoke"), url, "ban", post=True, question=question, tone="danger")]
