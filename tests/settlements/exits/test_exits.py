"""An anchor leaves: the sheet, who may settle it, and that it comes out as the sheet says (docs/money.md §13.2)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import Error
from django.utils import translation

from mcn.anchors.models import Advance, Anchor, Contract, ContractVersion, Deposit, Payee
from mcn.anchors.services import contract_save, deposit_save
from mcn.commissions.models import SplitRule
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Split, Tail, Terms
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.sales.models import DailySales, Entry, OrderLine
from mcn.settlements import advances, deposits, exits, instalments
from mcn.settlements.exits import words
from mcn.settlements.exits.plan import plan_of
from mcn.settlements.exits.sheet import from_json
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import Account, Exit, ExitSettlement, Leftover
from mcn.settlements.statements import words as statement_words
from mcn.settlements.statements.lines import buckets_of
from mcn.settlements.verification import verify
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db
END = date(2026, 7, 31)
PENALTY = {"kind": "penalty", "text": "合同第 8.2 条", "amount_fen": 500, "from_deposit": False}
SAMPLES = {"kind": "samples", "text": "合同第 6 条：样品 2 件", "amount_fen": 1000, "from_deposit": True}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def books(inside: World) -> Books:
    """June closed: 24.50 payable, 10.50 of the advance of 60.00 recouped. July's draft: 70.00 earned, 21.00 recouped,
    49.00 net. A deposit of 50.00."""
    desk = Books(inside)
    desk.roster()
    desk.event("1", 10000, JUNE)
    desk.event("2", 20000, JULY)
    desk.close(JUNE)
    desk.calculate(JULY)
    payee = Payee.objects.get(code="A01")
    deposit = deposit_save(actor=inside.finance, payee=payee, code="DEP1", purpose="设备押金")[0]
    deposits.deposit_move(
        actor=inside.finance, deposit=deposit, kind="received", amount_fen=5000, dated_on=date(2026, 6, 1)
    )
    return desk


def draw_up(books: Books, *claims: dict[str, Any], **values: Any) -> Exit:
    values = {"actor": books.people.user("talent"), "ends_on": END, "reason": "个人原因"} | values
    return exits.draw_up(anchor=Anchor.objects.get(), claims=claims, **values)  # type: ignore[arg-type]


def counted(sheet: Exit) -> list[tuple[str, str, int]]:
    return [(row.kind, row.ref, row.amount_fen) for row in from_json(sheet.rows) if row.counts]


def test_the_sheet_says_who_owes_whom(books: Books) -> None:
    sheet = draw_up(books, PENALTY, SAMPLES)
    assert counted(sheet) == [
        ("payable", "", 2450),
        ("draft", JULY, 4900),
        ("advance", "ADV1", -2850),
        ("deposit", "DEP1", 5000),
        ("claim", "penalty", -500),
        ("claim", "samples", -1000),
    ]
    assert (sheet.code, sheet.total_fen, sheet.is_settled) == ("EXIT-0001", 8000, False)
    assert Anchor.objects.get().status == "active" and Contract.objects.get().ends_on == date(2028, 12, 31)


def test_settling_does_what_the_sheet_says_and_pays_its_total(books: Books) -> None:
    sheet = draw_up(books, PENALTY, SAMPLES)
    expected = [
        ("contract", "C1", 0, "2026-07-31"),
        ("left", "A01", 0, ""),
        ("penalty", "EXIT-0001-1", 500, PENALTY["text"]),
        ("keep", "DEP1", 1000, SAMPLES["text"]),
        ("set_off", "DEP1", 2850, "ADV1"),
        ("release", "DEP1", 1150, ""),
    ]
    assert [(step.what, step.ref, step.amount_fen, step.to) for step in plan_of(sheet)] == expected
    settlement = exits.settle(actor=books.people.finance, sheet_id=sheet.pk)
    assert [tuple(step[name] for name in ("what", "ref", "amount_fen", "to")) for step in settlement.done] == expected
    assert Anchor.objects.get().status == "left" and Contract.objects.get().ends_on == END
    entry = Entry.objects.get()
    assert (entry.code, entry.income, entry.amount_fen, entry.settle_period) == ("EXIT-0001-1", "penalty", 500, JULY)
    books.close(JULY)
    july = books.statement(JULY)
    assert (july.penalties_fen, july.advance_recouped_fen, july.net_pay_fen) == (-500, 2100, 4400)
    held = deposits.held(Deposit.objects.values_list("pk", flat=True))
    assert sum(held.values()) == 0
    assert sheet.total_fen == 2450 + july.net_pay_fen + 1150 == -balances_by_payee(Account.PAYABLE)[july.payee_id]
    assert advances.outstanding(Advance.objects.all()) == {Advance.objects.get().pk: 0}
    assert all(check.agrees for check in agency_checks()) and all(month.agrees for month in month_checks())
    assert verify()["differences"] == 0


def test_what_no_deposit_repays_is_recouped_in_full(books: Books) -> None:
    sheet = draw_up(books, set_off=False)
    exits.settle(actor=books.people.finance, sheet_id=sheet.pk)
    books.calculate(JULY)
    assert books.statement(JULY).advance_recouped_fen == 4950
    assert deposits.held(Deposit.objects.values_list("pk", flat=True)) == {Deposit.objects.get().pk: 5000}


def test_a_second_person_settles_it_once(books: Books) -> None:
    mine = draw_up(books, actor=books.people.owner)
    with pytest.raises(NotAllowed, match="a second person"):
        exits.settle(actor=books.people.owner, sheet_id=mine.pk)
    with pytest.raises(NotAllowed):
        exits.settle(actor=books.people.user("talent"), sheet_id=mine.pk)
    with pytest.raises(NotAllowed):
        draw_up(books, actor=books.people.finance)
    other = draw_up(books)
    exits.settle(actor=books.people.finance, sheet_id=mine.pk)
    for again in (mine, other):
        with pytest.raises(Conflict, match="has left already"):
            exits.settle(actor=books.people.finance, sheet_id=again.pk)
    with pytest.raises(Conflict, match="has left already"):
        draw_up(books)
    assert ExitSettlement.objects.count() == 1


def test_figures_that_moved_on_want_a_new_sheet(books: Books) -> None:
    sheet = draw_up(books, PENALTY)
    books.event("3", 10000, JULY)
    books.calculate(JULY)
    with pytest.raises(Conflict, match="Draw up a new one"):
        exits.settle(actor=books.people.finance, sheet_id=sheet.pk)
    assert not Entry.objects.exists() and Anchor.objects.get().status == "active"


@pytest.mark.parametrize(
    ("claims", "values", "why"),
    [
        ((), {"reason": " "}, "Say why"),
        ((), {"ends_on": date(2026, 6, 29)}, "which is closed"),
        (({**PENALTY, "amount_fen": 0},), {}, "Claim 1: the amount"),
        ((PENALTY, {**PENALTY, "text": " "}), {}, "Claim 2: name the clause"),
        (({**PENALTY, "kind": "revenge"},), {}, "revenge is not one of"),
        (({**SAMPLES, "amount_fen": 5001},), {}, "cannot pay claims"),
    ],
)
def test_refused(books: Books, claims: Any, values: dict[str, Any], why: str) -> None:
    with pytest.raises(RuleError, match=why):
        draw_up(books, *claims, **values)
    assert not Exit.objects.exists()


def test_not_before_the_last_day_and_not_before_a_further_contract(books: Books) -> None:
    sheet = draw_up(books, ends_on=date(2027, 12, 31))
    with pytest.raises(RuleError, match="runs until 2027-12-31"):
        exits.settle(actor=books.people.finance, sheet_id=sheet.pk)
    anchor = Anchor.objects.get()
    contract_save(actor=None, anchor=anchor, number="C2", starts_on=date(2029, 1, 1), ends_on=date(2029, 12, 31))
    with pytest.raises(RuleError, match="C2 begins on 2029-01-01"):
        draw_up(books)


def test_the_last_day_of_the_closed_month_is_not_too_early(books: Books) -> None:
    """June is closed; a contract that ends with it changes nothing of it."""
    assert draw_up(books, ends_on=date(2026, 6, 30)).pk


def test_open_orders_and_top_ups_are_told_and_not_counted(books: Books) -> None:
    values = {"lines": 1, "invalid_lines": 0, "gmv_fen": 1, "estimated_gross_fen": 1, "settled_base_fen": 0}
    values |= {"settled_pool_fen": 0, "open_lines": 1, "platform": "douyin", "account_key": "1"}
    for day, fen in ((date(2026, 7, 30), 7000), (date(2026, 8, 1), 100)):
        DailySales.objects.create(day=day, open_estimate_fen=fen, **values)
    sheet = draw_up(books)
    told = [(row.kind, row.amount_fen) for row in from_json(sheet.rows) if not row.counts]
    assert told == [("undated", 7000), ("share", 2450)]  # 35 % of it, as June shared
    assert sheet.total_fen == 2450 + 4900 - 2850 + 5000


def test_a_debt_that_is_carried_counts(books: Books) -> None:
    books.event("1", -10000, JULY, kind="clawback")
    books.event("2", -20000, JULY, kind="clawback")
    books.calculate(JULY)
    assert ("carried", JULY, -3500) in counted(draw_up(books))


def test_a_sheet_stays_as_it_was_drawn_up(books: Books) -> None:
    draw_up(books)
    for change in (lambda: Exit.objects.update(total_fen=1), lambda: Exit.objects.all().delete()):
        with pytest.raises(Error), transaction.atomic():
            change()


@pytest.fixture
def topped_up(books: Books) -> Books:
    """A second version guarantees 100.00 from July on and takes 50 % of the last two months' top-ups back."""
    contract = Contract.objects.get()
    former = contract.versions.get()
    version = ContractVersion.objects.create(
        contract=contract,
        number=2,
        starts_on=date(2026, 7, 1),
        guarantee_fen=10000,
        guarantee_repay_months=2,
        guarantee_repay_rate=Decimal("0.5"),
    )
    for rule in former.splits.all():
        SplitRule.objects.create(version=version, income=rule.income, rate=rule.rate, position=0)
    books.calculate(JULY)
    return books


