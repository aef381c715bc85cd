"""The pack of a month that takes debts and advances back in instalments: recomputed, and found out where changed."""

import json
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mcn.anchors.models import Advance, Payee
from mcn.settlements import cancellations, instalments
from mcn.settlements.proof_pack import building
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.proof_pack.packs import build, forge, load, verify, verify_here

pytestmark = pytest.mark.django_db
PLACE = "statements.tsv, line 1 (A01): "


@pytest.fixture
def books(inside: World) -> Books:
    """June carries −70.00 forward; 60.00 of it come back at 25.00 a month and half of what is earned. Of an advance of
    60.00 come 30 %, at most 30.00, back; 9.00 of a claim from August on. July earns 140.00."""
    desk = Books(inside)
    desk.roster()
    Advance.objects.all().delete()
    desk.event("1", -20000, JUNE, kind="clawback")
    desk.close(JUNE)
    payee = Payee.objects.get(code="A01")
    Advance.objects.create(
        payee=payee,
        code="ADV2",
        amount_fen=6000,
        paid_on=date(2026, 7, 10),
        recoup_rate=Decimal("0.3"),
        instalment_fen=3000,
        recoup_from=JULY,
    )
    for code, kind, fen, month in (("P1", "carried", 6000, JULY), ("P2", "penalty", 900, "2026-08")):
        instalments.plan_agree(
            actor=inside.finance,
            payee=payee,
            code=code,
            kind=kind,
            amount_fen=fen,
            agreed_on=date(2026, 7, 5),
            reason="补充协议第 2 条",
            instalment_fen=2500,
            most_rate=Decimal("0.5"),
            first_month=month,
        )
    desk.event("2", 40000, JULY)
    return desk


@pytest.fixture
def pack(books: Books, tmp_path: Path) -> Path:
    """July: 140.00 − 10.00 brought forward − 25.00 = 105.00, of which the advance takes 30.00."""
    books.close(JULY)
    july = books.statement(JULY)
    assert (july.brought_forward_fen, july.instalments_fen, july.advance_recouped_fen) == (-1000, -2500, 3000)
    assert july.net_pay_fen == 7500
    build(JULY, tmp_path / "pack.zip")
    return tmp_path / "pack.zip"


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    return load()


def payee_of(change: Callable[[Any], None]) -> Callable[[bytes], bytes]:
    """A change of the only payee with a statement in inputs.json."""

    def changed(content: bytes) -> bytes:
        data = json.loads(content)
        change(next(payee for payee in data["payees"] if payee["code"] == "A01"))
        return building.contents.as_json(data)

    return changed


def debt(**values: Any) -> Callable[[bytes], bytes]:
    return payee_of(lambda payee: payee["instalments"][0].update(values))


def advance(**values: Any) -> Callable[[bytes], bytes]:
    return payee_of(lambda payee: payee["advances"][0].update(values))


def cell(column: int, value: str) -> Callable[[bytes], bytes]:
    """Another value in a column, counted from the last, of the first statement."""

    def changed(content: bytes) -> bytes:
        rows = [line.split("\t") for line in content.decode().splitlines()]
        rows[0][column] = value
        return "".join("\t".join(row) + "\n" for row in rows).encode()

    return changed


def test_it_is_recomputed_without_the_product(pack: Path, books: Books, tmp_path: Path) -> None:
    code, said = verify(pack)
    assert code == 0, said
    with zipfile.ZipFile(pack) as archive:
        data = json.loads(archive.read("inputs.json"))
        statements = archive.read("statements.tsv").decode().splitlines()
    [a01] = [payee for payee in data["payees"] if payee["code"] == "A01"]
    assert [plan["code"] for plan in a01["instalments"]] == ["P1", "P2"]
    assert statements[0].split("\t")[-1] == "-2500"
    books.event("3", 20000, "2026-08")
    books.close("2026-08")  # 70.00: the first debt takes 25.00, the claim its 9.00
    assert books.statement("2026-08").instalments_fen == -3400
    build("2026-08", tmp_path / "august.zip")
    assert verify(tmp_path / "august.zip")[0] == 0


def test_a_month_after_the_plan_was_cancelled_is_recomputed(pack: Path, books: Books, tmp_path: Path) -> None:
    plan = Payee.objects.get(code="A01").instalment_plans.get(code="P1")
    cancellations.cancel(actor=books.people.finance, plan=plan, what="due", reason="提前结清")
    books.event("3", 20000, "2026-08")
    books.close("2026-08")
    august = books.statement("2026-08")
    assert (august.brought_forward_fen, august.instalments_fen) == (-3500, -900)
    build("2026-08", tmp_path / "august.zip")
    code, said = verify(tmp_path / "august.zip")
    assert code == 0, said


@pytest.mark.parametrize("proof", [False, True], ids=["manifest", "manifest and proof"])
@pytest.mark.parametrize(
    ("forgery", "finding"),
    [
        ({"inputs.json": debt(instalment=2400)}, "instalments: expected -2400, found -2500"),
        ({"inputs.json": debt(left=1000)}, "instalments: expected -1000, found -2500"),
        ({"inputs.json": debt(most_rate="1/10")}, "instalments: expected -1400, found -2500"),
        ({"inputs.json": debt(first_month="2026-08")}, "instalments: expected 0, found -2500"),
        ({"inputs.json": payee_of(lambda payee: payee.update(instalments=[]))}, "instalments: expected 0, found -2500"),
        ({"inputs.json": advance(instalment=2900)}, "advance_recouped: expected 2900, found 3000"),
        ({"inputs.json": advance(recoup_from="2026-08")}, "advance_recouped: expected 0, found 3000"),
        ({"inputs.json": advance(outstanding=100)}, "advance_recouped: expected 100, found 3000"),
        ({"statements.tsv": cell(-1, "-2499")}, "instalments: expected -2500, found -2499"),
    ],
)
def test_an_instalment_that_was_changed_is_named(
    pack: Path, verifier: ModuleType, tmp_path: Path, forgery: Any, finding: str, proof: bool
) -> None:
    """Though the hashes were made to fit again."""
    code, said = verify_here(verifier, forge(pack, tmp_path / "forged.zip", forgery, proof=proof))
    assert (code, f"{PLACE}{finding}" in said) == (1, True), said


@pytest.mark.parametrize(
    ("name", "change"), [("inputs.json", debt(instalment=2400)), ("statements.tsv", cell(-1, "-2499"))]
)
def test_the_file_of_a_changed_instalment_is_named(
    pack: Path, verifier: ModuleType, tmp_path: Path, name: str, change: Callable[[bytes], bytes]
) -> None:
    """In the folder of an unpacked pack, where nothing was made to fit."""
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    code, said = verify_here(verifier, folder)
    assert (code, f"DIFFERENCE  {name}: SHA-256: expected" in said) == (1, True), said
