"""Every error is JSON with a code for programmes and a message for people, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from mcn.core.errors import Conflict, DomainError, NotAllowed


def _of_the_trade(error: DomainError) -> APIException:
    """A refused wish as the error of the protocol that fits."""
    if isinstance(error, NotAllowed):
        code, number = "permission_denied", status.HTTP_403_FORBIDDEN
    elif isinstance(error, Conflict):
        code, number = "conflict", status.HTTP_409_CONFLICT
    else:
        code, number = "invalid", status.HTTP_400_BAD_REQUEST
    found = APIException(str(error), code)
    found.status_code = number
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
