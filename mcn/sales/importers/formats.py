"""What a file format is: its columns under all their names, its status words, and how they make a line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mcn.core.errors import DomainError
from mcn.sales.reading import cells, moments
from mcn.sales.reading.cells import Parsed

STATUS_ORDER = {
    "paid": 1,
    "shipped": 2,
    "received": 3,
    "settled": 4,
    "invalid": 5,
    "refund_pending": 1,
    "refund_failed": 2,
    "refunded": 3,
}
"""Canonical states and their order: of two rows without platform times the later state is the newer one."""

UNPAID = "unpaid"
"""Not a canonical state: rows in it are no sale and are left out."""

_DROPPED = re.compile("[\\s\u00a0\u3000\ufeff\u200b-\u200f\u2060'\"]+")

# Buyers' personal data: columns with these words are never kept, not even as raw text. Notes of the shop, what is
# printed on a customised product and the number of a parcel or payment say who bought as well. The names of anchors
# are not buyers'.
_PERSONAL = re.compile(
    "收件|收货人|收货地址|收货电话|收货手机|买家|购买者|手机|电话|地址|(?<!主播)(?<!达人)姓名|身份证|邮编|邮箱|会员名|支付宝账|微信号"
    "|商家备注|企微备注|企业微信加密|定制信息|定制预览|快递单号|交易单号"
    "|buyer|receiver|consignee|phone|mobile|address|postcode|email|idcard"
)
_PERSONAL_EXACTLY = {"省", "市", "区", "县", "街道", "省份", "城市", "区县"}


@dataclass(frozen=True)
class Column:
    """One column of a format: how its cells are read, its name and the names it had in other versions.

    `way`: how times are written, one of `moments.WAYS`.
    """

    read: Callable[..., Parsed]
    names: tuple[str, ...]
    required: bool = True
    words: Mapping[str, str] | None = None
    way: str = moments.AUTOMATIC

    def parse(self, series: pl.Series, zone: str) -> Parsed:
        if self.words is not None:
            return self.read(series, self.words)
        if self.read is cells.parse_day:
            return self.read(series, zone)
        if self.read is cells.parse_moment:
            return moments.parse_written(series, zone, self.way)
        return self.read(series)

    @property
    def optional(self) -> Column:
        """The same column in a format whose files may lack it."""
        return replace(self, required=False)


def text(*names: str) -> Column:
    return Column(cells.parse_text, names)


def identifier(*names: str) -> Column:
    return Column(cells.parse_id, names)


def account(*names: str) -> Column:
    return Column(cells.parse_account, names)


def yuan(*names: str) -> Column:
    return Column(cells.parse_yuan, names)


def fen(*names: str) -> Column:
    return Column(cells.parse_fen, names)


def count(*names: str) -> Column:
    return Column(cells.parse_count, names)


def moment(*names: str, way: str = moments.AUTOMATIC) -> Column:
    return Column(cells.parse_moment, names, way=way)


def day(*names: str) -> Column:
    return Column(cells.parse_day, names)


def status(words: Mapping[str, str], *names: str) -> Column:
    """`words`: what the file says → canonical state (or any word that `derive` turns into one)."""
    return Column(cells.parse_word, names, words=words)


def _nothing_derived() -> dict[str, pl.Expr]:
    return {}


@dataclass(frozen=True)
class SalesFormat:
    """One known file format, wholly described by data; a new format is one such value.

    `columns` are keyed by what they mean: the names of the normalised columns (see `lines.py`), or names of
    the format's own that `derive` combines into those. Columns the file lacks are null there.
    `derive` may also give `flag_<flag>`, where it holds, and `refused_<code>` (one of `ROW_REASONS`) for rows that
    it cannot read; `exported_at` is at its hand too.
    `settled_states`: in these the row's settled amounts count, in all others they are 0.
    `needs_when_settled`: columns that must not be empty then.
    `authority`: how much the file knows of a line's money, where two files tell of one line: 0 estimates only, 1 the
    merchant's or the anchor's list, 2 the agency's own list. `parts`: what its rows are of a line where they are not
    the line itself: `refunds`, which come on top of what a list says, or `phases`, which take its place.
    `entries`: rows are no orders but other income (docs/money.md §4.7): `order_key` is its number, `part_key` the
    income line, `set_gross` the amount, `settled_at` its day, `product_name` a note.
    `falls_elsewhere`: amounts that fall take nothing back, a refund list of the platform does.
    `line_named_by`: what else names the line, where two lists name it differently: `sub_order` alone, `sku` or
    `product` of the order. `headers`: all headers of the file, where only a file of just these is recognised by itself.
    `account_from`: whether rows name the account by platform `id`, by `name`, or not at all (`given` with
    the import), by the `anchor`'s own code or through the `order` they belong to.
    """

    code: str
    platform: str
    title: str | Promise
    account_from: str
    columns: Mapping[str, Column]
    derive: Callable[[], dict[str, pl.Expr]] = field(default=_nothing_derived)
    settled_states: tuple[str, ...] = ("settled",)
    needs_when_settled: tuple[str, ...] = ()
    authority: int = 1
    parts: str = ""
    entries: bool = False
    falls_elsewhere: bool = False
    line_named_by: str = ""
    headers: frozenset[str] = frozenset()

    @property
    def is_mapped(self) -> bool:
        """Whether the agency described the format itself."""
        return bool(self.headers)

    @property
    def name(self) -> DomainError | str:
        """What a message calls the format, in its reader's language; a column mapping as the agency named it."""
        return str(self.title) if self.is_mapped else DomainError(self.title)

    @property
    def name_and_code(self) -> DomainError:
        """The same for a message on which one of several formats is to be given by its code."""
        return DomainError(_("%(format)s (%(code)s)"), format=self.name, code=self.code)


def normal_header(header: str) -> str:
    """A header reduced to what identifies it: no blanks, marks or quotes, one width, one case."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", header)).casefold()


def is_personal(header: str) -> bool:
    """Whether a column holds buyers' personal data, judged by its header."""
    name = normal_header(header)
    return name in _PERSONAL_EXACTLY or _PERSONAL.search(name) is not None
