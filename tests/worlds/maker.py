"""Invents a random agency from a seed."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from mcn.commissions.engine.inputs import Entry, Event, Override, Rule, Version
from mcn.commissions.engine.matching import (
    Account,
    Anchor,
    Deal,
    Line,
    Roster,
    Session,
    SessionHost,
    Sku,
)
from mcn.commissions.engine.tiers import Step, Tiers
from mcn.core.periods import Period, business_date, business_day_start
from mcn.settlements.engine.inputs import (
    Advance,
    Attendance,
    Guarantee,
    Instalments,
    TaxPayer,
    TaxSettings,
)
from tests.worlds.limits import fits
from tests.worlds.world import BASES, HISTORY_MONTH, INCOMES, MONTHS, PLATFORMS, ZONE, World


def make_world(seed: int, lines: int | None = None) -> World:
    """The world of a seed; `lines` sets the number of order lines (default: up to 40)."""
    return _Maker(seed, lines).world()


class _Maker:
    def __init__(self, seed: int, lines: int | None) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.line_count = self.rng.randint(1, 40) if lines is None else lines
        self.day_starts_at = self.rng.choice([time(0), time(0), time(4)])
        self.anchors = [f"A{n:02d}" for n in range(1, self.rng.randint(2, 4))]
        self.agents = ["G01", "G02"]
        self.first_period = self.rng.choice([None, MONTHS[0]])
        self.skus: list[Sku] = []
        self.deals: list[Deal] = []
        self.next_id = 0

    def number(self) -> int:
        self.next_id += 1
        return self.next_id

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def rate(self, top: int = 60) -> Fraction:
        """A rate with up to six places; often a plain percentage."""
        if self.chance(70):
            return Fraction(self.rng.randint(0, top), 100)
        return Fraction(self.rng.randint(0, top * 10_000), 1_000_000)

    def day(self, first: date = date(2026, 5, 1), last: date = date(2026, 8, 31)) -> date:
        return first + timedelta(days=self.rng.randint(0, (last - first).days))

    def moment(self, first: date = date(2026, 5, 1), last: date = date(2026, 8, 31)) -> datetime:
        """A moment of a business day; every tenth exactly at its start, every tenth in its last second."""
        start = business_day_start(self.day(first, last), ZONE, self.day_starts_at)
        edge = self.rng.randrange(10)
        seconds = {0: 0, 1: 86_399}.get(edge, self.rng.randint(0, 86_399))
        return start + timedelta(seconds=seconds)

    def business_day(self, moment: datetime) -> date:
        return business_date(moment, ZONE, self.day_starts_at)

    def world(self) -> World:
        self.supply()
        accounts = self.accounts()
        sessions = self.sessions(accounts)
        versions, rules, overrides, guarantees = self.contracts()
        tail_of = self.tails(versions, rules)
        roster = Roster(
            zone=ZONE,
            day_starts_at=self.day_starts_at,
            anchors=tuple(Anchor(code, code) for code in self.anchors),
            accounts=tuple(accounts),
            sessions=tuple(sessions),
            versions=tuple(versions),
            rules=tuple(rules),
            overrides=tuple(overrides),
            skus=tuple(self.skus),
            deals=tuple(self.deals),
        )
        lines, settled_at, events, event_period = self.orders(accounts, sessions)
        entries, entry_period = self.entries()
        return World(
            seed=self.seed,
            roster=roster,
            guarantees=guarantees,
            # no draw of chance: worlds stay what they were
            net_of_tax=frozenset(v.id for v in versions if tail_of.get(v.id, v.id) % 3 == 0),
            tail_of=tail_of,
            payers=self.payers(),
            lines=lines,
            settled_at=settled_at,
            events=tuple(events),
            event_period=event_period,
            entries=tuple(entries),
            entry_period=entry_period,
            advances=self.advances(),
            instalments=self.instalments(),
            attendance={
                (anchor, period): Attendance(self.rng.randint(0, 30), Decimal(self.rng.randint(0, 2000)) / 10)
                for anchor in self.anchors
                for period in (HISTORY_MONTH, *MONTHS)
                if self.chance(70)
            },
            settings=TaxSettings(
                self.rng.choice([None, None, MONTHS[0], MONTHS[1]]),
                self.rng.choice(["reset", "income_months", "calendar"]),
            ),
            first_period=self.first_period,
        )

    def supply(self) -> None:
        for n in range(1, 5):
            products = tuple((platform, f"P{n}{platform[0]}") for platform in PLATFORMS if self.chance(90))
            brand = self.rng.choice(["B01", "B02"])
            self.skus.append(Sku(f"S{n:03d}", brand, self.rng.choice(["beauty", "food"]), products))
        for n in range(1, 4):
            starts_on = self.day(date(2026, 5, 1), date(2026, 7, 31))
            skus = tuple(sku.code for sku in self.rng.sample(self.skus, 2))
            ends_on = starts_on + timedelta(days=self.rng.randint(0, 45))
            self.deals.append(Deal(f"D{n:02d}", self.rng.choice(["B01", "B02"]), starts_on, ends_on, skus))

    def accounts(self) -> list[Account]:
        found = []
        for number, anchor in enumerate([*self.anchors, self.rng.choice(self.anchors)]):
            account = Account(
                platform=self.rng.choice(PLATFORMS),
                account_id=f"1000{number}",
                anchor=anchor,
                from_on=date(2026, 1, 1) if self.chance(85) else self.day(),
                platform_split=self.chance(30),
                nickname=f"nick{number}",
            )
            if self.chance(25):  # changes hands; now and then with a gap nobody holds it
                changes_on = account.from_on + timedelta(days=self.rng.randint(1, 200))
                gap = timedelta(days=self.rng.choice([0, 0, 5]))
                other = self.rng.choice(self.anchors)
                found.append(replace(account, until_on=changes_on))
                found.append(replace(account, anchor=other, from_on=changes_on + gap))
            else:
                found.append(account)
        return found

    def sessions(self, accounts: list[Account]) -> list[Session]:
        found = []
        for number in range(self.rng.randint(0, 6)):
            account = self.rng.choice(accounts)
            starts_at = self.moment()
            hosts = self.rng.sample(self.anchors, self.rng.randint(0, len(self.anchors)))
            left = 1_000_000
            parts = []
            for host in hosts:
                weight = left if self.chance(20) else self.rng.randint(1, max(1, left // len(hosts)))
                if weight <= 0:
                    break
                left -= weight
                parts.append(SessionHost(host, Fraction(weight, 1_000_000)))
            found.append(
                Session(
                    code=f"L{number:03d}",
                    platform=account.platform,
                    account_id=account.account_id,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=self.rng.choice([2, 6, 24 * 20])),
                    hosts=tuple(parts),
                    room_id=self.rng.choice([None, f"R{number}", f"R{number}", "R0"]),
                )
            )
        return found

    def contracts(self) -> tuple[list[Version], list[Rule], list[Override], dict[int, Guarantee]]:
        versions: list[Version] = []
        rules: list[Rule] = []
        overrides: list[Override] = []
        guarantees: dict[int, Guarantee] = {}
        for anchor in self.anchors:
            end = date(2027, 1, 1) if self.chance(85) else self.day(date(2026, 7, 1))
            starts = [date(2026, 1, 1) if self.chance(85) else self.day()]
            starts += [day for day in [self.day()] if self.chance(40) and day > starts[0]]
            starts = [day for day in starts if day < end]
            for number, start in enumerate(starts, 1):
                until = starts[number] if number < len(starts) else end
                window = self.rng.choice([None, None, None, 7, 30])
                version = Version(self.number(), anchor, f"C-{anchor}", number, start, until, window)
                versions.append(version)
                mine = self.rules(version.id)
                rules += mine
                overrides += self.overrides(version.id, anchor, mine)
                if self.chance(60):
                    guarantees[version.id] = self.guarantee()
        return versions, rules, overrides, guarantees

    def tails(self, versions: list[Version], rules: list[Rule]) -> dict[int, int]:
        """The tail of some contracts, which may end earlier for it; the version that each tail is of. The dice are of
        their own, so that the rest of a world stays what it was."""
        rng = random.Random(f"tails {self.seed}")  # noqa: S311 -- a test's dice
        number, found = 1_000_000, {}
        for last in [v for v in versions if v.until_on == max(w.until_on for w in versions if w.anchor == v.anchor)]:
            if rng.randrange(100) >= 60:
                continue
            if last.until_on == date(2027, 1, 1):
                until = max(last.from_on + timedelta(days=1), date(2026, 5, 20) + timedelta(days=rng.randint(0, 60)))
                versions[versions.index(last)] = last = replace(last, until_on=until)
            number += 1
            tail = Version(
                number,
                last.anchor,
                last.number,
                last.version,
                last.until_on,
                last.until_on + timedelta(days=rng.choice([1, 30, 60, 90])),
                last.clawback_window_days,
                tail=True,
            )
            versions.append(tail)
            found[tail.id] = last.id
            share = rng.choice([None, None, Fraction(1, 2), Fraction(1)])
            scoped = [r for r in rules if r.version_id == last.id and r.income == "commission" and r.rate is not None]
            if share is None or not scoped:
                number += 1
                rules.append(Rule(number, tail.id, "commission", rate=Fraction(rng.randint(0, 60), 100)))
                continue
            for rule in scoped:
                rate = rule.rate * share
                if (rate * 1_000_000).denominator == 1:
                    number += 1
                    rules.append(replace(rule, id=number, version_id=tail.id, rate=rate))
        return found

    def rules(self, version_id: int) -> list[Rule]:
        scopes = [("none", "")] if self.chance(90) else []
        options = [("platform", p) for p in PLATFORMS]
        options += [("category", "food"), ("category", "beauty"), ("brand", "B01"), ("brand", "B02")]
        options += [("deal", deal.code) for deal in self.deals] + [("sku", sku.code) for sku in self.skus]
        if self.chance(50):
            scopes += self.rng.sample(options, self.rng.randint(1, 4))
        elif self.chance(50):
            scopes.append(self.rng.choice(options[: len(PLATFORMS)]))
        found = [self.rule(version_id, "commission", *scope) for scope in scopes]
        for income in ("slot_fee", "tips", "ads"):
            if self.chance(85):
                found.append(self.rule(version_id, income, "none", ""))
            if income == "slot_fee" and self.chance(30):
                found.append(self.rule(version_id, income, "deal", "D01"))
                found.append(self.rule(version_id, income, "brand", "B02"))
        return found

    def rule(self, version_id: int, income: str, scope: str, value: str) -> Rule:
        number = self.number()
        if self.chance(60):
            return Rule(number, version_id, income, scope, value, rate=self.rate(100 if self.chance(10) else 60))
        metric = self.rng.choice(["net_gmv", "net_commission", "orders"])
        top = {"net_gmv": 300_000, "net_commission": 60_000, "orders": 10}[metric]
        bounds = sorted(self.rng.sample(range(1, top), self.rng.randint(0, 3)))
        steps = tuple(Step(up_to, self.rate()) for up_to in [*bounds, None])
        tiers = Tiers(metric, self.rng.choice(["slab", "marginal"]), steps)
        return Rule(number, version_id, income, scope, value, tiers=tiers)

    def overrides(self, version_id: int, anchor: str, rules: list[Rule]) -> list[Override]:
        found: list[Override] = []
        for _ in range(self.rng.choice([0, 0, 1, 2, 3])):
            from_on = self.day()
            override = Override(
                id=self.number(),
                version_id=version_id,
                payee=self.rng.choice([*self.agents, *self.anchors]),
                basis=self.rng.choice(BASES),
                rate=self.rate(20),
                from_on=self.rng.choice([date(2026, 1, 1), from_on]),
                until_on=self.rng.choice([None, from_on + timedelta(days=self.rng.randint(1, 60))]),
                borne_by=self.rng.choice(["agency", "agency", "anchor"]),
            )
            if fits(rules, [*found, override]):
                found.append(override)
        return found

    def guarantee(self) -> Guarantee:
        return Guarantee(
            amount=self.rng.randint(0, 100_000),
            min_days=self.rng.choice([None, 15, 26]),
            min_hours=self.rng.choice([None, Decimal("100"), Decimal("156.5")]),
            when_short=self.rng.choice(["void", "prorate"]),
            tested=self.rng.choice(["before_recoup", "after_recoup"]),
        )

    def payers(self) -> dict[str, TaxPayer]:
        found = {}
        for code in [*self.anchors, *self.agents]:
            kind = self.rng.choice(["labour", "labour", "labour", "employee", "sole_trader", "company"])
            person = "A01" if code == "G02" and self.chance(30) else code
            if kind == "labour" and code.endswith("3"):  # no draw of chance: worlds stay what they were
                kind = "non_resident"
            payer = TaxPayer(kind, person)
            if kind == "employee":
                employed_from = self.rng.choice([None, self.day()])
                social, special = self.rng.randint(0, 200_000), self.rng.randint(0, 100_000)
                payer = replace(payer, social_insurance=social, special_deductions=special, employed_from=employed_from)
            found[code] = payer
        return found

    def advances(self) -> dict[str, tuple[Advance, ...]]:
        found = {}
        for anchor in self.anchors:
            found[anchor] = tuple(
                Advance(
                    code=f"ADV-{anchor}-{n}",
                    paid_on=self.day(),
                    outstanding=self.rng.randint(1, 50_000),
                    recoup_rate=self.rate(100),
                    taxed_when_paid=self.chance(30),
                    instalment=self.rng.randint(1, 5_000) if self.chance(30) else None,
                    recoup_from=self.rng.choice(MONTHS) if self.chance(20) else None,
                )
                for n in range(self.rng.choice([0, 0, 1, 2, 3]))
            )
        return found

    def instalments(self) -> dict[str, tuple[Instalments, ...]]:
        """Debts of claims; their dice are of their own, so that the rest of a world stays what it was."""
        rng = random.Random(f"instalments {self.seed}")  # noqa: S311 -- a test's dice
        return {
            anchor: tuple(
                Instalments(
                    code=f"PLAN-{anchor}-{n}",
                    left=rng.randint(1, 20_000),
                    instalment=rng.randint(1, 8_000),
                    most_rate=Fraction(rng.choice([10, 25, 50, 100]), 100),
                    first_month=rng.choice(MONTHS),
                )
                for n in range(rng.choice([0, 0, 1, 2]))
            )
            for anchor in self.anchors
        }

    def orders(
        self, accounts: list[Account], sessions: list[Session]
    ) -> tuple[dict[int, Line], dict[int, datetime | None], list[Event], dict[int, Period]]:
        lines: dict[int, Line] = {}
        settled_at: dict[int, datetime | None] = {}
        events: list[Event] = []
        ids = list(range(1, self.line_count * 6 + 1))  # ids do not follow time
        self.rng.shuffle(ids)
        for number in range(1, self.line_count + 1):
            account = self.rng.choice(accounts)
            line = self.line(number, account, sessions)
            lines[number] = line
            settled_at[number] = self.moment() if self.chance(60) else None
            order_key = f"{account.platform}-{self.rng.randint(1, max(2, self.line_count))}"
            changes = list(self.changes())
            moments = [self.moment() for _ in changes]
            if self.chance(80):
                moments.sort()
            for (kind, base, gross, fee), occurred_at in zip(changes, moments, strict=True):
                occurred_on = self.business_day(occurred_at)
                holder = self.rng.randint(0, abs(gross)) * (-1 if kind == "clawback" else 1)
                settled = settled_at[number]
                events.append(
                    Event(
                        id=ids.pop(),
                        line_id=number,
                        platform=line.platform,
                        order_key=order_key,
                        line_key=f"{number}",
                        kind=kind,
                        occurred_at=occurred_at,
                        occurred_on=occurred_on,
                        own_period=Period.of(occurred_on),
                        paid_on=self.business_day(line.paid_at) if line.paid_at else None,
                        settled_on=self.business_day(settled) if settled else None,
                        base=base,
                        gross=gross,
                        fee=fee,
                        holder_change=holder,
                    )
                )
        counted = [e for e in events if not self.first_period or e.own_period >= self.first_period]
        return lines, settled_at, events, {event.id: self.settling(event.own_period) for event in counted}

    def line(self, number: int, account: Account, sessions: list[Session]) -> Line:
        paid_at: datetime | None = self.moment(date(2026, 4, 20))
        room_id = None
        if sessions and self.chance(50):
            session = self.rng.choice(sessions)
            account = replace(account, platform=session.platform, account_id=session.account_id)
            room_id = self.rng.choice([None, session.room_id])
            inside = self.rng.choice([0, 1, 3600, int((session.ends_at - session.starts_at).total_seconds())])
            paid_at = session.starts_at + timedelta(seconds=inside)
        named = account.account_id if self.chance(80) else account.nickname
        return Line(
            id=number,
            platform=account.platform,
            account=self.rng.choice(["", "-", "99999"]) if self.chance(5) else named,
            paid_at=None if self.chance(1) else paid_at,
            product_id=f"P{self.rng.randint(1, 4)}{account.platform[0]}" if self.chance(92) else None,
            room_id=room_id,
            live=self.rng.choice([None, True, True, False]),
        )

    def changes(self) -> Iterator[tuple[str, int, int, int]]:
        """What happens to one line: kind, base, gross, fee. Sums stay what platforms could report, and
        worse.
        """
        pool = base = 0
        if self.chance(90):
            size = self.rng.choice([1, 1, 1, 100])
            base = self.rng.randint(0, 60_000 * size)
            gross = self.rng.choice([0, *[self.rng.randint(0, 12_000 * size)] * 4])
            fee = self.rng.choice([0, gross // 10, min(gross, self.rng.randint(0, 500))])
            pool = gross - fee
            yield "settled", base, gross, fee
        if self.chance(20):
            gross = self.rng.randint(0, 3_000)
            pool += gross
            yield "supplement", 0, gross, 0
        for _ in range(self.rng.choice([0, 0, 0, 1, 1, 2, 3])):
            back = self.rng.choice([pool, pool, pool // 2, pool // 3, self.rng.randint(0, 2_000)])
            back = max(0, back)
            pool -= back
            yield "clawback", -self.rng.randint(0, max(base, 1)), -back, 0
        if self.chance(5):
            yield "supplement", 100, self.rng.randint(0, 999), 0

    def entries(self) -> tuple[list[Entry], dict[int, Period]]:
        found = []
        for number in range(1, self.rng.randint(1, 12)):
            income = self.rng.choice(INCOMES)
            amount = self.rng.randint(1, 30_000)
            corrects = self.chance(
                50 if income == "correction" else 20
            )  # an entry from a file that takes back what an earlier one brought
            on = self.day(MONTHS[0].start if self.first_period else HISTORY_MONTH.start)
            anchor = self.rng.choice(self.anchors)
            found.append(
                Entry(
                    id=number,
                    code=f"E{self.rng.randint(1, 99):02d}-{number}",
                    anchor=anchor,
                    payee=anchor,
                    income=income,
                    on=on,
                    own_period=Period.of(on),
                    amount=-amount if (income == "commission_cost") != corrects else amount,
                    deal=self.rng.choice([None, "D01", "D02"]) if income in ("slot_fee", "ads") else None,
                )
            )
        return found, {entry.id: self.settling(entry.own_period) for entry in found}

    def settling(self, own: Period) -> Period:
        """Its own month, or, where it came late, a later one; never after the last."""
        return min(max(own, self.rng.choice([own, own, own, *MONTHS])), MONTHS[-1])
