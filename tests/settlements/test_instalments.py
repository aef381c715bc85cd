"""Debts taken back in instalments: agreed, posted, taken month by month, repaid from deposits (docs/money.md §5.7)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import Error
from django.utils import translation

from mcn.anchors.models import Advance, InstalmentPlan, Payee
from mcn.anchors.services import deposit_save
from mcn.core.errors import NotAllowed, RuleError
from mcn.core.periods import Period as Month
from mcn.settlements import deposits, instalments
from mcn.settlements.exports.statements import STATEMENTS
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import Account, LedgerEntry, Period, Posting
from mcn.settlements.statements.lines import buckets_of, earlier_of, lines_of
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
    """No advance. June closed below zero: order 1 was paid 35.00 in history, and −70.00 are carried forward."""
    desk = Books(inside)
    desk.roster()
    Advance.objects.all().delete()
    desk.event("1", -20000, JUNE, kind="clawback")
    desk.close(JUNE)
    assert desk.statement(JUNE).carried_forward_fen == -7000
    return desk


def agree(books: Books, **values: Any) -> InstalmentPlan:
    values = {
        "actor": books.people.finance,
        "payee": Payee.objects.get(code="A01"),
        "code": "P1",
        "kind": "carried",
        "amount_fen": 6000,
        "agreed_on": DAY,
        "reason": "补充协议第 2 条",
        "instalment_fen": 2500,
        "most_rate": Decimal("0.5"),
        "first_month": JULY,
    } | values
    return instalments.plan_agree(**values)


def all_agree() -> bool:
    return all(check.agrees for check in agency_checks()) and all(month.agrees for month in month_checks())


def posted(plan: InstalmentPlan) -> dict[str, int]:
    rows = LedgerEntry.objects.filter(posting__plan=plan)
    return {row.account: row.debit_fen - row.credit_fen for row in rows}


def test_a_balance_below_zero_comes_back_by_and_by(books: Books) -> None:
    """70.00 carried, 60.00 of it in instalments: July earns 35.00, brings −10.00 forward and takes 50 % of 35.00;
    August earns 70.00 and takes 25.00, September the 17.50 that are left."""
    plan = agree(books)
    assert posted(plan) == {"instalments": 6000, "clawback_receivable": -6000}
    assert all_agree()
    for n, (month, pool) in enumerate({JULY: 10000, "2026-08": 20000, "2026-09": 20000}.items(), 2):
        books.event(f"{n}", pool, month)
        books.close(month)
        assert all_agree()
    july, august, september = (books.statement(month) for month in (JULY, "2026-08", "2026-09"))
    assert (july.brought_forward_fen, july.instalments_fen, july.net_pay_fen) == (-1000, -1750, 750)
    assert (august.brought_forward_fen, august.instalments_fen, august.net_pay_fen) == (0, -2500, 4500)
    assert (september.instalments_fen, september.net_pay_fen) == (-1750, 5250)
    [told] = instalments.statements_of([plan])
    assert [(row.period, row.amount, row.outstanding) for row in told.rows] == [
        (JULY, 1750, 4250),
        ("2026-08", 2500, 1750),
        ("2026-09", 1750, 0),
    ]
    assert (told.recouped, told.in_draft, told.outstanding, told.months) == (6000, 0, 0, 0)
    assert balances_by_payee(Account.INSTALMENTS)[plan.payee_id] == 0
    assert verify()["differences"] == 0


def test_the_statement_has_a_line_for_it(books: Books) -> None:
    books.event("2", 10000, JULY)
    agree(books)
    books.calculate(JULY)
    statement = books.statement(JULY)
    lines = {line.name: line for line in lines_of(statement, earlier_of(statement), buckets_of(statement))}
    assert (lines["instalments"].number, lines["instalments"].amount) == (8, -1750)
    assert lines["instalments"].source == "P1, Money carried forward below zero: ¥17.50"
    assert "of which ¥60.00 is taken back in instalments" in lines["brought_forward"].source
    june = books.statement(JUNE)
    assert "instalments" not in {line.name for line in lines_of(june, None, [])}


def test_only_months_that_take_any_have_the_column(books: Books) -> None:
    books.event("2", 10000, JULY)
    agree(books)
    books.calculate(JULY)
    names = {code: [c.name for c in STATEMENTS.columns_of(Period.objects.get(code=code))] for code in (JUNE, JULY)}
    assert names[JULY] == [*names[JUNE], "instalments"]


@pytest.mark.parametrize(("kind", "account"), [("penalty", "penalty_income"), ("guarantee", "guarantee_cost")])
def test_a_claim_is_income_at_once_and_comes_back_later(books: Books, kind: str, account: str) -> None:
    plan = agree(books, kind=kind, amount_fen=900, most_rate=Decimal(1), reason="合同第 8 条")
    assert posted(plan) == {"instalments": 900, account: -900}
    books.event("2", 40000, JULY)
    books.close(JULY)
    assert books.statement(JULY).instalments_fen == -900
    assert books.statement(JULY).net_pay_fen == 14000 - 7000 - 900
    assert all_agree()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"amount_fen": 0}, "more than 0"),
        ({"amount_fen": 7001}, "carries ¥70.00 forward"),
        ({"instalment_fen": 0}, "instalment is more than 0"),
        ({"most_rate": Decimal(2)}, "0 to 1|0 and 1"),
        ({"first_month": "2026-13"}, "not a month"),
        ({"first_month": JUNE}, "is closed"),
        ({"agreed_on": date(2036, 1, 1)}, "lies in the future"),
        ({"agreed_on": date(2026, 6, 29)}, "before the end of"),
        ({"kind": "gift"}, "not one of"),
        ({"reason": " "}, "Say what is owed"),
    ],
)
def test_refused(books: Books, values: dict[str, Any], why: str) -> None:
    with pytest.raises(RuleError, match=why):
        agree(books, **values)
    assert not InstalmentPlan.objects.exists()
    assert not Posting.objects.filter(kind="instalments").exists()


def test_a_balance_is_taken_over_once_and_a_code_used_once(books: Books) -> None:
    agree(books)
    with pytest.raises(RuleError, match="has a plan P1"):
        agree(books, amount_fen=1)
    with pytest.raises(RuleError, match="carries ¥10.00 forward"):
        agree(books, code="P2", amount_fen=1001)
    agree(books, code="P2", amount_fen=1000)
    assert all_agree()


def test_only_finance_agrees(books: Books) -> None:
    with pytest.raises(NotAllowed):
        agree(books, actor=books.people.user("talent"))


def test_the_terms_may_be_agreed_anew_and_the_debt_stays(books: Books) -> None:
    plan = agree(books)
    changed = instalments.plan_change(
        actor=books.people.finance, plan=plan, instalment_fen=100, most_rate=Decimal(1), first_month="2026-08"
    )
    assert (changed.instalment_fen, changed.first_month) == (100, "2026-08")
    with pytest.raises(RuleError, match="is closed"):
        instalments.plan_change(
            actor=books.people.finance, plan=plan, instalment_fen=100, most_rate=Decimal(1), first_month="2026-05"
        )
    for change in (lambda: InstalmentPlan.objects.update(amount_fen=1), lambda: InstalmentPlan.objects.all().delete()):
        with pytest.raises(Error), transaction.atomic():
            change()


def test_a_deposit_repays_a_debt(books: Books) -> None:
    plan = agree(books)
    deposit = deposit_save(actor=books.people.finance, payee=plan.payee, code="DEP1", purpose="设备押金")[0]

    def move(kind: str, fen: int, **values: Any) -> None:
        deposits.deposit_move(
            actor=books.people.finance, deposit=deposit, kind=kind, amount_fen=fen, dated_on=DAY, **values
        )

    move("received", 9000)
    with pytest.raises(RuleError, match="Only ¥60.00 of P1"):
        move("set_off", 6001, plan=plan)
    move("set_off", 5000, plan=plan)
    assert instalments.outstanding([plan]) == {plan.pk: 1000}
    books.event("2", 40000, JULY)
    books.close(JULY)
    assert books.statement(JULY).instalments_fen == -1000
    assert all_agree()


def test_it_is_a_voucher(books: Books) -> None:
    agree(books)
    [voucher] = vouchers_of(Month.parse(JULY))
    assert [(line.subject.code, line.debit, line.credit) for line in voucher.lines] == [
        ("1221", 6000, 0),
        ("1221", 0, 6000),
    ]
    assert "P1" in voucher.summary