def test_a_contract_that_ends_early_takes_its_guarantee_back(topped_up: Books) -> None:
    """July earns 70.00 and is topped up by 30.00; half of it goes back: R(0.5 × 30.00) = 15.00."""
    sheet = draw_up(topped_up)
    assert topped_up.statement(JULY).guarantee_top_up_fen == 3000
    assert ("guarantee", "C1 v2", -1500) in counted(sheet)
    exits.settle(actor=topped_up.people.finance, sheet_id=sheet.pk)
    entry = Entry.objects.get(code="EXIT-0001-G")
    assert (entry.income, entry.amount_fen) == ("penalty", 1500)
    topped_up.calculate(JULY)
    assert topped_up.statement(JULY).penalties_fen == -1500


def test_at_its_own_end_a_contract_takes_nothing_back(topped_up: Books) -> None:
    Contract.objects.update(ends_on=END)
    assert "guarantee" not in {row[0] for row in counted(draw_up(topped_up))}


def test_a_guarantee_is_not_claimed_twice(topped_up: Books) -> None:
    claim = PENALTY | {"kind": "guarantee"}
    with pytest.raises(RuleError, match="contract itself says"):
        draw_up(topped_up, claim)


@pytest.fixture
def with_tail(books: Books) -> Books:
    """A second version, from July on, at 35 % with a tail of 30 days at half of it."""
    terms = Terms(date(2026, 7, 1), (Split("commission", rate=Decimal("0.35")),), tail=Tail(30, share=Decimal("0.5")))
    contract_version_save(actor=None, contract=Contract.objects.get(), terms=terms, last_closed=JUNE)
    books.calculate(JULY)
    return books


