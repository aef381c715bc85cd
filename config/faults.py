"""What a visitor is told when the product fails."""

import sys

import psycopg
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

SOON = 10  # seconds: so long the database takes to start again
# Connections that cannot be made or have broken off, and a server that is stopping or starting.
AWAY = ("08", "57P")


def server_error(request: HttpRequest) -> HttpResponse:
    """A page without anything of the database: 503 with Retry-After while that is away, else 500; JSON for the API."""
    away = _is_away(sys.exc_info()[1])
    status = 503 if away else 500
    if away and "/api/" in request.path:
        message = _("The database does not answer just now. Please try again in a moment.")
        response: HttpResponse = JsonResponse({"code": "unavailable", "message": message}, status=status)
    else:
        response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    if away:
        response["Retry-After"] = str(SOON)
    return response


def _is_away(error: BaseException | None) -> bool:
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return state is None or state.startswith(AWAY)
