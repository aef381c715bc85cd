"""What is not agreed in the demo: an anchor disputes a line of the closed month, a correction waits for approval."""

from django.db import transaction

from mcn.accounts.models import User
from mcn.commissions.models import ShareLine
from mcn.settlements import corrections
from mcn.settlements.disputes.services import dispute_file
from mcn.settlements.models import Correction, Dispute, Statement
from mcn.settlements.places import of_share, of_statement

RAISE_FEN, SHORTFALL_FEN = 500, 8_800
DISPUTER, CORRECTED = "A01", "A02"


@transaction.atomic
def make_claims(*, anchor: User, finance: User, month: str) -> None:
    """File both, on the disputer's largest share of one line and on the other's statement."""
    if not Dispute.objects.exists():
        shares = ShareLine.objects.filter(period=month, bucket__payee__code=DISPUTER, bucket__kind="share")
        share = shares.exclude(event=None).order_by("-share_fen", "pk")[0]
        dispute_file(
            actor=anchor,
            place=of_share(share.pk),
            reason="这场专场谈好的比例更高，群里有约定",
            wished_fen=share.share_fen + RAISE_FEN,
        )
    if not Correction.objects.exists():
        statement = Statement.objects.select_related("payee", "period").get(period__code=month, code=CORRECTED)
        corrections.request(
            actor=finance, place=of_statement(statement), amount_fen=SHORTFALL_FEN, reason="六月漏记一场坑位费尾款"
        )
