"""What a share, and the whole bucket it was rounded in, would come to at another rate (docs/money.md §4.2). Pure."""

from dataclasses import dataclass
from fractions import Fraction

from mcn.core.money import R


@dataclass(frozen=True, slots=True)
class InBucket:
    """Where a share stands in its bucket: the exact running sums before and after it, and the sum of all, in fen.

    `weight` is the host's part; `borne` (fen) what the share gives up for overrides that its payee bears, which stays.
    """

    before: Fraction
    after: Fraction
    total: Fraction
    weight: Fraction = Fraction(1)
    borne: int = 0


@dataclass(frozen=True, slots=True)
class AtRate:
    """At the exact `rate`: the share, and the shares of the whole bucket before what is borne, in fen."""

    rate: Fraction
    share: int
    bucket: int


def at_rate(place: InBucket, rate: Fraction) -> AtRate:
    """The share and the bucket at another rate, by the same cumulative rounding, all other lines at that rate too."""
    q = rate * place.weight
    return AtRate(rate, R(place.after * q) - R(place.before * q) - place.borne, R(place.total * q))


def rate_for(place: InBucket, wished: int) -> Fraction | None:
    """The exact rate that brings the share to `wished` fen; None where no rate does, as there is nothing to share.

    It may lie outside of [0, 1]: then the wish is more than all, or less than nothing.
    """
    part = (place.after - place.before) * place.weight
    return (wished + place.borne) / part if part else None
