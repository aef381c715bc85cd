"""From the address to the agency: `/a/<slug>/…` is its console for staff, `/me/<slug>/…` its anchors' pages.

The prefix moves into SCRIPT_NAME, so that every `reverse()` of the request stays inside the agency. One
transaction spans the whole response, rendering included: the scope ends with the transaction.
"""

import re
from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.core.handlers.exception import response_for_exception
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import get_script_prefix, set_script_prefix
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from mcn.accounts import audit
from mcn.accounts.models import Membership
from mcn.accounts.permissions import STAFF, Role
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, user_scope

Handler = Callable[[HttpRequest], HttpResponse]
PREFIX = re.compile(r"^/(a|me)/([a-z0-9-]{1,40})(/.*)$")
URLCONFS = {"a": "config.urls_console", "me": "config.urls_portal"}
ROLES = {"a": STAFF, "me": frozenset({Role.ANCHOR})}


class AgencyMiddleware:
    """Resolves agency and membership; a stranger gets the same 404 as for an agency that does not exist."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.agency = request.member = None  # type: ignore[attr-defined]
        token = audit.remote_address.set(request.META.get("REMOTE_ADDR"))
        try:
            match = PREFIX.match(request.path_info)
            return self._inside(request, *match.groups()) if match else self.get_response(request)
        finally:
            audit.remote_address.reset(token)

    def _inside(self, request: HttpRequest, area: str, slug: str, rest: str) -> HttpResponse:
        if not request.user.is_authenticated:
            if rest.startswith("/api/"):
                answer = {"code": "not_authenticated", "message": _("Sign in first.")}
                return JsonResponse(answer, status=401, headers={"WWW-Authenticate": "Session"})
            return redirect_to_login(request.get_full_path())
        user_id = request.user.pk
        with user_scope(user_id), transaction.atomic():
            agency = Agency.objects.filter(slug=slug, is_active=True).first()
        if agency is None:
            return _not_found(request)
        with agency_scope(agency.pk), transaction.atomic():
            member = Membership.objects.filter(user_id=user_id, is_active=True).first()
            if member is None or not ROLES[area] & set(member.roles):
                return _not_found(request)
            request.agency, request.member = agency, member  # type: ignore[attr-defined]
            request.urlconf = URLCONFS[area]  # type: ignore[attr-defined]
            before = get_script_prefix()
            prefix = f"/{area}/{slug}"
            request.META["SCRIPT_NAME"] = prefix
            request.path_info = request.META["PATH_INFO"] = rest
            set_script_prefix(prefix + "/")
            try:
                # Times are typed and shown on the agency's own clock.
                with timezone.override(agency.timezone):
                    response = self.get_response(request)
                    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                        response.render()
                if response.status_code >= 500:
                    transaction.set_rollback(True)
                patch_cache_control(response, private=True, no_store=True)  # an agency's figures, whatever the page
                return response
            finally:
                set_script_prefix(before)


def _not_found(request: HttpRequest) -> HttpResponse:
    return response_for_exception(request, Http404())