def paid(books: Books, order: str, pool: int, day: date) -> None:
    """An order paid on a day and settled in August."""
    books.event(order, pool, "2026-08")
    OrderLine.objects.filter(order_key=order).update(paid_on=day, paid_at=datetime(*day.timetuple()[:3], 4, tzinfo=UTC))


def test_a_tail_is_on_the_sheet_and_pays_as_it_says(with_tail: Books) -> None:
    """30 days at half of 35 %: 200.03 paid on 1 August and 60.00 on 30 August give R(260.03 × 17.5 %) = 45.51, what was
    paid on the last day 35 % of 100.00; what is paid on the 31st day is nobody's."""
    sheet = draw_up(with_tail)
    days = "2026-08-01 – 2026-08-30 · 50 %"
    told = [row for row in from_json(sheet.rows) if row.binds and not row.counts]
    assert [(row.kind, row.ref, row.text, row.amount_fen) for row in told] == [("tail_share", "C1 v2", days, 0)]
    assert "Tail commission by contract C1 v2" in words.row(told[0]).label and words.row(told[0]).amount_fen is None
    assert [(step.what, step.ref, step.to) for step in plan_of(sheet)][1] == ("tail", "C1 v2", days)
    exits.settle(actor=with_tail.people.finance, sheet_id=sheet.pk)
    with_tail.close(JULY)
    paid(with_tail, "a", 10000, date(2026, 7, 31))
    paid(with_tail, "b", 20003, date(2026, 8, 1))
    paid(with_tail, "c", 6000, date(2026, 8, 30))
    paid(with_tail, "d", 8000, date(2026, 8, 31))
    with_tail.close("2026-08", accepted_unmatched_fen=8000)
    august = with_tail.statement("2026-08")
    assert august.commission_share_fen == 3500 + 4551
    rules = {statement_words.bucket_rule(bucket): bucket.share_fen for bucket in buckets_of(august)}
    assert rules == {"Commission · Everything else": 3500, "Tail commission · Everything else": 4551}
    assert Leftover.objects.get().reason == "no_contract"
    assert verify()["differences"] == 0


