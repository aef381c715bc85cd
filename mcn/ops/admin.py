"""What operators keep: the list of agencies, and who is an operator. Never an agency's data, never a password."""

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from mcn.accounts.agencies import agency_save, agency_set_active
from mcn.accounts.mailing import invitation_link, mail_invitation
from mcn.accounts.models import User
from mcn.accounts.permissions import Role
from mcn.accounts.services import invite
from mcn.ops.site import site
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope


class OperatorAdmin(ModelAdmin):
    """Operators may look at everything registered here and delete nothing."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class NewAgencyForm(forms.ModelForm):
    """A new agency, and who is to own it."""

    owner_name = forms.CharField(
        label=gettext_lazy("First owner's name"), max_length=80, widget=UnfoldAdminTextInputWidget
    )
    owner_email = forms.EmailField(
        label=gettext_lazy("First owner's e-mail"),
        widget=UnfoldAdminEmailInputWidget,
        help_text=gettext_lazy("Gets an invitation; its link is also shown once after saving."),
    )

    class Meta:
        model = Agency
        fields = ("name", "slug", "timezone")

    def clean_timezone(self) -> str:
        try:
            ZoneInfo(self.cleaned_data["timezone"])
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise forms.ValidationError(
                _("%(zone)s is not a time zone such as Asia/Shanghai.") % {"zone": self.cleaned_data["timezone"]}
            ) from error
        return str(self.cleaned_data["timezone"])


class AgencyAdmin(OperatorAdmin):
    """Made with an invitation for the first owner; deactivated, never deleted."""

    list_display = ("name", "slug", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    ordering = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return site.has_permission(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewAgencyForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            fields: tuple[str, ...] = ("name", "slug", "timezone", "owner_name", "owner_email")
        else:
            fields = ("name", "slug", "is_active", "created_at")
        return [(None, {"fields": fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("slug", "created_at") if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Agency, form: Any, change: bool) -> None:
        """The services write, and leave their trace in the agency's own audit trail."""
        actor: Any = request.user
        if change:
            agency_save(actor=actor, slug=obj.slug, name=obj.name)
            agency_set_active(actor=actor, agency=obj, is_active=obj.is_active)
            return
        data = form.cleaned_data
        agency, _outcome = agency_save(actor=actor, slug=data["slug"], name=data["name"], timezone=data["timezone"])
        obj.pk = agency.pk
        with agency_scope(agency.pk):
            invitation, token = invite(
                actor=actor, email=data["owner_email"], name=data["owner_name"], roles=[Role.OWNER]
            )
        link = invitation_link(request, agency.slug, token)
        mailed = mail_invitation(agency.name, invitation, link)
        words = _("The invitation has been mailed.") if mailed else _("The mail could not be sent: pass on this link.")
        once = _("Link for %(email)s, shown this once: %(link)s") % {"email": invitation.email, "link": link}
        messages.info(request, f"{words} {once}")


class UserAdmin(OperatorAdmin):
    """Everybody who can sign in. Passwords are neither shown nor set here: people set their own by mail."""

    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = ("email", "date_joined", "last_login")
        # Nobody shuts oneself out.
        return (*fixed, "is_active", "is_staff") if obj == request.user else fixed


site.register(Agency, AgencyAdmin)
site.register(User, UserAdmin)
