"""Deposits: received, given back, set off, kept; each posted at once (docs/money.md §13.1)."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import Error
from django.utils import translation

from mcn.anchors.models import Advance, Anchor, Deposit, DepositMove, Payee
from mcn.anchors.services import deposit_save
from mcn.core.errors import NotAllowed, RuleError
from mcn.core.periods import Period as Month
from mcn.settlements import advances, deposits
from mcn.settlements.ledger.books import agency_checks
from mcn.settlements.ledger.posting import post_deposit_move
from mcn.settlements.models import LedgerEntry, Posting
from mcn.settlements.verification import verify
from mcn.settlements.vouchers.making import vouchers_of
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 5)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def books(inside: World) -> Books:
    desk = Books(inside)
    desk.roster()
    return desk


@pytest.fixture
def deposit(books: Books) -> Deposit:
    payee = Payee.objects.get(code="A01")
    return deposit_save(actor=books.people.finance, payee=payee, code="DEP1", purpose="设备押金")[0]


@pytest.fixture
def move(books: Books, deposit: Deposit) -> Callable[..., DepositMove]:
    def made(kind: str, fen: int, **values: Any) -> DepositMove:
        values = {"actor": books.people.finance, "deposit": deposit, "dated_on": DAY} | values
        return deposits.deposit_move(kind=kind, amount_fen=fen, **values)

    return made


def posted(made: DepositMove) -> dict[tuple[str, str], int]:
    rows = LedgerEntry.objects.filter(posting__deposit_move=made).select_related("payee")
    return {(row.account, row.payee.code if row.payee else ""): row.debit_fen - row.credit_fen for row in rows}


def test_each_kind_has_its_other_side(move: Callable[..., DepositMove], deposit: Deposit) -> None:
    advance = Advance.objects.get()
    assert posted(move("received", 5000)) == {("bank", ""): 5000, ("deposits", "A01"): -5000}
    assert posted(move("given_back", 1000)) == {("bank", ""): -1000, ("deposits", "A01"): 1000}
    assert posted(move("released", 700)) == {("payable", "A01"): -700, ("deposits", "A01"): 700}
    assert posted(move("set_off", 2000, advance=advance)) == {("advances", "A01"): -2000, ("deposits", "A01"): 2000}
    assert posted(move("kept", 500, note="合同第 9 条")) == {("penalty_income", "A01"): -500, ("deposits", "A01"): 500}
    assert [(row.change_fen, left) for row, left in deposits.history(deposit)] == [
        (5000, 5000),
        (-1000, 4000),
        (-700, 3300),
        (-2000, 1300),
        (-500, 800),
    ]
    assert deposits.held([deposit.pk]) == {deposit.pk: 800}
    assert all(check.agrees for check in agency_checks())


@pytest.mark.parametrize(
    ("kind", "values", "why"),
    [
        ("received", {"amount_fen": 0}, "more than 0"),
        ("received", {"dated_on": date(2030, 1, 1)}, "lies in the future"),
        ("given_back", {"amount_fen": 5001}, "Only ¥50.00 of DEP1 is held"),
        ("kept", {}, "with the clause"),
        ("set_off", {}, "which advance"),
    ],
)
def test_refused(move: Callable[..., DepositMove], kind: str, values: dict[str, Any], why: str) -> None:
    move("received", 5000)
    with pytest.raises(RuleError, match=why):
        move(kind, values.pop("amount_fen", 100), **values)
    assert DepositMove.objects.count() == Posting.objects.count() == 1


def test_an_advance_is_not_repaid_twice(books: Books, move: Callable[..., DepositMove]) -> None:
    """60.00 were advanced, June recoups 10.50: 49.50 are left, of which the deposit repays 40.00; July recoups 9.50."""
    books.event("1", 10000, JUNE)
    books.event("2", 100000, JULY)
    books.close(JUNE)
    move("received", 9000)
    advance = Advance.objects.get()
    with pytest.raises(RuleError, match="Only ¥49.50 of ADV1 is outstanding"):
        move("set_off", 4951, advance=advance)
    move("set_off", 4000, advance=advance)
    books.close(JULY)
    assert books.statement(JULY).advance_recouped_fen == 950
    assert advances.outstanding([advance]) == {advance.pk: 0}
    assert all(check.agrees for check in agency_checks())
    assert verify()["differences"] == 0


def test_an_advance_of_somebody_else_is_not_repaid(books: Books, move: Callable[..., DepositMove]) -> None:
    other = Payee.objects.create(code="A02", name="阿木", kind="labour", legal_name="阿木")
    Anchor.objects.create(code="A02", stage_name="阿木", payee=other)
    advance = Advance.objects.create(payee=other, code="X", amount_fen=100, paid_on=DAY, recoup_rate=1)
    move("received", 5000)
    with pytest.raises(RuleError, match="another payee"):
        move("set_off", 100, advance=advance)


def test_only_finance_records_them(books: Books, move: Callable[..., DepositMove]) -> None:
    with pytest.raises(NotAllowed):
        move("received", 100, actor=books.people.user("talent"))


def test_a_move_stays_and_is_posted_once(move: Callable[..., DepositMove]) -> None:
    made = move("received", 100)
    for change in (lambda: DepositMove.objects.update(amount_fen=1), lambda: DepositMove.objects.all().delete()):
        with pytest.raises(Error), transaction.atomic():
            change()
    with pytest.raises(IntegrityError, match="posting_deposit_move_once"), transaction.atomic():
        post_deposit_move(actor=None, move=made)


def test_a_deposit_says_what_it_is_for(books: Books) -> None:
    with pytest.raises(RuleError, match="what the deposit is for"):
        deposit_save(actor=None, payee=Payee.objects.get(code="A01"), code="D", purpose="  ")


def test_it_is_a_voucher(move: Callable[..., DepositMove]) -> None:
    move("received", 5000)
    [voucher] = vouchers_of(Month.parse(JULY))
    assert [(line.subject.code, line.debit, line.credit) for line in voucher.lines] == [
        ("1002", 5000, 0),
        ("2241", 0, 5000),
    ]
    assert "DEP1" in voucher.summary
