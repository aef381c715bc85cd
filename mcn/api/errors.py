"""Every error is JSON with a code for programmes and a message for people, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from mcn.core.errors import Conflict, DomainError, NotAllowed


def _of_the_trade(error: DomainError) -> APIException:
    """A refused wish as the error of the protocol that fits."""
    if isinstance(error, NotAllowed):
        return PermissionDenied(str(error))
    found = APIException(str(error), "conflict" if isinstance(error, Conflict) else "invalid")
    found.status_code = status.HTTP_409_CONFLICT if isinstance(error, Conflict) else status.HTTP_400_BAD_REQUEST
    return found


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """`{"code": …, "message": …}`, with `fields` (name → sentences) where single values are not valid."""
    response = exception_handler(_of_the_trade(error) if isinstance(error, DomainError) else error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        fields = response.data if isinstance(response.data, dict) else {"": response.data}
        response.data = {"code": "invalid", "message": _("Some values are not valid."), "fields": fields}
    else:
        detail = response.data["detail"]
        response.data = {"code": detail.code, "message": str(detail)}
    return response
