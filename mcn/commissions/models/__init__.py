"""Split rules with tiers and overrides; what they paid on each event."""

from mcn.commissions.models.rules import Override, SplitRule, TierStep
from mcn.commissions.models.shares import Bucket, ShareBlock, ShareLine, Unmatched

__all__ = ["Bucket", "Override", "ShareBlock", "ShareLine", "SplitRule", "TierStep", "Unmatched"]
