"""Made-up orders of the demo: the same on every machine, with refunds of every kind.

An order knows its whole life. What a platform file says about it depends on the moment of the export: the
files of `mcn.settlements.demo.files` ask for its state at that moment.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from mcn.core.money import R

BEIJING = timezone(timedelta(hours=8))
SETTLES_AFTER = {"douyin": 14, "wechat": 7, "taobao": 9, "kuaishou": 12}  # days after receipt, as seen in files


@dataclass(frozen=True)
class Product:
    """What is sold: `number` ends its product id on every platform; prices in fen."""

    number: int
    name: str
    shop: str
    price_fen: int
    commission_rate: Decimal

    def id_on(self, platform: str) -> str:
        first = {"douyin": 3800000000000000000, "taobao": 600000000000, "kuaishou": 23000000000000}
        return str(first.get(platform, 10000000000000) + self.number)


PRODUCTS = (
    Product(101, "清禾保湿面霜", "清禾旗舰店", 12900, Decimal("0.20")),
    Product(102, "清禾氨基酸洁面", "清禾旗舰店", 5990, Decimal("0.25")),
    Product(103, "清禾防晒乳", "清禾旗舰店", 7900, Decimal("0.22")),
    Product(104, "山野集坚果礼盒", "山野集食品店", 9900, Decimal("0.18")),
    Product(105, "山野集黑芝麻丸", "山野集食品店", 3990, Decimal("0.30")),
    Product(106, "木曜日四件套", "木曜日家居", 26900, Decimal("0.15")),
    Product(107, "木曜日香薰", "木曜日家居", 8900, Decimal("0.28")),
    Product(108, "织云真丝衬衫", "织云服饰", 39900, Decimal("0.12")),
    Product(109, "织云羊绒围巾", "织云服饰", 18900, Decimal("0.20")),
    Product(110, "无名便携风扇", "百货小店", 2990, Decimal("0.35")),  # linked to no SKU
)


@dataclass(frozen=True)
class Stream:
    """Sales of one account: orders a day, from which products (by position), between which days.

    An empty `account_id` stands for sales that name nobody. Order numbers count on from `number`.
    """

    platform: str
    account_id: str
    name: str
    number: int
    a_day: int
    products: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6, 7, 8)
    first: date = date(2026, 5, 14)
    last: date = date(2026, 7, 31)


@dataclass(frozen=True)
class Refund:
    """Money that went back to the buyer at some moment, in fen."""

    number: int
    at: datetime
    fen: int


@dataclass(frozen=True)
class Order:
    """One order line and all that happens to it."""

    stream: Stream
    number: int
    product: Product
    quantity: int
    live: bool
    paid_at: datetime
    received_at: datetime
    settled_at: datetime
    refunds: tuple[Refund, ...]

    @property
    def paid_fen(self) -> int:
        return self.product.price_fen * self.quantity

    def base_fen(self, moment: datetime, *, later_refunds: bool = True) -> int:
        """What is left of the price at a moment; without `later_refunds`, those after settlement are left out."""
        gone = sum(
            refund.fen
            for refund in self.refunds
            if refund.at <= moment and (later_refunds or refund.at <= self.settled_at)
        )
        return self.paid_fen - gone

    def commission_fen(self, base_fen: int) -> int:
        return R(base_fen * self.product.commission_rate)

    def state(self, moment: datetime, *, later_refunds: bool = True) -> str:
        """paid, received, settled or invalid, as a platform would put it at that moment."""
        if self.base_fen(moment, later_refunds=later_refunds) == 0:
            return "invalid"
        if self.settled_at <= moment:
            return "settled"
        return "received" if self.received_at <= moment else "paid"

    def changed_at(self, moment: datetime) -> datetime:
        """When something last happened to the order, up to that moment."""
        steps = [self.paid_at, self.received_at, self.settled_at, *(refund.at for refund in self.refunds)]
        return max(step for step in steps if step <= moment)


def orders(streams: Sequence[Stream], *, seed: str, nights: Sequence[date] = ()) -> list[Order]:
    """All orders of an agency's streams. `nights` are evenings with a live session: most is sold then."""
    chance = random.Random(seed)  # noqa: S311 -- made-up data has to be the same everywhere
    made = [order for stream in streams for order in _orders_of(stream, chance, set(nights))]
    return sorted(made, key=lambda order: (order.paid_at, order.number))


def _orders_of(stream: Stream, chance: random.Random, nights: set[date]) -> Iterator[Order]:
    day, number = stream.first, stream.number
    while day <= stream.last:
        count = stream.a_day * (3 if day in nights else 1)
        for _ in range(chance.randint(count - count // 2, count + count // 2)):
            number += 1
            yield _order(stream, number, day, chance)
        day += timedelta(days=1)


def _order(stream: Stream, number: int, day: date, chance: random.Random) -> Order:
    live = chance.random() < 0.7
    hour = chance.choice((19, 20, 20, 21, 21, 22, 22, 23)) if live else chance.randint(8, 18)
    paid_at = _at(day, hour, chance)
    received_at = paid_at + timedelta(days=chance.randint(2, 5), hours=chance.randint(0, 9))
    settled_at = _at((received_at + timedelta(days=SETTLES_AFTER[stream.platform])).date(), 3, chance)
    product = PRODUCTS[chance.choice(stream.products)]
    quantity = chance.choice((1, 1, 1, 1, 1, 2, 2, 3))
    total = product.price_fen * quantity
    return Order(
        stream,
        number,
        product,
        quantity,
        live,
        paid_at,
        received_at,
        settled_at,
        tuple(_refunds(number, total, received_at, settled_at, chance)),
    )


def _refunds(number: int, total: int, received: datetime, settled: datetime, chance: random.Random) -> Iterator[Refund]:
    draw = chance.random()
    part = R(Decimal(total) * chance.choice((Decimal("0.1"), Decimal("0.25"), Decimal("0.333333"))))
    before = received + timedelta(hours=chance.randint(-20, 60))
    after = settled + timedelta(days=chance.randint(1, 12), hours=chance.randint(0, 12))
    if draw < 0.08:
        yield Refund(number * 10, before, total)
    elif draw < 0.12:
        yield Refund(number * 10, before, part)
    elif draw < 0.14:
        yield Refund(number * 10, after, total)
    elif draw < 0.17:
        yield Refund(number * 10, after, part)
    elif draw < 0.175:
        yield Refund(number * 10, after, part)
        yield Refund(number * 10 + 1, after + timedelta(days=2), part)


def _at(day: date, hour: int, chance: random.Random) -> datetime:
    moment = datetime.combine(day, time(hour, chance.randint(0, 59), chance.randint(0, 59)), tzinfo=BEIJING)
    return moment.astimezone(UTC)
