"""The roster as small tables in which every look-up has at most one answer (docs/money.md §3).

Overlapping windows are cut into pieces beforehand, and a piece that fits twice says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from mcn.commissions.calculation.rates import WHOLE_WEIGHT
from mcn.commissions.calculation.tables import Constants
from mcn.commissions.engine.matching import MOST_SPECIFIC_FIRST, NOBODY, PRODUCT_SCOPES, Roster, Session
from mcn.core.periods import business_date

NO_SCOPE = MOST_SPECIFIC_FIRST[-1]
SCOPES = MOST_SPECIFIC_FIRST[:-1]

T = TypeVar("T")
Bound = TypeVar("Bound", date, datetime)


@dataclass(frozen=True)
class Ids:
    """Row ids of what the roster names by code: anchors with their payees, and payees."""

    anchors: dict[str, int]
    payees: dict[str, int]


def pieces(windows: Iterable[tuple[Bound, Bound | None, T]]) -> Iterator[tuple[Bound, Bound | None, list[T]]]:
    """Cut half-open windows into disjoint pieces, each with all that cover it."""
    known = list(windows)
    bounds: list[Bound] = sorted({start for start, _, _ in known} | {end for _, end, _ in known if end is not None})
    for number, start in enumerate(bounds):
        end = bounds[number + 1] if number + 1 < len(bounds) else None
        inside = [value for first, last, value in known if first <= start and (last is None or start < last)]
        if inside:
            yield start, end, inside


def roster_tables(roster: Roster, ids: Ids) -> Constants:
    """The roster's accounts, sessions, contracts with their rules, and goods."""
    tables = Constants()
    _accounts(tables, roster, ids)
    _sessions(tables, roster, ids)
    _contracts(tables, roster, ids)
    _goods(tables, roster)
    return tables


def _accounts(tables: Constants, roster: Roster, ids: Ids) -> None:
    """m_account: for every text that names an account, the days on which exactly one holds it."""
    payees = {anchor.code: anchor.payee for anchor in roster.anchors}
    by_id, by_name = defaultdict(list), defaultdict(list)
    for account in roster.accounts:
        by_id[account.platform, account.account_id].append(account)
        if account.nickname:
            by_name[account.platform, account.nickname].append(account)
    rows = []
    for (platform, text), accounts in {**by_name, **by_id}.items():
        if text in NOBODY:
            continue
        for start, end, found in pieces([(a.from_on, a.until_on, a) for a in accounts]):
            if len(found) == 1 and end != start:
                holder = found[0]
                payee = ids.payees[payees[holder.anchor]] if holder.platform_split else None
                rows.append((platform, text, start, end, holder.account_id, ids.anchors[holder.anchor], payee))
    tables.add(
        "m_account",
        "platform text, account text, from_on date, until_on date, account_id text, anchor_id bigint, holder_id bigint",
        rows,
    )


class _Details:
    """Texts of the codes of sessions that fit together, by their place from 1 on."""

    def __init__(self) -> None:
        self.places: dict[str, int] = {}

    def one_of(self, found: list[tuple[int, str]]) -> tuple[int | None, int | None]:
        """The only group, or the place of the text that names them all."""
        if len(found) == 1:
            return found[0][0], None
        text = ", ".join(sorted(code for _, code in found))
        return None, self.places.setdefault(text, len(self.places) + 1)


def hosted_sessions(roster: Roster) -> dict[int, Session]:
    """The sessions that have hosts, by the number of their group of hosts, which is below 0 (docs/money.md §3)."""
    return {-number: session for number, session in enumerate((s for s in roster.sessions if s.hosts), 1)}


