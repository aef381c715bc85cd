"""Split rules with tiers and overrides; what they paid on each event; what was mended where nobody was found."""

from mcn.commissions.models.mendings import Mending
from mcn.commissions.models.rules import Override, SplitRule, TierStep
from mcn.commissions.models.shares import Bucket, BucketFigures, ShareBlock, ShareLine, Unmatched

__all__ = [
    "Bucket",
    "BucketFigures",
    "Mending",
    "Override",
    "ShareBlock",
    "ShareLine",
    "SplitRule",
    "TierStep",
    "Unmatched",
]
