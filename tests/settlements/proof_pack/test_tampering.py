"""Whoever changes a pack is found out: a byte anywhere, or figures with hashes that fit them again."""

import json
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mcn.settlements.proof_pack import building
from tests.settlements.proof_pack.packs import Forgery, build, closed_months, forge, load, verify, verify_here

SEED = 341
CHANGES = 100


@pytest.fixture(scope="module")
def pack(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The last of four closed months of a random agency: of everything something."""
    path = tmp_path_factory.mktemp("pack") / "pack.zip"
    with django_db_blocker.unblock(), closed_months(SEED) as months:
        *_earlier, last = months
        build(last, path)
    return path


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    return load()


def contents_of(pack: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pack) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_pack_holds_something_of_everything(pack: Path) -> None:
    files = contents_of(pack)
    assert all(files.values())
    lines = files["lines.tsv"].decode()
    for word in ("share", "override", "clawback", "history_clawback", "outside_window", "whole", "supplement"):
        assert f"\t{word}\t" in lines
    rules = json.loads(files["rules.json"])
    assert {rule["tiers"]["mode"] for rule in rules["rules"] if rule["tiers"]} == {"slab", "marginal"}
    assert {override["borne_by"] for override in rules["overrides"]} == {"agency", "anchor"}


# ── single bytes ─────────────────────────────────────────────────────────────────────────────────────


def places(pack: Path) -> Iterator[tuple[int, str]]:
    """Each byte of a hundred and more, and what the verifier has to name: the file, or the zip around the files."""
    chance, size = random.Random(20260731), pack.stat().st_size
    regions = []
    with zipfile.ZipFile(pack) as archive:
        for info in archive.infolist():
            start = info.header_offset + building.LOCAL_HEADER + len(info.filename)
            regions.append((start, start + info.compress_size, info.filename))
    for start, end, name in regions:
        for place in (start, chance.randrange(start, end), end - 1):  # every file, however small
            yield place, name
        yield chance.randrange(start - building.LOCAL_HEADER, start), "zip"
    last = regions[-1][1]
    yield from ((place, "zip") for place in (0, last, size - 1, *chance.sample(range(last, size), 20)))
    for _ in range(CHANGES):
        place = chance.randrange(size)
        yield place, next((name for start, end, name in regions if start <= place < end), "zip")


def test_every_single_byte_that_changes_is_found_and_named(pack: Path, verifier: ModuleType, tmp_path: Path) -> None:
    good, chance = pack.read_bytes(), random.Random(20260801)
    sha256 = building._sha256(pack, 0, len(good))
    bad = tmp_path / "bad.zip"
    tried = 0
    for place, name in places(pack):
        changed = bytearray(good)
        changed[place] ^= 1 << chance.randrange(8)
        bad.write_bytes(changed)
        for further in ([], ["--sha256", sha256]):
            code, said = verify_here(verifier, bad, *further)
            assert code == 1, (place, name)
            assert "DIFFERENCE" in said and "FAILED" in said
            if not further:
                assert name in said or "bad.zip" in said, (place, name, said)
        tried += 1
    assert tried > CHANGES + 20


def test_a_byte_of_what_the_files_hold_is_named_with_its_file(pack: Path, verifier: ModuleType, tmp_path: Path) -> None:
    """Where no zip watches over its bytes: twelve in every file of the unpacked pack that the manifest tells of."""
    chance, files = random.Random(20260802), contents_of(pack)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert verify_here(verifier, tmp_path)[0] == 0
    del files[building.MANIFEST]
    tried = 0
    for name, content in files.items():
        inner = chance.sample(range(len(content)), min(10, len(content)))
        for place in sorted({0, len(content) - 1, *inner}):
            changed = bytearray(content)
            changed[place] ^= 1 << chance.randrange(8)
            (tmp_path / name).write_bytes(changed)
            code, said = verify_here(verifier, tmp_path)
            assert (code, f"{name}: " in said) == (1, True), (name, place, said)
            tried += 1
        (tmp_path / name).write_bytes(content)
    assert tried >= 100
    assert verify_here(verifier, tmp_path)[0] == 0


@pytest.mark.parametrize("change", [lambda pack: pack + b"\0", lambda pack: b"\0" + pack, lambda pack: pack[:-1]])
def test_more_or_fewer_bytes_are_found(
    pack: Path, verifier: ModuleType, tmp_path: Path, change: Callable[[bytes], bytes]
) -> None:
    bad = tmp_path / "bad.zip"
    bad.write_bytes(change(pack.read_bytes()))
    assert verify_here(verifier, bad)[0] == 1


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────


def in_rows(change: Callable[[list[list[str]]], None]) -> Callable[[bytes], bytes]:
    """A change of a .tsv file, row by row."""

    def changed(content: bytes) -> bytes:
        rows = [line.split("\t") for line in content.decode().splitlines()]
        change(rows)
        return "".join("\t".join(row) + "\n" for row in rows).encode()

    return changed


def in_json(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    """A change of a JSON file."""

    def changed(content: bytes) -> bytes:
        data = json.loads(content)
        change(data)
        return building.contents.as_json(data)

    return changed


def cell(column: int, value: Callable[[str], str], where: Callable[[list[str]], bool] = lambda row: True) -> Any:
    """A change of one cell of the first row that fits."""

    def change(rows: list[list[str]]) -> None:
        row = next(row for row in rows if where(row))
        row[column] = value(row[column])

    return in_rows(change)


def one_more(value: str) -> str:
    return str(int(value) + 1)


def a_billion_more(value: str) -> str:
    return str(int(value) + 10**9)


def flat_rates(rules: Any) -> None:
    for rule in rules["rules"]:
        if rule["rate"]:
            rule["rate"] = "1/3"


def tiers(rules: Any) -> None:
    for rule in rules["rules"]:
        for step in rule["tiers"]["steps"] if rule["tiers"] else ():
            step["rate"] = "1/7"


def override_rates(rules: Any) -> None:
    for override in rules["overrides"]:
        override["rate"] = "1/9"


def brought_forward(inputs: Any) -> None:
    inputs["payees"][0]["brought_forward"] -= 100


def entry_amount(inputs: Any) -> None:
    for entry in inputs["entries"]:
        entry["amount"] += 1


def swap(rows: list[list[str]]) -> None:
    rows[0], rows[1] = rows[1], rows[0]


def is_kind(kind: str) -> Callable[[list[str]], bool]:
    return lambda row: row[11] == kind


FORGERIES: dict[str, tuple[Forgery, str]] = {
    "a share": ({"lines.tsv": cell(20, one_more, is_kind("share"))}, "share: expected"),
    "an override": ({"lines.tsv": cell(20, one_more, is_kind("override"))}, "share: expected"),
    "a clawback": ({"lines.tsv": cell(20, one_more, is_kind("clawback"))}, "share: expected"),
    "a bonus": ({"lines.tsv": cell(20, one_more, is_kind("whole"))}, "share: expected"),
    "a rate in a line": ({"lines.tsv": cell(17, one_more, is_kind("share"))}, "n: expected"),
    "a pool": ({"lines.tsv": cell(6, one_more, is_kind("share"))}, "expected"),
    "a base": ({"lines.tsv": cell(5, a_billion_more, lambda row: row[0] and row[11] == "share")}, "net_gmv: expected"),
    "a base of other income": ({"lines.tsv": cell(5, a_billion_more, lambda row: not row[0])}, "entry: expected"),
    "a payee": ({"lines.tsv": cell(9, lambda v: v + "X", is_kind("share"))}, "payee: expected"),
    "a statement line": ({"lines.tsv": cell(12, lambda v: "bonus", is_kind("share"))}, "column: expected"),
    "no first line": ({"lines.tsv": in_rows(lambda rows: rows.pop(0))}, "statements.tsv, line"),
    "no last line": ({"lines.tsv": in_rows(lambda rows: rows.pop())}, "expected"),
    "a line twice": ({"lines.tsv": in_rows(lambda rows: rows.insert(0, rows[0]))}, "lines.tsv, line 1"),
    "another order": ({"lines.tsv": in_rows(swap)}, "lines.tsv, line"),
    "a net pay": ({"statements.tsv": cell(21, one_more)}, "net_pay: expected"),
    "a tax": ({"statements.tsv": cell(19, one_more)}, "tax: expected"),
    "a name": ({"statements.tsv": cell(1, lambda v: v + "X")}, "name: expected"),
    "no statement": ({"statements.tsv": in_rows(lambda rows: rows.pop())}, "payees: expected"),
    "unmatched money": ({"leftovers.tsv": cell(7, one_more)}, "unmatched money accepted"),
    "a flat rate": ({"rules.json": in_json(flat_rates)}, "expected"),
    "a tier": ({"rules.json": in_json(tiers)}, "expected"),
    "a rate of an override": ({"rules.json": in_json(override_rates)}, "expected"),
    "a debt": ({"inputs.json": in_json(brought_forward)}, "brought_forward: expected"),
    "other income": ({"inputs.json": in_json(entry_amount)}, "entry: expected"),
    "what was paid before": ({"history.tsv": cell(17, lambda v: str(2 * int(v) + 100))}, "share: expected"),
    "whom the platform paid": ({"holders.tsv": in_rows(lambda rows: rows.clear())}, "paid_by_platform: expected"),
    "an earlier month": (
        {"chain.json": in_json(lambda chain: chain[0].update(content_hash="0" * 64))},
        "chain.json: ",
    ),
    "the chain": ({"chain.json": in_json(lambda chain: chain.pop(0))}, "previous_hash: expected"),
}


@pytest.mark.parametrize("proof", [False, True], ids=["manifest", "manifest and proof"])
@pytest.mark.parametrize("name", FORGERIES)
def test_figures_are_found_by_recomputing_them(
    pack: Path, verifier: ModuleType, tmp_path: Path, name: str, proof: bool
) -> None:
    """The forger makes the manifest's hashes fit, then the content hash and the chain's last link as well."""
    forgery, finding = FORGERIES[name]
    code, said = verify_here(verifier, forge(pack, tmp_path / "forged.zip", forgery, proof=proof))
    assert code == 1
    assert finding in said, said
    proven = set(forgery) & set(building.PROVEN)
    assert ("content_hash: expected" in said) == (bool(proven) and not proof)


@pytest.mark.parametrize(
    "change",
    [
        {"agency": {"slug": "world", "name": "another"}},
        {"period": "2026-09"},
        {"previous_hash": "0" * 64},
        {"content_hash": "0" * 64},
        {"leftovers_hashed": False},
        {"version": 2},
    ],
)
def test_what_the_manifest_says_is_repeated_elsewhere(
    pack: Path, verifier: ModuleType, tmp_path: Path, change: dict[str, Any]
) -> None:
    code, said = verify_here(verifier, forge(pack, tmp_path / "forged.zip", {}, **change))
    assert (code, "manifest.json" in said) == (1, True), said


def test_who_forges_everything_is_found_by_the_hash_of_the_page_alone(
    pack: Path, verifier: ModuleType, tmp_path: Path
) -> None:
    """A pack that agrees with itself is another pack; the verifier says that it was not told which one to expect."""
    forged = forge(pack, tmp_path / "forged.zip", {"README.txt": lambda text: text + b"!"})
    code, said = verify_here(verifier, forged)
    assert (code, "Run without --sha256" in said) == (0, True)
    sha256 = building._sha256(pack, 0, pack.stat().st_size)
    code, said = verify_here(verifier, forged, "--sha256", sha256)
    assert (code, f"zip: SHA-256: expected {sha256}" in said) == (1, True)
    code, said = verify_here(verifier, pack, "--proof", "0" * 64)
    assert (code, "given with --proof: expected" in said) == (1, True)


# ── unpacked ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_unpacked_pack_is_verified_by_the_verifier_in_it(pack: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path)
    code, said = verify(program=tmp_path / "verify.py")
    assert (code, "PASSED" in said) == (0, True), said
    (tmp_path / "more.txt").write_text("")
    (tmp_path / "holders.tsv").unlink()
    code, said = verify(program=tmp_path / "verify.py")
    assert code == 1
    assert "more.txt: does not belong to the pack" in said
    assert "holders.tsv: is missing" in said
