"""What a value must be before a service saves it. What is not given (KEEP) passes, and so does None where
the field may be empty.

Each raises RuleError with the form field, or the path in a file, that the value came from.
"""

from datetime import date
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from mcn.accounts.keeping import KEEP
from mcn.core.errors import RuleError
from mcn.core.platforms import Platform


def one_of(choices: type[models.TextChoices], value: str, *, field: str) -> None:
    """The value is one of the codes of `choices`."""
    if value is not KEEP and value not in choices.values:
        raise RuleError(
            _("%(value)s is not one of: %(allowed)s."), field=field, value=value, allowed=", ".join(choices.values)
        )


def platform(value: str, *, field: str = "platform") -> None:
    """The value is the code of a platform."""
    if value not in Platform.values:
        raise RuleError(_("There is no platform %(platform)s."), field=field, platform=value)


def rate(value: Decimal | None, *, field: str) -> None:
    """A rate is between 0 and 1, both included."""
    if value is not KEEP and value is not None and not 0 <= value <= 1:
        raise RuleError(_("%(rate)s is not between 0 and 1."), field=field, rate=value)


def not_negative(**amounts: int | None) -> None:
    """No amount or count is below zero; each is named by its field."""
    for field, amount in amounts.items():
        if amount is not KEEP and amount is not None and amount < 0:
            raise RuleError(_("must not be negative."), field=field)


def days_in_order(starts_on: date, ends_on: date) -> None:
    """A last day, which is included, is not before the first; the field is `ends_on`."""
    if ends_on < starts_on:
        raise RuleError(
            _("ends on %(until)s, before its start on %(start)s."), field="ends_on", until=ends_on, start=starts_on
        )


def end_after_start(starts_on: date, until: date | None, *, field: str = "until") -> None:
    """An end, which is not included, is after the start."""
    if until is not None and until <= starts_on:
        raise RuleError(
            _("ends on %(until)s, which is not after its start on %(start)s."),
            field=field,
            until=until,
            start=starts_on,
        )
