"""What all records share: times in UTC, exact rates as text, amounts in whole fen."""

from datetime import UTC
from decimal import Decimal, localcontext
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

RATE_PLACES = 12


class UtcTime(serializers.DateTimeField):
    """A moment in UTC, ISO 8601: 2026-07-03T04:00:05Z."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class Record(serializers.ModelSerializer):
    """Base of the records: they are read, never written."""

    serializer_field_mapping: ClassVar[dict[type[models.Field], Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UtcTime,
    }


def rate_text(numerator: Decimal | None, denominator: Decimal | None) -> str | None:
    """An exact rate as decimal text of at most twelve places without trailing zeros, as the exports write it."""
    if numerator is None or not denominator:
        return None
    with localcontext(prec=80):
        rate = (numerator / denominator).quantize(Decimal(1).scaleb(-RATE_PLACES), rounding="ROUND_HALF_UP")
    return f"{rate.normalize():f}"
