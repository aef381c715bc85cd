"""Addresses of the settings that are no plain records."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from mcn.console import navigation
from mcn.console.settings.agency import AgencyPage
from mcn.console.settings.audit import AuditTrail
from mcn.console.settings.logo import Logo, LogoChange
from mcn.console.settings.members import InvitationRevoke

navigation.add("settings", navigation.Item(_("Agency"), "console:agency", "settings.view", 10))
navigation.add("settings", navigation.Item(_("Audit trail"), "console:audit", "audit.view", 40))

urlpatterns = [
    path("settings/", AgencyPage.as_view(), name="agency"),
    path("settings/logo/", Logo.as_view(), name="logo"),
    path("settings/logo/change/", LogoChange.as_view(), name="logo-change"),
    path("audit/", AuditTrail.as_view(), name="audit"),
    path("invitations/<int:pk>/revoke/", InvitationRevoke.as_view(), name="invitations-revoke"),
]
