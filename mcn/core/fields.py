"""Column types of the trade: fen and rates."""

from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class FenField(models.BigIntegerField):
    """An amount in integer fen. Its name ends with `_fen`."""


class RateField(models.DecimalField):
    """An exact rate in [0, 1] with six places. Its name ends with `_rate`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = 7, 6
        kwargs["validators"] = [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))]
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for key in ("max_digits", "decimal_places", "validators"):
            kwargs.pop(key, None)
        return name, path, args, kwargs


def rate_in_range(*names: str) -> list[models.CheckConstraint]:
    """Constraints that keep each named rate in [0, 1]; put them into `Meta.constraints`."""
    return [
        models.CheckConstraint(
            condition=models.Q(**{f"{name}__gte": 0, f"{name}__lte": 1}),
            name=f"%(app_label)s_%(class)s_{name}_range",
        )
        for name in names
    ]
