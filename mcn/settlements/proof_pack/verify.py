#!/usr/bin/env python3
"""Verify the proof pack of a closed month. 校验月结校验包。

    python3 verify.py PACK.zip --sha256 HEX      the pack as it was handed out
    python3 verify.py                            in the folder of the unpacked pack

It needs Python 3.8 or newer, nothing else, and no network. It recomputes the month from the rules and inputs in the
pack with whole numbers and exact fractions, names every difference and ends with 0 (all agree) or 1. README.txt says
what the files hold and what is not recomputed. "§" are sections of the product's contract on money (docs/money.md).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import struct
import sys
import zipfile
from collections import Counter, defaultdict, namedtuple
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, Iterator, List, Tuple  # noqa: UP035 - also for Python 3.8

MANIFEST = "manifest.json"
FILES = [
    "README.txt", "verify.py", "chain.json", "rules.json", "inputs.json", "lines.tsv", "statements.tsv",
    "leftovers.tsv", "history.tsv", "holders.tsv",
]  # fmt: skip
NULL = "\\N"
WHOLE = "1.000000"
SHARES = (
    "commission_share", "clawback_share", "slot_fee_share", "tips_share", "ads_share", "override_share", "bonus",
)  # fmt: skip
AFTER_SHARES = (
    "earned", "guarantee_top_up", "penalties", "paid_by_platform", "brought_forward", "taxable", "tax",
    "advance_recouped", "net_pay", "carried_forward",
)  # fmt: skip
INCOME = {"commission_cost": "commission_share", "bonus": "bonus", "correction": "bonus"}
INCOME.update({name: f"{name}_share" for name in ("slot_fee", "tips", "ads")})
ESCAPED = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
Key = Tuple[str, str, str]  # noqa: UP006 - platform, order, line; also for Python 3.8
SHOWN = 50  # differences that are told one by one


# One share of lines.tsv, as text.
Row = namedtuple(
    "Row",
    "platform order line event moment base gross fee holder payee host kind column version rule override weight n d"
    " dated_on share id",
)
# One share that an earlier month paid on a line that this month takes back from: a row of history.tsv.
Past = namedtuple(
    "Past",
    "platform order line period event moment id pool payee host kind version rule override weight n d share",
)
STATEMENT = (
    "code",
    "name",
    "kind",
    "lines",
    "net_gmv",
    "pool",
    *SHARES,
    *AFTER_SHARES,
    "instalments",
)  # amounts in fen
Rows = List[Tuple[int, Row]]  # numbered  # noqa: UP006


class Findings:
    """The differences, in the order in which they were found."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, place: str, what: str) -> None:
        self.count += 1
        if self.count <= SHOWN:
            print(f"DIFFERENCE  {place}: {what}")

    def differ(self, place: str, what: str, expected: Any, found: Any) -> None:
        if expected != found:
            self.add(place, f"{what}: expected {expected}, found {found}")


def rounded(amount: int, n: int, d: int) -> int:
    """R(amount × n ÷ d) (§0): half away from zero."""
    if d < 0:
        n, d = -n, -d
    whole = (2 * abs(amount * n) + d) // (2 * d)
    return whole if amount * n >= 0 else -whole


def R(x: Fraction) -> int:  # noqa: N802 - the name that the contract gives it
    """The exact amount x as a whole fen."""
    return rounded(x.numerator, 1, x.denominator)


def raw(value: str) -> str:
    """A text as .tsv files write it."""
    return "".join(ESCAPED.get(letter, letter) for letter in value)


def text(field: str) -> str:
    """The text that a field of a .tsv file writes."""
    if "\\" not in field:
        return field
    plain = {escaped: letter for letter, escaped in ESCAPED.items()}
    return re.sub(r"\\.", lambda found: plain.get(found[0], found[0]), field)


def key_of(row: Row | Past) -> Key:
    """The order line."""
    return row.platform, row.order, row.line


def pool_of(row: Row) -> int:
    """Fen to be shared (§4)."""
    return int(row.gross) - int(row.fee)


def millionths(weight: str) -> int:
    """A weight, which has six places."""
    return int(weight.replace(".", ""))


# ── the files ────────────────────────────────────────────────────────────────────────────────────────


