"""Months in which people earn round sums, for tests of tax: bonuses, so that every figure can be checked by hand."""

from datetime import date
from typing import Any

from mcn.anchors.models import Anchor, Payee
from mcn.sales.models import Entry
from mcn.settlements.models import Period
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

LIN, MU = "330106199505050035", "110101198501010019"


def person(code: str, *, kind: str = "labour", legal_name: str = "", **values: Any) -> Payee:
    """An anchor with its payee."""
    payee = Payee.objects.create(code=code, name=f"n{code}", kind=kind, legal_name=legal_name or code, **values)
    Anchor.objects.create(code=code, stage_name=f"n{code}", payee=payee)
    return payee


def earns(code: str, fen: int, period: str) -> None:
    """A bonus of the anchor in the month."""
    anchor = Anchor.objects.get(code=code)
    Entry.objects.create(
        code=f"{code}-{period}",
        anchor=anchor,
        income="bonus",
        date=date(int(period[:4]), int(period[5:]), 9),
        amount_fen=fen,
        settle_period=period,
    )


def june_and_july(world: World) -> tuple[Period, Period]:
    """Both months closed.

    Lin is the labour payees A02, A03 and A04 (3,000 + 3,000 + 20,000 in June, 10,000 in July as A02) and the
    employee A05 (12,000 in June, social insurance 1,200). A06 is a sole trader with 5,000.00 in June, A07 a labour
    payee without an identity number and 500.00 in July, A01 has nothing.
    """
    for code in ("A02", "A03", "A04"):
        person(code, legal_name="林小鹿", id_number=LIN)
    person("A05", kind="employee", legal_name="林小鹿", id_number=LIN, social_insurance_fen=120000)
    person("A06", kind="sole_trader", legal_name="晚晚工作室", bank={"name": "晚晚工作室"})
    person("A07", legal_name="穆一凡")
    for code, fen in (("A02", 300000), ("A03", 300000), ("A04", 2000000), ("A05", 1200000), ("A06", 500000)):
        earns(code, fen, JUNE)
    earns("A02", 1000000, JULY)
    earns("A07", 50000, JULY)
    desk = Books(world)
    return desk.close(JUNE), desk.close(JULY)