def _sessions(tables: Constants, roster: Roster, ids: Ids) -> None:
    """m_room and m_window: the one session of a room or account at a time, or none where two fit; m_part: hosts.

    A group of hosts is a session's (negative) or an anchor alone (its id). Where two sessions fit, `detail` is the
    place of their codes in the list m_details.
    """
    parts: list[tuple[int, int, int, int]] = [(number, 0, number, WHOLE_WEIGHT) for number in ids.anchors.values()]
    by_room, by_account = defaultdict(list), defaultdict(list)
    for group, session in hosted_sessions(roster).items():
        for position, host in enumerate(session.hosts):
            parts.append((group, position, ids.anchors[host.anchor], int(host.weight * WHOLE_WEIGHT)))
        window = (session.starts_at, session.ends_at, (group, session.code))
        by_account[session.platform, session.account_id, False].append(window)
        if session.room_id:
            by_room[session.platform, session.room_id].append(window)
        else:
            by_account[session.platform, session.account_id, True].append(window)
    tables.add("m_part", "grp bigint, position int, anchor_id bigint, weight bigint", parts)
    details = _Details()

    rooms: list[tuple[Any, ...]] = []
    for key, windows in by_room.items():
        everything = [value for _, _, value in windows]
        rest = None
        for start, end, found in pieces(windows) if len(windows) > 1 else ():
            if start != rest:  # outside of all windows it may be any of them
                rooms.append((*key, rest, start, *details.one_of(everything)))
            rooms.append((*key, start, end, *details.one_of(found)))
            rest = end
        rooms.append((*key, rest, None, *details.one_of(everything)))
    tables.add(
        "m_room",
        "platform text, room_id text, from_at timestamptz, until_at timestamptz, grp bigint, detail int",
        rooms,
    )

    def on(moment: datetime) -> date:
        return business_date(moment, roster.zone, roster.day_starts_at)

    spans = []
    for place, windows in by_account.items():
        for start, end, found in pieces(windows):
            last = end or start
            for day in range(on(start).toordinal(), on(last).toordinal() + 1):
                spans.append((*place, date.fromordinal(day), start, end, *details.one_of(found)))
    tables.add(
        "m_window",
        "platform text, account_id text, roomless bool, day date, from_at timestamptz, until_at timestamptz,"
        " grp bigint, detail int",
        spans,
    )
    tables.parameters["m_details"] = list(details.places)


def _contracts(tables: Constants, roster: Roster, ids: Ids) -> None:
    """m_version: the one version of an anchor on a day, with its commission rule without a scope; m_<scope>_rule:
    commission rules of a scope by its value."""
    chosen: dict[tuple[int, str, str], int] = {}
    for rule in sorted(roster.rules, key=lambda r: r.id):
        if rule.income == "commission":
            chosen.setdefault((rule.version_id, rule.scope, rule.scope_value), rule.id)
    goods = {r.version_id for r in roster.rules if r.income == "commission" and r.scope in PRODUCT_SCOPES}
    by_anchor = defaultdict(list)
    for version in roster.versions:
        if not version.superseded and version.until_on != version.from_on:
            by_anchor[version.anchor].append((version.from_on, version.until_on, version))
    rows = []
    for anchor, versions in by_anchor.items():
        for start, end, found in pieces(versions):
            newest = max(found, key=lambda v: (v.from_on, v.number, v.version))
            unscoped = chosen.get((newest.id, NO_SCOPE, ""))
            rows.append((ids.anchors[anchor], start, end, newest.id, newest.id in goods, unscoped))
    tables.add(
        "m_version",
        "anchor_id bigint, from_on date, until_on date, version_id bigint, needs_sku bool, rule bigint",
        rows,
    )
    for scope in SCOPES:
        tables.add(
            f"m_{scope}_rule",
            "version_id bigint, value text, rule bigint",
            [(version, value, rule) for (version, of, value), rule in chosen.items() if of == scope],
        )


def _goods(tables: Constants, roster: Roster) -> None:
    """m_product: the SKU of a platform's product; m_deal: the deal of a SKU on a day."""
    products = {}
    for sku in sorted(roster.skus, key=lambda s: s.code, reverse=True):
        for product in sku.products:
            products[product] = (*product, sku.code, sku.brand, sku.category)
    tables.add("m_product", "platform text, product_id text, sku text, brand text, category text", products.values())
    by_sku = defaultdict(list)
    for deal in roster.deals:
        for sku_code in deal.skus:
            by_sku[sku_code].append((deal.starts_on, date.fromordinal(deal.ends_on.toordinal() + 1), deal))
    rows = []
    for sku_code, deals in by_sku.items():
        for start, end, found in pieces(deals):
            last = min((d for d in found), key=lambda d: (-d.starts_on.toordinal(), d.code))
            rows.append((sku_code, start, end, last.code))
    tables.add("m_deal", "sku text, from_on date, until_on date, deal text", rows)
