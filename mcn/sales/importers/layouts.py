"""A column mapping as data: what the columns of an agency's own file mean. `mapped` makes a format of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mcn.sales.importers.formats import normal_header
from mcn.sales.reading.moments import AUTOMATIC, WAYS
from mcn.sales.reading.rates import UNITS as RATE_UNITS

AMOUNT_UNITS: Final = ("yuan", "fen")


class Meaning(NamedTuple):
    """What a column may stand for: its words, what kind of cell it is, and under which heading it is asked for."""

    label: Any
    kind: str
    group: str


ROWS: dict[str, Any] = {
    "lines": _("Order lines"),
    "refunds": _("Refunds after settlement, each taken back from its order"),
    "phases": _("Settlements of an order in phases"),
}
"""What the rows of a file are: lines of orders, or parts that an order list does not have."""

GROUPS: dict[str, Any] = {
    "line": _("Order and line"),
    "account": _("Account"),
    "status": _("Status and times"),
    "settled": _("Settled money"),
    "estimated": _("Estimates"),
    "goods": _("Product and session"),
}

MEANINGS: dict[str, Meaning] = {
    "order_key": Meaning(_("Order number"), "id", "line"),
    "line_key": Meaning(_("Line of the order"), "id", "line"),
    "line_key_2": Meaning(_("Second column of the line"), "id", "line"),
    "part_key": Meaning(_("Number of the refund or phase"), "id", "line"),
    "account_key": Meaning(_("Account id"), "account", "account"),
    "account_name": Meaning(_("Account's nickname"), "text", "account"),
    "status": Meaning(_("Status"), "word", "status"),
    "paid_at": Meaning(_("Time of payment"), "time", "status"),
    "received_at": Meaning(_("Time of receipt"), "time", "status"),
    "settled_at": Meaning(_("Time of settlement"), "time", "status"),
    "refunded_at": Meaning(_("Time of refund"), "time", "status"),
    "changed_at": Meaning(_("Time of last change"), "time", "status"),
    "set_base": Meaning(_("Settled base"), "amount", "settled"),
    "set_gross": Meaning(_("Settled commission"), "commission", "settled"),
    "set_gross_2": Meaning(_("Further settled commission, added"), "amount", "settled"),
    "set_fee": Meaning(_("Settled platform fee"), "amount", "settled"),
    "set_holder": Meaning(_("Paid to the account holder by the platform"), "amount", "settled"),
    "set_agency": Meaning(_("Agency's part by the platform"), "amount", "settled"),
    "est_base": Meaning(_("Estimated base"), "amount", "estimated"),
    "est_gross": Meaning(_("Estimated commission"), "commission", "estimated"),
    "est_gross_2": Meaning(_("Further estimated commission, added"), "amount", "estimated"),
    "est_fee": Meaning(_("Estimated platform fee"), "amount", "estimated"),
    "product_id": Meaning(_("Product id"), "id", "goods"),
    "product_name": Meaning(_("Product"), "text", "goods"),
    "shop_name": Meaning(_("Shop"), "text", "goods"),
    "quantity": Meaning(_("Quantity"), "count", "goods"),
    "room_id": Meaning(_("Room id"), "id", "goods"),
    "traffic": Meaning(_("Traffic source"), "text", "goods"),
}

STATES: dict[str, Any] = {
    "unpaid": _("Not paid: left out"),
    "paid": _("Paid"),
    "shipped": _("Shipped"),
    "received": _("Received"),
    "settled": _("Settled"),
    "reduced": _("Partly refunded: settled with the row's amounts"),
    "invalid": _("Refunded or closed: earns nothing"),
}
"""What a status word may mean. `reduced` is settled too: the amounts of the row say what is left."""

REFUND_STATES: dict[str, Any] = {
    "refund_pending": _("Not decided: takes nothing back yet"),
    "refunded": _("Refunded: takes its amounts back"),
    "refund_failed": _("Failed or paid by others: takes nothing back"),
}
"""What a status word of a list of refunds may mean."""

_OF_PARTS = ("order_key", "line_key", "line_key_2", "part_key", "set_gross", "set_gross_2", "set_fee")
_USED = {
    "lines": tuple(meaning for meaning in MEANINGS if meaning != "part_key"),
    "refunds": (*_OF_PARTS, "status", "refunded_at", "set_base"),
    "phases": (*_OF_PARTS, "account_key", "account_name", "settled_at", "changed_at", "set_holder", "set_agency"),
}

WITHOUT_STATUS: dict[str, Any] = {
    "settled_time": _("Settled where there is a time of settlement"),
    "settled": _("Every row is settled"),
    "paid": _("No row is settled: the file has estimates only"),
}


@dataclass(frozen=True)
class Layout:
    """What the columns of a file mean, wholly as data.

    `columns`: meaning (key of MEANINGS) → header. `units`: amounts' meaning → `yuan`, `fen`; for commissions also a
    unit of rates, when the column is a rate of the base. `times`: one of `moments.WAYS`. `states`: status word → key
    of STATES; without a status column `without_status`, key of WITHOUT_STATUS. `net`: the commission is what is left
    after the platform's fee, so the fee is 0. `own_list`: the agency's own list, which knows more of a line's money
    than the merchant's or the anchor's. `rows`: key of ROWS. `falls_elsewhere`: refunds of these lines come in a list
    of their own.
    """

    columns: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    times: str = AUTOMATIC
    states: Mapping[str, str] = field(default_factory=dict)
    without_status: str = ""
    net: bool = False
    own_list: bool = False
    falls_elsewhere: bool = False
    rows: str = "lines"

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Layout:
        """The layout that `as_json` wrote."""
        return cls(**data)

    def as_json(self) -> dict[str, Any]:
        """What the database keeps of it."""
        return asdict(self)

    def unit(self, meaning: str) -> str:
        """The unit of an amount's column; yuan unless another one is given."""
        return self.units.get(meaning, "yuan")

    def is_rate(self, meaning: str) -> bool:
        """Whether a commission is told as a rate of the base."""
        return self.unit(meaning) in RATE_UNITS

    @property
    def settles(self) -> bool:
        """Whether the file tells of settled money, or only of estimates."""
        if self.rows != "lines":
            return True
        return "set_gross" in self.columns and self.without_status != "paid"

    @property
    def account_from(self) -> str:
        """Whether rows name the account by id, by name, or not at all: then it is given with the import, or for refunds
        and phases that of the order.
        """
        if "account_key" in self.columns:
            return "id"
        return "name" if "account_name" in self.columns else "given" if self.rows == "lines" else "order"

    def problems(self) -> dict[str, str | Promise]:
        """What keeps the layout from being used, at the meaning (or other attribute) that it is about."""
        if self.rows != "lines":
            return self._problems_of_parts()
        found: dict[str, str | Promise] = {}
        has = self.columns.keys()
        for meaning in ("order_key", "paid_at"):
            if meaning not in has:
                found[meaning] = _("Choose the column; every row needs one.")
        if "line_key_2" in has and "line_key" not in has:
            found["line_key"] = _("Choose the first column of the line before the second.")
        if not {"set_gross", "est_gross"} & has:
            found["set_gross"] = _("Choose a commission, settled or estimated.")
        for kind in ("set", "est"):
            if f"{kind}_gross" in has and f"{kind}_base" not in has:
                found[f"{kind}_base"] = _("Choose the base that this commission is counted on.")
            if f"{kind}_gross" not in has and f"{kind}_gross_2" in has:
                found[f"{kind}_gross"] = _("Choose the first part of the commission before the further one.")
            if self.is_rate(f"{kind}_gross") and f"{kind}_gross_2" in has:
                found[f"{kind}_gross_2"] = _("Nothing is added to a commission that is a rate of the base.")
        for meaning in ("set_fee", "est_fee"):
            if self.net and meaning in has:
                found[meaning] = _("A commission net of the fee has none.")
        found |= self._problems_of_status()
        if self.times not in WAYS:
            found["times"] = _("Choose how times are written.")
        return found

    def _problems_of_parts(self) -> dict[str, str | Promise]:
        has = self.columns.keys()
        needed = {"refunds": ("refunded_at", "set_base"), "phases": ("settled_at",)}.get(self.rows, ())
        found: dict[str, str | Promise] = {
            meaning: _("Choose the column; every row needs one.")
            for meaning in ("order_key", "part_key", "set_gross", *needed)
            if meaning not in has
        }
        if self.rows not in ROWS:
            found["rows"] = _("Say what the rows are.")
        if "line_key_2" in has and "line_key" not in has:
            found["line_key"] = _("Choose the first column of the line before the second.")
        if self.net and "set_fee" in has:
            found["set_fee"] = _("A commission net of the fee has none.")
        if not self.net and "set_fee" not in has:
            found["set_fee"] = _("Choose the fee, or say below that the commission is what is left after it.")
        if self.is_rate("set_gross"):
            found["set_gross"] = _("Refunds and phases need the commission as an amount.")
        if "status" in has and "refunded" not in self.states.values():
            found["status"] = _("No word means refunded, so nothing would be taken back.")
        if self.times not in WAYS:
            found["times"] = _("Choose how times are written.")
        return found

    def _problems_of_status(self) -> dict[str, str | Promise]:
        if "status" not in self.columns:
            if self.without_status not in WITHOUT_STATUS:
                return {"status": _("Choose the column, or say what holds without one.")}
            if self.without_status == "settled_time" and "settled_at" not in self.columns:
                return {"settled_at": _("Choose the column that says when a row was settled.")}
            return {}
        if not self.states:
            return {"status": _("Say what the words of this column mean.")}
        if self.settles and not {"settled", "reduced"} & set(self.states.values()):
            return {"status": _("No word means settled, so the settled money would never count.")}
        return {}


def meanings_of(rows: str) -> tuple[str, ...]:
    """What the columns of a file with such rows (key of ROWS) may stand for."""
    return _USED.get(rows, _USED["lines"])


def states_of(rows: str) -> dict[str, Any]:
    """What a status word may mean in a file with such rows."""
    return REFUND_STATES if rows == "refunds" else STATES


def signature(headers: list[str]) -> frozenset[str]:
    """What a file is known by: all its headers, in any order and way of writing."""
    return frozenset(normal_header(header) for header in headers)
