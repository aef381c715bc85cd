"""Whose a line is (docs/money.md §3): account → holder or session hosts → contract version → split rule.

Works on the agency's roster as plain data. Everything is looked up at the payment time of the order, so a
line has one attribution; what cannot be attributed gets one named reason and is paid to nobody.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

from mcn.commissions.engine.inputs import (
    UNRULED,
    Entry,
    EntryMatch,
    Host,
    Match,
    Override,
    Reason,
    Rule,
    Scope,
    Version,
)
from mcn.core.periods import business_date

NOBODY = ("", "-")  # what platforms write where a sale has no anchor
PRODUCT_SCOPES: frozenset[Scope] = frozenset({"sku", "deal", "brand", "category"})
MOST_SPECIFIC_FIRST: tuple[Scope, ...] = ("sku", "deal", "brand", "category", "platform", "none")


@dataclass(frozen=True, slots=True)
class Anchor:
    """An anchor and the payee that is paid for it."""

    code: str
    payee: str


@dataclass(frozen=True, slots=True)
class Account:
    """A platform account held by one anchor on business dates [from_on, until_on).

    Files that carry no account id name the account by its nickname.
    """

    platform: str
    account_id: str
    anchor: str
    from_on: date
    until_on: date | None = None
    platform_split: bool = False
    nickname: str = ""


@dataclass(frozen=True, slots=True)
class SessionHost:
    """An anchor in a session and its weight in (0, 1]."""

    anchor: str
    weight: Fraction


@dataclass(frozen=True, slots=True)
class Session:
    """A live session on an account, [starts_at, ends_at); its hosts replace the account's holder."""

    code: str
    platform: str
    account_id: str
    starts_at: datetime
    ends_at: datetime
    hosts: tuple[SessionHost, ...]
    room_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sku:
    """A SKU and the platform products (platform, product id) that are it."""

    code: str
    brand: str | None
    category: str | None
    products: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Deal:
    """A brand deal on business dates starts_on to ends_on, both inclusive."""

    code: str
    brand: str | None
    starts_on: date
    ends_on: date
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What attribution needs of an order line.

    `account` is the account id that the file gives, or where it gives none, the account's name. `live` tells
    the traffic source, None where the file gives none.
    """

    id: int
    platform: str
    account: str
    paid_at: datetime | None
    product_id: str | None = None
    room_id: str | None = None
    live: bool | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """All that decides whose a line is, for one agency. The order of the tuples means nothing."""

    zone: ZoneInfo
    day_starts_at: time
    anchors: tuple[Anchor, ...]
    accounts: tuple[Account, ...]
    sessions: tuple[Session, ...]
    versions: tuple[Version, ...]
    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...]
    skus: tuple[Sku, ...]
    deals: tuple[Deal, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose a line is; the fields of `Match` without the event."""

    hosts: tuple[Host, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    session: str | None = None
    holder_payee: str | None = None

    def of(self, event_id: int) -> Match:
        """The match of one event of the line."""
        return Match(event_id, self.hosts, self.reason, self.detail, self.session, self.holder_payee)


class _Unmatched(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail


class Matcher:
    """Attributes lines and entries of one agency, with the roster indexed once."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.payees = {anchor.code: anchor.payee for anchor in roster.anchors}
        self.accounts: dict[tuple[str, str], list[Account]] = defaultdict(list)
        self.nicknames: dict[tuple[str, str], list[Account]] = defaultdict(list)
        for account in roster.accounts:
            self.accounts[account.platform, account.account_id].append(account)
            if account.nickname:
                self.nicknames[account.platform, account.nickname].append(account)
        self.by_room: dict[tuple[str, str], list[Session]] = defaultdict(list)
        self.by_account: dict[tuple[str, str], list[Session]] = defaultdict(list)
        for session in roster.sessions:
            if not session.hosts:
                continue  # a session without hosts changes nothing
            self.by_account[session.platform, session.account_id].append(session)
            if session.room_id:
                self.by_room[session.platform, session.room_id].append(session)
        self.versions: dict[str, list[Version]] = defaultdict(list)
        for version in sorted(roster.versions, key=lambda v: (v.from_on, v.number, v.version), reverse=True):
            self.versions[version.anchor].append(version)
        self.rules: dict[tuple[int, str], dict[tuple[Scope, str], Rule]] = defaultdict(dict)
        for rule in sorted(roster.rules, key=lambda r: r.id):
            self.rules[rule.version_id, rule.income].setdefault((rule.scope, rule.scope_value), rule)
        by_code = sorted(roster.skus, key=lambda sku: sku.code, reverse=True)
        self.skus = {product: sku for sku in by_code for product in sku.products}
        self.deal_of = {deal.code: deal for deal in roster.deals}
        self.deals: dict[str, list[Deal]] = defaultdict(list)
        # the deal that started last comes first; of two that started together, the lower code
        for deal in sorted(sorted(roster.deals, key=lambda d: d.code), key=lambda d: d.starts_on, reverse=True):
            for sku_code in deal.skus:
                self.deals[sku_code].append(deal)

    def line(self, line: Line) -> Attribution:
        """Hosts of a line with their contract versions and rules, or the first reason that stands against
        it.
        """
        try:
            return self._line(line)
        except _Unmatched as stop:
            return Attribution(reason=stop.reason, detail=stop.detail)

    def entry(self, entry: Entry) -> EntryMatch:
        """The rule in force on the entry's date. Shared costs take only the unscoped commission rule."""
        if entry.income in UNRULED:
            return EntryMatch(entry.id)
        version = self.version_on(entry.anchor, entry.on)
        if version is None:
            return EntryMatch(entry.id, reason="no_contract")
        if entry.income == "commission_cost":
            rule = self.rules[version.id, "commission"].get(("none", ""))
        else:
            deal = self.deal_of.get(entry.deal) if entry.deal else None
            rule = self._rule(version, entry.income, _scopes(deal=deal, brand=deal.brand if deal else None))
        if rule is None:
            return EntryMatch(entry.id, reason="no_split_rule")
        return EntryMatch(entry.id, version.id, rule.id)

    def version_on(self, anchor: str, day: date) -> Version | None:
        """Contract version of an anchor in force on a business date; the newest, should two overlap."""
        return next((version for version in self.versions[anchor] if version.covers(day)), None)

    def _line(self, line: Line) -> Attribution:
        if line.account in NOBODY:
            raise _Unmatched("no_anchor_on_line", "")
        if line.paid_at is None:
            raise _Unmatched("no_contract", "")  # no payment time, so no contract that was in force then
        day = business_date(line.paid_at, self.roster.zone, self.roster.day_starts_at)
        holder = self._holder(line, day)
        session = self._session(line, line.paid_at, holder.account_id)
        parts = session.hosts if session else (SessionHost(holder.anchor, Fraction(1)),)
        versions = []
        for part in parts:
            version = self.version_on(part.anchor, day)
            if version is None:
                raise _Unmatched("no_contract", part.anchor)
            versions.append(version)
        sku = self.skus.get((line.platform, line.product_id)) if line.product_id else None
        if sku is None:
            for version in versions:
                if any(scope in PRODUCT_SCOPES for scope, _ in self.rules[version.id, "commission"]):
                    raise _Unmatched("unknown_sku", line.product_id or "")
        scopes = self._line_scopes(line, sku, day)
        hosts = []
        for position, (part, version) in enumerate(zip(parts, versions, strict=True)):
            rule = self._rule(version, "commission", scopes)
            if rule is None:
                raise _Unmatched("no_split_rule", part.anchor)
            payee = self.payees[part.anchor]
            hosts.append(Host(position, part.anchor, payee, version.id, rule.id, part.weight))
        return Attribution(
            hosts=tuple(hosts),
            session=session.code if session else None,
            holder_payee=self.payees[holder.anchor] if holder.platform_split else None,
        )

    def _holder(self, line: Line, day: date) -> Account:
        """The one holding of the line's account on the day: by id, else by nickname if only one has it."""
        key = (line.platform, line.account)
        found = [
            account
            for account in self.accounts[key] or self.nicknames[key]
            if account.from_on <= day and (account.until_on is None or day < account.until_on)
        ]
        if len(found) != 1:
            raise _Unmatched("unknown_account", line.account)
        return found[0]

    def _session(self, line: Line, paid_at: datetime, account_id: str) -> Session | None:
        """By room, else by account and window; several that a window cannot tell apart are refused (§3)."""
        found = self.by_room[line.platform, line.room_id] if line.room_id else []
        if len(found) > 1:
            found = [s for s in found if s.starts_at <= paid_at < s.ends_at] or found
        if not found and line.live is not False:
            found = [
                session
                for session in self.by_account[line.platform, account_id]
                if session.starts_at <= paid_at < session.ends_at
                and not (line.room_id and session.room_id)  # another room
            ]
        if len(found) > 1:
            raise _Unmatched("two_sessions", ", ".join(sorted(session.code for session in found)))
        return found[0] if found else None

    def _line_scopes(self, line: Line, sku: Sku | None, day: date) -> dict[Scope, str]:
        if sku is None:
            return _scopes(platform=line.platform)
        deal = next((d for d in self.deals[sku.code] if d.starts_on <= day <= d.ends_on), None)
        return _scopes(platform=line.platform, category=sku.category, brand=sku.brand, deal=deal, sku=sku.code)

    def _rule(self, version: Version, income: str, scopes: dict[Scope, str]) -> Rule | None:
        rules = self.rules[version.id, income]
        for scope in MOST_SPECIFIC_FIRST:
            if scope in scopes and (scope, scopes[scope]) in rules:
                return rules[scope, scopes[scope]]
        return None


def _scopes(
    *,
    platform: str | None = None,
    category: str | None = None,
    brand: str | None = None,
    deal: Deal | None = None,
    sku: str | None = None,
) -> dict[Scope, str]:
    """The scopes something falls into, with the value each must have."""
    found: dict[Scope, str] = {"none": ""}
    named: tuple[tuple[Scope, str | None], ...] = (
        ("platform", platform),
        ("category", category),
        ("brand", brand),
        ("deal", deal.code if deal else None),
        ("sku", sku),
    )
    found.update({scope: value for scope, value in named if value})
    return found
