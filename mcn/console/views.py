"""What every console view shares: it names one permission, and answers 404 to those who have no console."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views import View


class ConsoleView(View):
    """Base of the console's views.

    `permission` is a code of `mcn.accounts.permissions.PERMISSIONS`; POST needs `change_permission` where
    that is given. A member without any console role (an anchor) gets 404, one whose roles lack the
    permission gets 403. Pages hold private figures, so no cache keeps them.
    """

    permission: str = ""
    change_permission: str = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        member = getattr(request, "member", None)
        if member is None or not member.can("home.view"):
            raise Http404
        needed = self.permission if request.method in {"GET", "HEAD", "OPTIONS"} else self.writing_permission
        if not member.can(needed):
            raise PermissionDenied
        response = super().dispatch(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response  # type: ignore[return-value]

    @property
    def writing_permission(self) -> str:
        return self.change_permission or self.permission

    def page(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Render now, inside the request's transaction: outside it there are no rows."""
        return render(self.request, template, context, status=status)
