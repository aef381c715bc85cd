"""Nothing is allowed that is not named."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # the framework reads its settings, and with them this module, before it has its views
    from rest_framework.views import APIView


class NamedPermission(BasePermission):
    """Allows members whose roles have the view's `permission`, a code of `mcn.accounts.permissions`.

    A view without one allows nobody, and `mcn.api.checks` refuses to start with it.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        member = getattr(request, "member", None)
        code = getattr(view, "permission", "")
        return bool(member and code and member.can(code))
