"""The shape of the file against the JSON Schema beside this module, told in the reader's language."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from mcn.core.errors import DomainError
from mcn.settlements.agency_file.problems import Problem
from mcn.settlements.agency_file.reading import Document

SCHEMA = Path(__file__).with_name("schema.json")

WRITTEN = {
    "money": _("%(value)s is not an amount in yuan such as 1234.56."),
    "rate": _("%(value)s is not a rate such as 0.35."),
    "number": _("%(value)s is not a number such as 156.0."),
    "count": _("%(value)s is not a whole number."),
    "date": _("%(value)s is not a date such as 2026-07-31."),
    "month": _("%(value)s is not a month such as 2026-07."),
    "moment": _("%(value)s is not a time such as 2026-07-03T19:00."),
    "time": _("%(value)s is not a time of day such as 04:00."),
    "email": _("%(value)s is not an e-mail address."),
}
TYPES = {
    "array": _("must be a list"),
    "object": _("must hold keys and values"),
    "boolean": _("must be true or false"),
    "string": _("must be text"),
    "number": _("must be a number"),
    "integer": _("must be a whole number"),
}


@lru_cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def problems(document: Document) -> list[Problem]:
    """Everything in which the document differs from the schema, in the order of the file."""
    found = [
        document.problem(path, reason)
        for error in _validator().iter_errors(document.data)
        for path, reason in _told(error)
    ]
    return sorted(found, key=lambda problem: (problem.line or 0, problem.path))


def _path(error: ValidationError) -> str:
    path = ""
    for step in error.absolute_path:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _told(error: ValidationError) -> Iterator[tuple[str, Any]]:
    path, schema, value = _path(error), error.schema, error.instance
    match error.validator:
        case "additionalProperties":
            for key in value:
                if key not in schema["properties"]:
                    yield _below(path, key), _("is not a key of the agency file here")
        case "required":
            missing = next(key for key in error.validator_value if f"'{key}'" in error.message)
            yield _below(path, missing), _("is missing")
        case "type":
            kinds = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
            yield path, _("must not be empty") if value is None else TYPES[kinds[0]]
        case "enum":
            allowed = ", ".join(dict.fromkeys(str(item) for item in error.validator_value if item is not None))
            yield path, DomainError(_("%(value)s is not one of: %(allowed)s."), value=value, allowed=allowed)
        case "pattern":
            yield path, DomainError(WRITTEN[schema["title"]], value=value)
        case "minLength" | "minItems":
            yield path, _("must not be empty")
        case "maxLength":
            yield (
                path,
                DomainError(_("is longer than %(length)s characters"), length=error.validator_value),
            )
        case "minProperties" | "maxProperties":
            yield path, DomainError(_("names exactly one of: %(allowed)s."), allowed=", ".join(schema["properties"]))
        case _:  # a keyword that the schema does not use today
            yield path, error.message
