"""A stored share as the pure counterfactual takes it."""

from fractions import Fraction
from typing import Any

from mcn.commissions.engine.counterfactual import InBucket
from mcn.commissions.engine.explain import Step
from mcn.commissions.models import Bucket, ShareLine

SHARED = {Bucket.Kind.SHARE, Bucket.Kind.OVERRIDE}


def in_bucket(share: ShareLine, steps: list[Step]) -> tuple[InBucket, Fraction] | None:
    """Where the share stands in its bucket and its exact rate; `steps` is its explanation.

    None for what no rate of its own decides: money taken back in proportion, and what goes to the payee whole.
    """
    bucket = share.bucket
    if bucket.kind not in SHARED or not bucket.rate_denominator:
        return None
    values: dict[str, dict[str, Any]] = {step.code: step.values for step in steps}
    sums = values["bucket"]
    weight = Fraction(1) if bucket.override_id else Fraction(bucket.weight)
    borne = values["borne"]["amount"] if "borne" in values else 0
    q = Fraction(int(bucket.rate_numerator or 0), int(bucket.rate_denominator))
    return InBucket(sums["before"], sums["after"], Fraction(bucket.base_fen), weight, borne), q / weight
