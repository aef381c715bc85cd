"""The two agencies of the demo: which file describes them, and what they sold."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mcn.settlements.demo.files import PlatformFile, files
from mcn.settlements.demo.orders import BEIJING, Stream, orders

HERE = Path(__file__).parent


@dataclass(frozen=True)
class DemoAgency:
    """`exports` are the moments at which the platforms' files were downloaded; `nights` have a live session."""

    slug: str
    file: Path
    streams: tuple[Stream, ...]
    nights: tuple[date, ...]
    exports: tuple[datetime, ...]
    closed_month: str = "2026-06"
    open_month: str = "2026-07"

    def platform_files(self) -> list[PlatformFile]:
        """Every file of every download, in order of time."""
        sold = orders(self.streams, seed=self.slug, nights=self.nights)
        made: list[PlatformFile] = []
        since = None
        for until in self.exports:
            made += files(sold, since=since, until=until)
            since = until
        return made


def _at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 23, 30, tzinfo=BEIJING)


XINGHE = DemoAgency(
    slug="xinghe-demo",
    file=HERE / "xinghe.yaml",
    streams=(
        Stream("douyin", "10000000001", "小鹿", number=100_000, a_day=9, products=(0, 0, 1, 2, 3, 4, 5, 9)),
        Stream("douyin", "10000000002", "阿木", number=200_000, a_day=6),
        Stream("douyin", "10000000006", "小七", number=300_000, a_day=2),
        Stream("douyin", "10000000008", "糯米", number=400_000, a_day=2, products=(0, 3, 5, 6, 7, 8)),
        Stream("douyin", "10000000009", "星河优选", number=500_000, a_day=1),
        Stream("douyin", "10000000077", "路人甲", number=600_000, a_day=1, first=date(2026, 6, 20)),
        Stream("douyin", "", "", number=700_000, a_day=1, first=date(2026, 6, 1)),
        Stream("wechat", "finder-xiaolu", "小鹿好物", number=100_000, a_day=4, products=(0, 1, 2, 5, 6)),
        Stream("wechat", "finder-wanwan", "晚晚", number=200_000, a_day=4),
        Stream("taobao", "阿木直播间", "阿木直播间", number=100_000, a_day=3),
        Stream("taobao", "桃子的小店", "桃子的小店", number=200_000, a_day=5, products=(6, 7, 8)),
        Stream("kuaishou", "400000004", "大川", number=100_000, a_day=5, products=(3, 4, 5, 6)),
        Stream("kuaishou", "400000007", "老白", number=200_000, a_day=4),
    ),
    nights=(
        date(2026, 5, 24),
        date(2026, 6, 1),
        date(2026, 6, 18),
        date(2026, 6, 20),
        date(2026, 7, 3),
        date(2026, 7, 5),
    ),
    exports=(_at(6, 20), _at(6, 30), _at(7, 31)),
)
BEICHEN = DemoAgency(
    slug="beichen-demo",
    file=HERE / "beichen.yaml",
    streams=(
        Stream("douyin", "10000000001", "小鹿", number=100_000, a_day=4),
        Stream("douyin", "10000000003", "糖糖", number=200_000, a_day=3),
        Stream("kuaishou", "400000004", "阿木", number=100_000, a_day=3),
    ),
    nights=(date(2026, 6, 6),),
    exports=(_at(6, 30), _at(7, 31)),
)
AGENCIES = (XINGHE, BEICHEN)