class Pack:
    """A pack, zipped or unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zip = None if path.is_dir() else zipfile.ZipFile(path)

    def names(self) -> list[str]:
        return self.zip.namelist() if self.zip else sorted(entry.name for entry in self.path.iterdir())

    def open(self, name: str) -> Any:
        return self.zip.open(name) if self.zip else (self.path / name).open("rb")

    def json(self, name: str) -> Any:
        """Raises ValueError for JSON that is not written in the one form that packs have."""
        with self.open(name) as file:
            raw = file.read().decode()
        data = json.loads(raw)
        if json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n" != raw:
            raise ValueError("not written in the form that packs have")
        return data

    def rows(self, name: str) -> Iterator[tuple[int, list[str]]]:
        """Numbered rows of a .tsv file."""
        with io.TextIOWrapper(self.open(name), encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, 1):
                yield number, line.rstrip("\n").split("\t")

    def blocks(self, name: str) -> Iterator[bytes]:
        with self.open(name) as file:
            yield from iter(lambda: file.read(1 << 20), b"")


def check_files(pack: Pack, manifest: dict[str, Any], found: Findings) -> None:
    """No file missing, added or changed."""
    expected = sorted([*FILES, MANIFEST])
    for name in sorted(set(expected) ^ set(pack.names())):
        found.add(name, "is missing" if name in expected else "does not belong to the pack")
    found.differ(MANIFEST, "files", sorted(FILES), sorted(manifest["files"]))
    for name in FILES:
        given, digest, size = manifest["files"][name], hashlib.sha256(), 0
        try:
            for block in pack.blocks(name):
                digest.update(block)
                size += len(block)
        except Exception as error:  # what a damaged archive raises depends on Python's version
            found.add(name, f"cannot be read: {error}")
            continue
        found.differ(name, "size", given["size"], size)
        found.differ(name, "SHA-256", given["sha256"], digest.hexdigest())


def check_container(pack: Pack, manifest: dict[str, Any], found: Findings) -> None:
    """Every byte of the zip itself: it is laid out in one way, and the packed bytes have a SHA-256, too."""
    assert pack.zip is not None
    infos = pack.zip.infolist()
    found.differ("zip", "files", [*FILES, MANIFEST], [info.filename for info in infos])
    place, directory = 0, b""
    with pack.path.open("rb") as file:
        for info in infos:
            name = info.filename.encode()
            method = zipfile.ZIP_DEFLATED if name.endswith(b".tsv") else zipfile.ZIP_STORED
            common = (0, method, 0, 33, info.CRC, info.compress_size, info.file_size, len(name), 0)  # 33: 1980-01-01
            head = struct.pack("<4s5H3L2H", b"PK\3\4", 20, *common) + name
            directory += struct.pack("<4s4B4H3L5H2L", b"PK\1\2", 20, 3, 20, 0, *common, 0, 0, 0, 0o100644 << 16, place)
            directory += name
            _compare(file.read(len(head)), head, place, f"header of {info.filename}", found)
            packed = file.read(info.compress_size)
            place += len(head) + len(packed)
            if info.filename in manifest["files"]:
                given = manifest["files"][info.filename]["packed_sha256"]
                found.differ(info.filename, "SHA-256 of the packed bytes", given, hashlib.sha256(packed).hexdigest())
        directory += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(infos), len(infos), len(directory), place, 0)
        _compare(file.read(), directory, place, "directory", found)


def _compare(found_bytes: bytes, expected: bytes, place: int, what: str, found: Findings) -> None:
    if found_bytes != expected:
        same = [one == other for one, other in zip(found_bytes, expected)] + [False]  # noqa: B905 - Python 3.8
        at = same.index(False)
        found.add("zip", f"byte {place + at} ({what}): expected {expected[at:][:8]!r}, found {found_bytes[at:][:8]!r}")


def check_content(pack: Pack, manifest: dict[str, Any], inputs: dict[str, Any], found: Findings) -> None:
    """The proof of the month (§8), its place in the chain, and what the manifest says besides."""
    period, before = manifest["period"], manifest["previous_hash"]
    digest = hashlib.sha256(f"{period}\n{before}\n".encode())
    for name in ["lines.tsv", "statements.tsv", "leftovers.tsv"][: 3 if manifest["leftovers_hashed"] else 2]:
        for block in pack.blocks(name):
            digest.update(block)
        digest.update(b"\n")
    found.differ("manifest.json", "content_hash", digest.hexdigest(), manifest["content_hash"])
    for name, expected in {
        "format": "mcn-proof-pack", "version": 1, "agency": inputs["agency"], "period": inputs["period"],
    }.items():  # fmt: skip
        found.differ("manifest.json", name, expected, manifest[name])
    chain, last = pack.json("chain.json"), ""
    for month in chain:
        found.differ("chain.json", f"{month['code']}, previous_hash", last, month["previous_hash"])
        last = month["content_hash"]
    codes = [month["code"] for month in chain]
    found.differ("chain.json", "order of the months", sorted(set(codes)), codes)
    for name in ("period", "content_hash", "previous_hash", "leftovers_hashed"):
        found.differ(
            "chain.json", f"last month, {name}", manifest[name], chain[-1]["code" if name == "period" else name]
        )
    left = sum(int(row[7]) for _, row in pack.rows("leftovers.tsv"))
    found.differ("leftovers.tsv", "unmatched money accepted at closing (fen)", inputs["accepted_unmatched_fen"], left)


# ── rules and rates ──────────────────────────────────────────────────────────────────────────────────


class Book:
    """Rules and inputs, looked up by their ids and codes."""

    def __init__(self, rules: dict[str, Any], inputs: dict[str, Any]) -> None:
        payee_of = {anchor["code"]: anchor["payee"] for anchor in inputs["anchors"]}
        self.inputs = inputs
        self.versions = {str(version["id"]): version for version in rules["versions"]}
        self.payee = {number: raw(payee_of[version["anchor"]]) for number, version in self.versions.items()}
        self.rules = {str(rule["id"]): rule for rule in rules["rules"]}
        self.overrides: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for override in sorted(rules["overrides"], key=lambda row: row["id"]):
            self.overrides[str(override["version_id"])].append(override)
        self.day_start = time.fromisoformat(inputs["day_starts_at"])
        self.by_orders = {
            str(rule["version_id"]) for rule in rules["rules"] if rule["tiers"] and rule["tiers"]["metric"] == "orders"
        }

    def day(self, moment: str) -> date:
        """Business date (§0.4) of a moment in UTC."""
        offset = [seconds for since, seconds in self.inputs["utc_offsets"] if since <= moment][-1]
        start = timedelta(hours=self.day_start.hour, minutes=self.day_start.minute, seconds=self.day_start.second)
        return (datetime.fromisoformat(moment) + timedelta(seconds=offset) - start).date()

    def in_force(self, version: str, day: str) -> bool:
        row = self.versions[version]
        return not row["superseded"] and _within(day, row["from_on"], row["until_on"])

    def window(self, version: str) -> int | None:
        days: int | None = self.versions[version]["clawback_window_days"]
        return days


def _within(day: str, first: str | None, until: str | None) -> bool:
    return day != NULL and (first is None or first <= day) and (until is None or day < until)


def tier_rate(tiers: dict[str, Any], metric: Fraction) -> Fraction:
    """§4.4; a bound belongs to the lower step."""
    steps = [(step["up_to"], Fraction(step["rate"])) for step in tiers["steps"]]
    if metric <= 0:
        return steps[0][1]
    if tiers["mode"] == "slab":
        return next(rate for up_to, rate in steps if up_to is None or metric <= up_to)
    total, floor = Fraction(0), Fraction(0)
    for up_to, rate in steps:
        top = metric if up_to is None else min(metric, Fraction(up_to))
        total += rate * max(Fraction(0), top - floor)
        floor = top
    return total / metric


class Bucket:
    """Cumulative rounding at the exact rate q (§4.2)."""

    def __init__(self, q: Fraction) -> None:
        self.n, self.d = q.numerator, q.denominator
        self.told = (str(self.n), str(self.d))
        self.total: int | Fraction = 0
        self.so_far = 0

    def add(self, amount: int | Fraction) -> int:
        before = self.so_far
        self.total += amount
        self.so_far = rounded(self.total.numerator, self.n, self.total.denominator * self.d)
        return self.so_far - before


class Line:
    """What one order line has been through so far: what a clawback is measured against (§4.5)."""

    def __init__(self) -> None:
        self.pool, self.settled = 0, False
        self.first: date | None = None  # business date of its first `settled` event
        self.hosts: list[tuple[str, str]] = []  # version and weight, at its last settlement in an earlier month
        self.paid: dict[tuple[str, bool, str], tuple[Row | Past, int]] = {}  # newest row, fen so far

    def add(self, row: Row | Past, share: int) -> None:
        key = (row.payee, row.override != NULL, row.host)
        self.paid[key] = (row, share + (self.paid[key][1] if key in self.paid else 0))


def read_history(pack: Pack, book: Book) -> dict[Key, Line]:
    """The lines that earlier months paid on."""
    lines: dict[Key, Line] = {}
    event = None
    for _, fields in pack.rows("history.tsv"):
        row = Past(*fields)
        line = lines.setdefault(key_of(row), Line())
        if row.id != event:
            event, line.pool = row.id, line.pool + int(row.pool)
            if row.event != "clawback":
                line.settled, line.hosts = True, []
            if row.event == "settled" and line.first is None:
                line.first = book.day(row.moment)
        if row.event != "clawback" and row.kind == "share":
            line.hosts.append((row.version, row.weight))
        line.add(row, int(row.share))
    return lines


def read_events(pack: Pack) -> Iterator[Rows]:
    """The rows of lines.tsv, those of one event or entry together."""
    group: Rows = []
    for number, fields in pack.rows("lines.tsv"):
        row = Row(*fields)
        if group and (row.id, key_of(row)) != (group[0][1].id, key_of(group[0][1])):
            yield group
            group = []
        group.append((number, row))
    if group:
        yield group


class Sums:
    """First reading of the lines: tier metrics, and what statements say beside the shares (§4.4, §5.1, §5.4)."""

    def __init__(self, pack: Pack, book: Book, history: dict[Key, Line], found: Findings) -> None:
        self.book = book
        self.back: set[Key] = set()  # lines with a clawback
        self.other: set[Key] = set()  # lines with anything but one `settled` event
        for _, fields in pack.rows("lines.tsv"):
            if fields[0] and fields[3] != "settled":
                self.other.add((fields[0], fields[1], fields[2]))
                if fields[3] == "clawback":
                    self.back.add((fields[0], fields[1], fields[2]))
        self.base: Counter[str] = Counter()  # by version, millionths of a fen
        self.pool: Counter[str] = Counter()
        self.orders: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.lines: Counter[str] = Counter()  # by payee
        self.paid_by_platform: Counter[str] = Counter()
        self._seen: set[tuple[str, Key]] = set()
        self._read(pack, history, found)

    def _read(self, pack: Pack, history: dict[Key, Line], found: Findings) -> None:
        holders = (fields for _, fields in pack.rows("holders.tsv"))
        holder = next(holders, None)
        here: dict[Key, tuple[int, list[tuple[str, str]]]] = {}
        clawbacks = []
        for group in read_events(pack):
            row = group[0][1]
            if not row.platform:
                continue
            if holder is not None and holder[0] == row.id:
                self.paid_by_platform[holder[1]] -= int(row.holder)
                holder = next(holders, None)
            if row.event == "clawback":
                clawbacks.append((row, [(r.version, r.weight) for _, r in group if r.override == NULL]))
                continue
            hosts = [(r.version, r.weight) for _, r in group if r.kind == "share"]
            if key_of(row) in self.back:
                here[key_of(row)] = min(here.get(key_of(row), (int(row.id), hosts)), (int(row.id), hosts))
            self._count(row, hosts)
        for row, own in clawbacks:
            if key_of(row) in history and history[key_of(row)].settled:
                own = history[key_of(row)].hosts
            elif key_of(row) in here:
                own = here[key_of(row)][1]
            self._count(row, own)
        if holder is not None:
            found.add("holders.tsv", f"event {holder[0]} is not in lines.tsv, or not in this place")

    def _count(self, row: Row, hosts: list[tuple[str, str]]) -> None:
        for version, weight in hosts:
            self.base[version] += millionths(weight) * int(row.base)
            self.pool[version] += millionths(weight) * pool_of(row)
            if version in self.book.by_orders:
                self.orders[version].add((row.platform, row.order))
        for payee in {self.book.payee[version] for version, _ in hosts}:
            if key_of(row) not in self.other:
                self.lines[payee] += 1
            elif (payee, key_of(row)) not in self._seen:
                self._seen.add((payee, key_of(row)))
                self.lines[payee] += 1

    def rate(self, rule: dict[str, Any]) -> Fraction:
        """The rate of a rule in this month."""
        if not rule["tiers"]:
            return Fraction(rule["rate"])
        version, metric = str(rule["version_id"]), rule["tiers"]["metric"]
        if metric == "orders":
            return tier_rate(rule["tiers"], Fraction(len(self.orders[version])))
        return tier_rate(
            rule["tiers"], Fraction({"net_gmv": self.base, "net_commission": self.pool}[metric][version], 10**6)
        )

    def of_payee(self, sums: Counter[str]) -> Counter[str]:
        """Millionths of a fen by payee."""
        found: Counter[str] = Counter()
        for version, amount in sums.items():
            found[self.book.payee[version]] += amount
        return found


# ── shares ───────────────────────────────────────────────────────────────────────────────────────────

FIGURES = ("payee", "kind", "column", "version", "rule", "override", "weight", "n", "d", "share")


class Shares:
    """Second reading of the lines: every share recomputed (§4)."""

    def __init__(self, book: Book, sums: Sums, history: dict[Key, Line], found: Findings) -> None:
        self.book, self.found, self.lines, self.back = book, found, history, sums.back
        self.rates = {number: sums.rate(rule) for number, rule in book.rules.items()}
        self.buckets: dict[tuple[str, str], Bucket] = {}  # by rule and weight
        self.over: dict[int, Bucket] = {}
        self.columns: Counter[tuple[str, str]] = Counter()  # Σ shares by payee and column
        self.entries = {str(entry["id"]): entry for entry in book.inputs["entries"]}

    def read(self, pack: Pack) -> None:
        before: Any = ()
        entries = []
        for group in read_events(pack):
            number, row = group[0]
            place = (row.moment, *map(text, key_of(row)), int(row.id))
            if place < before:
                self.found.add(f"lines.tsv, line {number}", "is not in the order of the lines")
            before = place
            if row.platform:
                self._guarded(self._event, group)
            else:
                entries.append(group)
        for group in entries:  # shared costs stand last in their bucket
            self._guarded(self._entry, group)

    def _guarded(self, work: Any, group: Rows) -> None:
        try:
            work(group)
        except (ValueError, KeyError, ArithmeticError) as error:
            self.found.add(f"lines.tsv, line {group[0][0]}", f"cannot be recomputed: {error!r}")

    def _check(self, number: int, row: Row, share: int, *expected: str) -> None:
        """Compare a row with what it has to be: FIGURES in their order, then the share."""
        wanted, told = (*expected, str(share)), (row.payee, *row[11:19], row.share)
        if told != wanted:
            for name, one, other in zip(FIGURES, wanted, told):  # noqa: B905
                self.found.differ(f"lines.tsv, line {number}", name, one, other)
        self.columns[expected[0], expected[2]] += share

    def _by_rule(self, number: int, row: Row, income: str, kind: str, column: str, share: int) -> None:
        """A row that a split rule of the payee's contract gives."""
        rule = self.book.rules[row.rule]
        self.found.differ(f"lines.tsv, line {number}", "income of the rule", rule["income"], income)
        version, payee = str(rule["version_id"]), self.book.payee[row.version]
        told = self._bucket(row).told
        self._check(number, row, share, payee, kind, column, version, row.rule, NULL, row.weight, *told)

    def _event(self, group: Rows) -> None:
        row = group[0][1]
        facts = {(r.event, r.base, r.gross, r.fee, r.holder, r.dated_on) for _, r in group}
        if len(facts) > 1:
            self.found.add(f"lines.tsv, line {group[0][0]}", "the rows of one event tell different things of it")
        back = row.event == "clawback"  # which takes back from a payee once, whatever overrides paid it
        if len({(r.host, r.payee, r.override != NULL) if back else (r.host, r.override) for _, r in group}) < len(
            group
        ):
            self.found.add(f"lines.tsv, line {group[0][0]}", "a payee has the same row twice")
        line = self.lines.setdefault(key_of(row), Line()) if key_of(row) in self.back else None
        if not back:
            shares = self._settle(group)
            if line:
                line.settled = True
                if row.event == "settled" and line.first is None:
                    line.first = self.book.day(row.moment)
        elif line and line.settled and line.pool:
            shares = self._take_back(group, line)
        else:
            shares = self._take_at_rate(group, line or Line())
        if line:
            line.pool += pool_of(row)
            for one, share in shares:
                line.add(one, share)

    def _bucket(self, row: Row) -> Bucket:
        key = (row.rule, row.weight)
        if key not in self.buckets:
            self.buckets[key] = Bucket(self.rates[row.rule] * Fraction(millionths(row.weight), 10**6))
        return self.buckets[key]

    def _settle(self, group: Rows) -> list[tuple[Row, int]]:
        """Hosts by cumulative rounding, and the overrides on their parts (§4.2, §4.6)."""
        hosts = [(number, row) for number, row in group if row.override == NULL]
        overrides = {(row.host, row.override): (number, row) for number, row in group if row.override != NULL}
        if sum(millionths(row.weight) for _, row in hosts) > 10**6:
            self.found.add(f"lines.tsv, line {group[0][0]}", "the weights of the hosts exceed 1")
        shares = []
        for number, row in hosts:
            if not self.book.in_force(row.version, row.dated_on):
                self.found.add(f"lines.tsv, line {number}", f"contract version not in force on {row.dated_on}")
            share = self._bucket(row).add(pool_of(row))
            borne = 0
            for override in self.book.overrides.get(row.version, ()):
                if not _within(row.dated_on, override["from_on"], override["until_on"]):
                    continue
                part = Fraction(millionths(row.weight) * pool_of(row), 10**6)
                base = {"pool": part, "anchor_share": Fraction(share), "agency_share": part - share}[override["basis"]]
                if override["id"] not in self.over:
                    self.over[override["id"]] = Bucket(Fraction(override["rate"]))
                bucket = self.over[override["id"]]
                amount = bucket.add(base)
                borne += amount if override["borne_by"] == "anchor" else 0
                where, other = overrides.pop((row.host, str(override["id"])), (number, None))
                if other is None:
                    self.found.add(f"lines.tsv, line {number}", f"the row of override {override['id']} is missing")
                    continue
                payee, own = raw(override["payee"]), (row.version, NULL, str(override["id"]), WHOLE, *bucket.told)
                self._check(where, other, amount, payee, "override", "override_share", *own)
                shares.append((other, amount))
            share -= borne
            self._by_rule(number, row, "commission", "share", "commission_share", share)
            shares.append((row, share))
        for number, row in overrides.values():
            self.found.add(f"lines.tsv, line {number}", f"override {row.override} does not apply here")
        return shares

    def _late(self, row: Row, version: str, line: Line) -> bool:
        """Whether the contract's clawback window is over."""
        window = self.book.window(version)
        since = line.first or date.fromisoformat(row.dated_on)
        return window is not None and (self.book.day(row.moment) - since).days > window

    def _take_back(self, group: Rows, line: Line) -> list[tuple[Row, int]]:
        """The same proportion of what everybody got on the line: S' = R(S × (P + Δ) ÷ P) (§4.5)."""
        first, row = group[0]
        if line.first:
            self.found.differ(f"lines.tsv, line {first}", "dated_on", line.first.isoformat(), row.dated_on)
        rows = {(r.payee, r.override != NULL, r.host): (number, r) for number, r in group}
        shares = []
        for key, (paid, so_far) in line.paid.items():
            late = self._late(row, paid.version, line)
            share = 0 if late else rounded(so_far, line.pool + pool_of(row), line.pool) - so_far
            number, own = rows.pop(key, (first, None))
            if own is None:
                self.found.add(f"lines.tsv, line {first}", f"the row that takes back from {key[0]} is missing")
                continue
            kind = "outside_window" if late else "clawback"
            figures = (paid.version, paid.rule, paid.override, paid.weight, paid.n, paid.d)
            self._check(number, own, share, key[0], kind, "clawback_share", *figures)
            shares.append((own, share))
        for number, row in rows.values():
            self.found.add(f"lines.tsv, line {number}", f"{row.payee} was paid nothing on this line")
        return shares

    def _take_at_rate(self, group: Rows, line: Line) -> list[tuple[Row, int]]:
        """R(Δ × q): a line with nothing to be in proportion to (§4.5)."""
        shares = []
        for number, row in group:
            late = self._late(row, row.version, line)
            q = self._bucket(row)
            share = 0 if late else rounded(pool_of(row), q.n, q.d)
            kind = "outside_window" if late else "history_clawback"
            self._by_rule(number, row, "commission", kind, "clawback_share", share)
            shares.append((row, share))
        return shares

    def _entry(self, group: Rows) -> None:
        """Other income (§4.7) and shared costs (§4.3)."""
        (number, row), *more = group
        entry, place = self.entries[row.id], f"lines.tsv, line {number}"
        if more:
            self.found.add(f"lines.tsv, line {more[0][0]}", "an entry has one row")
        kept = ("", raw(entry["code"]), "", entry["income"], entry["on"], "0", str(entry["amount"]), "0", "0")
        self.found.differ(place, "entry", (*kept, raw(entry["payee"]), "0", NULL), (*row[:11], row.dated_on))
        column, amount = INCOME[entry["income"]], entry["amount"]
        if entry["income"] in ("bonus", "correction"):
            self._check(number, row, amount, row.payee, "whole", column, NULL, NULL, NULL, WHOLE, "1", "1")
            return
        if not self.book.in_force(row.version, entry["on"]):
            self.found.add(place, f"contract version not in force on {entry['on']}")
        income = "commission" if entry["income"] == "commission_cost" else entry["income"]
        share = self._bucket(row).add(amount)
        self._by_rule(number, row, income, "share", column, share)