def test_another_tail_wants_a_new_sheet(with_tail: Books) -> None:
    sheet = draw_up(with_tail)
    terms = Terms(date(2026, 7, 1), (Split("commission", rate=Decimal("0.35")),), tail=Tail(31, rate=Decimal("0.15")))
    contract_version_save(actor=None, contract=Contract.objects.get(), terms=terms, last_closed=JUNE)
    with_tail.calculate(JULY)
    with pytest.raises(Conflict, match="Draw up a new one"):
        exits.settle(actor=with_tail.people.finance, sheet_id=sheet.pk)
    [row] = [row for row in from_json(draw_up(with_tail).rows) if row.kind == "tail_rate"]
    assert (row.ref, row.text) == ("C1 v3", "2026-08-01 – 2026-08-31 · 15 %")


def test_a_contract_that_ran_out_has_its_tail_from_its_own_end(with_tail: Books) -> None:
    Contract.objects.update(ends_on=date(2026, 7, 10))
    [row] = [row for row in from_json(draw_up(with_tail).rows) if row.kind == "tail_share"]
    assert row.text == "2026-07-11 – 2026-08-09 · 50 %"
    Contract.objects.update(ends_on=date(2026, 7, 1))
    assert [row for row in from_json(draw_up(with_tail).rows) if row.binds and not row.counts] == []


def test_the_exit_takes_what_is_open_of_a_debt(books: Books) -> None:
    """A debt of 90.00 at 1.00 a month, from August on. The deposit of 50.00 repays 28.50 of the advance and 21.50 of
    the debt; of July's 70.00 the debt takes the 68.50 that are left and the advance 1.50. 19.50 of the advance stay
    open and 24.50 are payable: 5.00, as the sheet says."""
    plan = instalments.plan_agree(
        actor=books.people.finance,
        payee=Payee.objects.get(code="A01"),
        code="P1",
        kind="penalty",
        amount_fen=9000,
        agreed_on=date(2026, 7, 2),
        reason="合同第 8 条",
        instalment_fen=100,
        most_rate=Decimal("0.1"),
        first_month="2026-08",
    )
    sheet = draw_up(books)
    assert ("instalments", "P1", -9000) in counted(sheet)
    assert sheet.total_fen == 2450 + 4900 - 2850 - 9000 + 5000
    exits.settle(actor=books.people.finance, sheet_id=sheet.pk)
    books.close(JULY)
    july = books.statement(JULY)
    assert (july.advance_recouped_fen, july.instalments_fen, july.net_pay_fen) == (150, -6850, 0)
    assert advances.outstanding(Advance.objects.all()) == {Advance.objects.get().pk: 1950}
    assert instalments.outstanding([plan]) == {plan.pk: 0}
    assert all(check.agrees for check in agency_checks())
    assert verify()["differences"] == 0
