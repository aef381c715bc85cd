"""The errors a user may cause, each with a sentence that names place and reason.

The message is a translatable template with named placeholders; it is rendered when shown, so that it
appears in the reader's language wherever the error was raised (web request, worker, command line).
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from mcn.core.formats import listed


class DomainError(Exception):
    """Something the user asked for cannot be done; nothing was changed.

    `message` is a (lazy) translatable template, `params` fill its named placeholders, `field` names the
    form field or path in a file that it is about.
    """

    def __init__(self, message: Any, *, field: str | None = None, **params: Any) -> None:
        self.message = message
        self.params = params
        self.field = field
        super().__init__(message)

    def __str__(self) -> str:
        text = str(self.message)
        return text % self.params if self.params else text


class Listed(tuple[Any, ...]):
    """Things named one after another in a sentence, as the reader's language separates them.

    A parameter of a DomainError; its items may be DomainErrors themselves.
    """

    def __str__(self) -> str:
        return listed(self)


def unreadable(error: OSError) -> str:
    """Why a file cannot be read, in the reader's language as far as the reason is a common one."""
    reasons = {
        FileNotFoundError: _("There is no such file."),
        IsADirectoryError: _("This is a folder, not a file."),
        PermissionError: _("The file may not be read by this user."),
    }
    return str(reasons.get(type(error), error.strerror or error))


class RuleError(DomainError):
    """The input breaks a rule of the trade (overlap, gap, share above 100 %)."""


class Conflict(DomainError):
    """The record is in a state that does not allow this, or somebody else was faster."""


class NotAllowed(DomainError):
    """The person lacks the permission, or may not do this to an own record."""
