"""An agency whose two months are summed: the second learns from the first what refunds may take back."""

from mcn.anchors.models import Anchor
from mcn.settlements.models import ExposureMonth, ExposureSum, Period
from tests.agencies import World
from tests.console.sold import make_anchor
from tests.settlements.desk import local

MAY, JUNE = "2026-05", "2026-06"


def summed(world: World, *, lines: int = 100, june_at: str = "2026-07-01 00:00") -> None:
    """May shared out 1,000.00 and lost 10.00, then 99.00 in June; June shared out 500.00. Half of it is A01's."""
    with world.open():
        anchor = Anchor.objects.filter(code="A01").first() or make_anchor(holds_account=True, rate="0.5")
        for code, at in ((MAY, local("2026-06-01 00:00")), (JUNE, local(june_at))):
            Period.objects.create(code=code, state="calculated", calculated_at=at)
            ExposureMonth.objects.create(period=code, calculated_at=at)
        for period, origin, category, count, settled, clawed in (
            (MAY, MAY, "美妆", lines, 100000, 1000),
            (JUNE, MAY, "美妆", 0, 0, 9900),
            (JUNE, JUNE, "", 1, 50000, 0),
        ):
            ExposureSum.objects.create(
                period=period, origin=origin, anchor=anchor, category=category, lines=count, settled_pool=settled,
                settled_share_fen=settled // 2, clawed_pool=clawed, clawed_share_fen=clawed // 2,
            )  # fmt: skip
