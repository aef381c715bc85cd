"""An anchor of the demo who may leave: a deposit, and a sheet that nobody has settled."""

from datetime import date

from django.db import transaction

from mcn.accounts.models import User
from mcn.anchors.models import Anchor
from mcn.anchors.services import deposit_save
from mcn.settlements.deposits import Kind, deposit_move
from mcn.settlements.exits import draw_up
from mcn.settlements.exits.sheet import Claim, ClaimKind
from mcn.settlements.models import Exit

LEAVING = "A07"
CLAIMS: tuple[Claim, ...] = (
    {"kind": ClaimKind.SAMPLES, "text": "合同第 6.3 条：样品 2 件", "amount_fen": 48_000, "from_deposit": True},
    {"kind": ClaimKind.DAMAGES, "text": "合同第 11.2 条", "amount_fen": 100_000, "from_deposit": False},
)


@transaction.atomic
def make_exit(*, talent: User, finance: User) -> None:
    """Draw up the sheet, as far as the agency in scope has the anchor."""
    anchor = Anchor.objects.select_related("payee").filter(code=LEAVING).first()
    if anchor is None or Exit.objects.exists():
        return
    deposit, _outcome = deposit_save(actor=finance, payee=anchor.payee, code="DEP1", purpose="直播设备押金")
    deposit_move(actor=finance, deposit=deposit, kind=Kind.RECEIVED, amount_fen=200_000, dated_on=date(2026, 5, 20))
    draw_up(actor=talent, anchor=anchor, ends_on=date(2026, 7, 31), reason="主播个人原因，双方协商解约", claims=CLAIMS)