# ── statements and tax ───────────────────────────────────────────────────────────────────────────────


class Settlement:
    """Every statement, line by line in the order of §5. Fen."""

    def __init__(self, book: Book, sums: Sums, shares: Shares) -> None:
        self.inputs, self.sums, self.columns = book.inputs, sums, shares.columns
        self.period = self.inputs["period"]
        year, month = int(self.period[:4]), int(self.period[5:])
        self.start = date(year, month, 1)
        self.end = date(year + month // 12, month % 12 + 1, 1)
        self.base, self.pool = sums.of_payee(sums.base), sums.of_payee(sums.pool)
        self.penalties: Counter[str] = Counter()
        for entry in self.inputs["entries"]:
            if entry["income"] == "penalty":
                self.penalties[raw(entry["payee"])] -= entry["amount"]
        self.guarantees = {str(row["version_id"]): row["guarantee"] for row in self.inputs["guarantees"]}
        self.net_of_tax = {str(number) for number in self.inputs.get("net_of_tax", [])}  # older packs know none
        self.versions: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
        for number, version in book.versions.items():
            self.versions[version["anchor"]].append((number, version))
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for person in self.inputs["tax_history"]:
            self.records[person["person"]] += person["records"]

    def check(self, pack: Pack, found: Findings) -> int:
        """Compare statements.tsv with what follows; returns how many there are."""
        expected = {}
        for payee in sorted(self.inputs["payees"], key=lambda row: row["code"]):
            figures = self.settle(payee)
            if figures:
                expected[payee["code"]] = figures
        codes = []
        for number, fields in pack.rows("statements.tsv"):
            row = dict(zip(STATEMENT, map(text, fields)))  # noqa: B905
            codes.append(row["code"])
            row.setdefault("instalments", "0")  # a column of the months that take any
            for name, value in expected.get(row["code"], {}).items():
                found.differ(f"statements.tsv, line {number} ({row['code']})", name, str(value), row[name])
        found.differ("statements.tsv", "payees", list(expected), codes)
        return len(codes)

    def settle(self, payee: dict[str, Any]) -> dict[str, Any]:
        """The figures of one statement; none where the payee has neither a contract nor any amount."""
        code = raw(payee["code"])
        shares = {column: self.columns[code, column] for column in SHARES}
        totals = {
            "lines": self.sums.lines[code],
            "net_gmv": rounded(self.base[code], 1, 10**6),
            "pool": rounded(self.pool[code], 1, 10**6),
            "penalties": self.penalties[code],
            "paid_by_platform": self.sums.paid_by_platform[code],
            "brought_forward": payee["brought_forward"],
        }
        version = self.version(payee["anchor"])
        if version is None and not any(shares.values()) and not any(totals.values()):
            return {}
        earned = sum(shares.values())
        due = sorted(
            (a for a in payee["advances"] if is_due(a, self.period, self.end.isoformat())),
            key=lambda a: (a["paid_on"], a["code"]),
        )
        caps = [cap(a, earned) for a in due]
        guarantee = self.guarantees.get(version) if version else None
        guaranteed = guaranteed_amount(guarantee, payee["attendance"]) if guarantee else 0
        tested = earned
        if guarantee and guarantee["tested"] == "after_recoup":
            caps = within(caps, max(earned, 0))
            tested -= sum(caps)
        top_up = max(0, guaranteed - tested) if guaranteed > 0 else 0
        gross = earned + top_up + totals["penalties"] + totals["paid_by_platform"] + totals["brought_forward"]
        taken = instalments(payee.get("instalments") or [], self.period, earned, max(0, gross))
        gross -= taken
        before = within([most if a["taxed_when_paid"] else 0 for a, most in zip(due, caps)], max(0, gross))  # noqa: B905
        taxable = max(0, gross) - sum(before)
        taxable, tax = self.tax(payee["taxpayer"], taxable, version in self.net_of_tax)
        after = within([0 if a["taxed_when_paid"] else most for a, most in zip(due, caps)], taxable - tax)  # noqa: B905
        return {
            "name": payee["name"],
            "kind": {"non_resident": "labour"}.get(payee["taxpayer"]["kind"], payee["taxpayer"]["kind"]),
            **shares,
            **totals,
            "earned": earned,
            "guarantee_top_up": top_up,
            "instalments": -taken,
            "taxable": taxable,
            "tax": tax,
            "advance_recouped": sum(before) + sum(after),
            "net_pay": taxable - tax - sum(after),
            "carried_forward": min(0, gross),
        }

    def version(self, anchor: str) -> str | None:
        """The version whose guarantee counts: in force on the last day, else the last in the month (§5.2); a tail only
        where there is no other. Packs of before there were any have none."""
        start, end, inside = self.start.isoformat(), self.end.isoformat(), []
        for number, row in self.versions[anchor]:
            until = row["until_on"]
            if not row["superseded"] and row["from_on"] < end and (until is None or until > max(start, row["from_on"])):
                in_term = not row.get("tail")
                inside.append((in_term, min(until or end, end), row["from_on"], row["number"], row["version"], number))
        return max(inside)[5] if inside else None

    def tax(self, payer: dict[str, Any], taxable: int, on_top: bool) -> tuple[int, int]:
        """What is taxed and what is withheld of it (§6), given the person's earlier records of the year; this one is
        added to them. `on_top`: the agency bears the tax, so that what is left is `taxable`."""
        since = self.inputs["settings"]["cumulative_from"]
        if payer["kind"] == "employee":
            method, kind, on = "wages", "wages", self.end - timedelta(days=1)
        elif payer["kind"] == "non_resident":
            method, kind, on = "non_resident", "non_resident", self.end - timedelta(days=1)
        elif payer["kind"] != "labour":
            return taxable, 0
        elif since is not None and since <= self.period:
            method, kind, on = "cumulative_platform", "labour_cumulative", self.start
        else:
            method, kind, on = "per_payment", "labour", self.end - timedelta(days=1)
        (table,) = (
            row
            for row in self.inputs["tax_tables"]
            if row["kind"] == kind and _within(on.isoformat(), row["valid_from"], row["valid_until"])
        )
        known = self.records[payer["person"]]
        records = [row for row in known if row["method"] == method and row["period"] <= self.period]

        def due(amount: int) -> tuple[Fraction, int]:
            """The tax on the span with so much in this statement, exact, and what was withheld in it before."""
            span, base = getattr(self, f"_{method}")(table, payer, amount, records)
            bracket = next(row for row in table["brackets"] if row["up_to"] is None or base <= row["up_to"])
            exact = max(Fraction(0), base * Fraction(bracket["rate"]) - bracket["quick"])
            return exact, sum(row["withheld"] for row in span)

        if on_top:
            taxable = self.on_top(due, taxable)
        exact, before = due(taxable)
        tax = min(max(0, R(exact) - before), taxable)
        own = {name: payer[name] for name in ("social_insurance", "special_deductions")}
        known.append({"period": self.period, "method": method, "income": taxable, "withheld": tax, **own})
        return taxable, tax

    @staticmethod
    def on_top(due: Any, net: int) -> int:
        """The income of which the tax leaves `net`: R of the exact one (§6, 7), found by halving, not by formula.

        What is left of an income rises with it, so the exact income lies between the last whole fen that leaves less
        and the next; from one to the other it rises evenly, as all bounds of the tables are whole fen of income.
        """

        def left(amount: int) -> Fraction:
            exact, before = due(amount)
            return amount - exact + before

        if not net or left(net) >= net:  # nothing due beyond what was withheld before
            return net
        low, high = net, 2 * net
        while left(high) < net:
            high *= 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if left(middle) < net else (low, middle)
        return low + R((net - left(low)) / (left(high) - left(low)))

    def _per_payment(self, table: Any, payer: Any, taxable: int, records: Any) -> Any:
        """All of a calendar month is one payment; its costs come off."""
        records = [row for row in records if row["period"] == self.period]
        income = taxable + sum(row["income"] for row in records)
        if income <= table["flat_up_to"]:
            return records, Fraction(max(0, income - table["flat_cost"]))
        return records, income * (1 - Fraction(table["cost_rate"]))

    _non_resident = _per_payment  # by their own table

    def _cumulative_platform(self, table: Any, payer: Any, taxable: int, records: Any) -> Any:
        """The year so far; gaps as the agency has set."""
        year, gaps = self.period[:4], self.inputs["settings"]["labour_gap_months"]
        records = [row for row in records if row["period"][:4] == year]
        paid = {int(row["period"][5:]) for row in records if row["income"] > 0 and row["period"] < self.period}
        first = self.start.month
        if gaps == "income_months":
            months = len(paid) + 1
        elif gaps == "calendar":
            months = first - min(paid, default=first) + 1
        else:
            while first - 1 in paid:
                first -= 1
            months = self.start.month - first + 1
            records = [row for row in records if int(row["period"][5:]) >= first]
        income = taxable + sum(row["income"] for row in records)
        return records, income * (1 - Fraction(table["cost_rate"])) - months * table["monthly_deduction"]

    def _wages(self, table: Any, payer: Any, taxable: int, records: Any) -> Any:
        """Months from the later of January and the start of employment, each with its own deductions."""
        first = f"{self.start.year}-01"
        if payer["employed_from"]:
            first = max(first, min(payer["employed_from"][:7], self.period))
        records = [row for row in records if first <= row["period"]]
        months = self.start.month - int(first[5:]) + 1
        own = {
            row["period"]: row["social_insurance"] + row["special_deductions"]
            for row in records
            if row["period"] < self.period
        }
        now = payer["social_insurance"] + payer["special_deductions"]
        deductions = months * table["monthly_deduction"] + sum(own.values()) + (months - len(own)) * now
        return records, Fraction(taxable + sum(row["income"] for row in records) - deductions)


def is_due(advance: dict[str, Any], period: str, end: str) -> bool:
    """Whether the month takes something back of an advance (§5.3). Packs of before schedules know no first month."""
    return advance["paid_on"] < end and (advance.get("recoup_from") or period) <= period


def cap(advance: dict[str, Any], earned: int) -> int:
    """The most that the month takes back: min(outstanding, R(rate × earned), instalment) (§5.3)."""
    most = min(advance["outstanding"], R(Fraction(advance["recoup_rate"]) * max(earned, 0)))
    instalment = advance.get("instalment")
    return most if instalment is None else min(most, instalment)


def instalments(plans: list[dict[str, Any]], period: str, earned: int, there: int) -> int:
    """What the month takes back of debts (§5.7): of each, the earliest first, at most what is left, its instalment and
    its part of what is earned, and never more than there is. Packs of before there were any have no plans."""
    caps = [
        min(plan["left"], plan["instalment"], R(Fraction(plan["most_rate"]) * max(earned, 0)))
        for plan in sorted(plans, key=lambda plan: (plan["first_month"], plan["code"]))
        if plan["first_month"] <= period
    ]
    return sum(within(caps, there))


def within(caps: list[int], limit: int) -> list[int]:
    """What each advance or debt gets, in order: its cap, as long as the limit lasts (§5.3)."""
    found = []
    for cap in caps:
        found.append(min(cap, limit))
        limit -= found[-1]
    return found


def guaranteed_amount(guarantee: dict[str, Any], attendance: dict[str, Any]) -> int:
    """The guarantee after its conditions: whole, nothing, or by valid days (§5.2)."""
    days, hours = guarantee["min_days"], Fraction(guarantee["min_hours"] or 0)
    if attendance["valid_days"] >= (days or 0) and Fraction(attendance["valid_hours"]) >= hours:
        return int(guarantee["amount"])
    if guarantee["when_short"] == "void" or not days:
        return 0
    return R(guarantee["amount"] * min(Fraction(1), Fraction(attendance["valid_days"], days)))


# ── everything ───────────────────────────────────────────────────────────────────────────────────────


def verify(path: Path, proof: str, found: Findings) -> None:
    """All checks, one after the other; what one cannot read it names."""
    pack = Pack(path)
    manifest = pack.json(MANIFEST)
    print(f"{manifest['agency']['name']} {manifest['period']}  content hash {manifest['content_hash']}")
    if proof:
        found.differ("content hash", "given with --proof", proof, manifest["content_hash"])
    check_files(pack, manifest, found)
    if pack.zip:
        check_container(pack, manifest, found)
    inputs = pack.json("inputs.json")
    check_content(pack, manifest, inputs, found)
    book = Book(pack.json("rules.json"), inputs)
    history = read_history(pack, book)
    sums = Sums(pack, book, history, found)
    shares = Shares(book, sums, history, found)
    shares.read(pack)
    statements = Settlement(book, sums, shares).check(pack, found)
    print(f"recomputed: all shares of {sum(1 for _ in pack.rows('lines.tsv'))} rows, {statements} statements with tax")
    print("not recomputed: whose a line is, what the platforms' files said, what earlier months left (see README.txt)")


def main(arguments: list[str] | None = None) -> int:
    """Verify what the command line names; 0 if all agrees, else 1."""
    parser = argparse.ArgumentParser(description="Verify a proof pack. 校验月结校验包。")
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument(
        "--sha256", default="", help="of the zip, as the closed month's page shows it 月结页面所示的指纹"
    )
    parser.add_argument("--proof", default="", help="content hash of the month, from the same page 月份的内容指纹")
    options = parser.parse_args(arguments)
    path, found = options.pack, Findings()
    try:
        if path.is_file():
            digest = hashlib.sha256()
            with path.open("rb") as file:
                for block in iter(lambda: file.read(1 << 20), b""):
                    digest.update(block)
            print(f"SHA-256 of the zip  {digest.hexdigest()}")
            if options.sha256:
                found.differ("zip", "SHA-256", options.sha256.lower(), digest.hexdigest())
        elif options.sha256:
            found.add("zip", "--sha256 is of the zip: name the zip, not the folder")
        verify(path, options.proof.lower(), found)
    except Exception as error:  # a damaged pack breaks in many ways; all of them are differences
        found.add(str(path), f"cannot be read further: {type(error).__name__}: {error}")
    if not options.sha256 and not options.proof:
        print("NOTE  Run without --sha256 or --proof: the pack agrees with itself, or not. That it is the one that was")
        print("      handed out only its SHA-256 on the month's page can tell. 未核对外部指纹，仅校验了校验包自身。")
    if found.count:
        print(f"FAILED: {found.count} differences. 校验不通过：{found.count} 处不一致。")
        return 1
    print("PASSED: everything agrees. 校验通过：全部一致。")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main())
