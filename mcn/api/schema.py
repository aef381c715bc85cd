"""What the description of the API (OpenAPI) adds to what the code says."""

from contextlib import nullcontext
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from mcn.tenancy.scope import agency_scope, current

NO_AGENCY = 0
ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string", "description": "For programmes; stable."},
        "message": {"type": "string", "description": "For people; in the language of Accept-Language."},
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
RESPONSES = {
    "400": "A filter's value is not valid.",
    "401": "Nobody is signed in.",
    "403": "The member's roles lack the permission.",
    "404": "No such record, or no such agency for this person.",
}


class ConsoleSessionScheme(OpenApiAuthenticationExtension):
    """How the description of the API names it."""

    target_class = "mcn.api.authentication.ConsoleSession"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class Generator(SchemaGenerator):
    """Describes the addresses of the console's site, for the agency that asks or, on the command line, for any."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["urlconf"] = kwargs.get("urlconf") or "config.urls_console"
        super().__init__(*args, **kwargs)

    def get_schema(self, request: Request | None = None, public: bool = False) -> dict[str, Any]:
        """The description, in English. No record is read, but the models' managers ask whose it would be."""
        scope = nullcontext() if current().agency_id else agency_scope(NO_AGENCY)
        with translation.override("en"), scope:
            result: dict[str, Any] = super().get_schema(request, public)
        result["servers"] = [_server(request)]
        result["components"]["schemas"]["Error"] = ERROR
        for path, operations in result["paths"].items():
            for operation in operations.values():
                operation["summary"] = operation["description"].split("\n\n")[0].replace("\n", " ")
                operation["responses"] |= {number: _error(number) for number in RESPONSES if _may(number, path)}
        return result


def _server(request: Request | None) -> dict[str, Any]:
    prefix = request.META.get("SCRIPT_NAME") if request else ""
    variables = {"agency": {"default": "agency", "description": "The agency's short name."}}
    return {"url": prefix} if prefix else {"url": "/a/{agency}", "variables": variables}


def _error(number: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    return {"description": RESPONSES[number], "content": {"application/json": {"schema": schema}}}


def _may(number: str, path: str) -> bool:
    return number != "400" or not path.endswith("}/")
