"""What a new calculation changed: kept of the former one, told payee by payee, with causes and the lines behind it.

Figures by hand: A01 has 35 % of account 1, A02 40 % of account 2.
"""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from mcn.accounts import audit
from mcn.anchors.models import Anchor, Contract, ContractVersion, Payee, PlatformAccount
from mcn.commissions.models import ShareLine, SplitRule
from mcn.settlements.former import changes, lines
from mcn.settlements.former.lines import Kind
from mcn.settlements.models import FormerBlock, FormerBucket, FormerCalculation, FormerStatement, Period, Statement
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books


@pytest.fixture
def books(inside: World) -> Books:
    """June calculated once: orders 1001 and 1002 of A01, 2001 of A02."""
    books = Books(inside)
    books.roster()
    payee = Payee.objects.create(code="A02", name="小林", kind="labour", legal_name="林小")
    anchor = Anchor.objects.create(code="A02", stage_name="小林", payee=payee)
    PlatformAccount.objects.create(anchor=anchor, platform="douyin", account_id="2", starts_on=date(2026, 1, 1))
    contract = Contract.objects.create(
        anchor=anchor, number="C2", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
    )
    version = ContractVersion.objects.create(contract=contract, number=1, starts_on=date(2026, 1, 1))
    SplitRule.objects.create(version=version, income="commission", rate=Decimal("0.4"), position=0)
    books.event("1001", 10000, JUNE)
    books.event("1002", 20000, JUNE)
    books.event("2001", 30000, JUNE, account="2")
    books.calculate(JUNE)
    return books


def period() -> Period:
    return Period.objects.get(code=JUNE)


def former() -> FormerCalculation:
    found = changes.former_of(period())
    assert found is not None
    return found


def give_account_2_to_a01() -> None:
    PlatformAccount.objects.filter(account_id="2").update(anchor=Anchor.objects.get(code="A01"))


def statement(books: Books, code: str) -> Statement:
    return Statement.objects.select_related("period").get(period__code=JUNE, code=code)


def test_the_first_calculation_has_none_before_it(books: Books) -> None:
    assert changes.former_of(period()) is None


def test_the_same_data_change_nothing(books: Books) -> None:
    books.calculate(JUNE)
    assert changes.former_of(period()) is None


def test_each_payee_who_changed_is_told_old_and_new(books: Books) -> None:
    first = period()
    books.event("1003", 40000, JUNE)
    books.calculate(JUNE)
    assert former().calculated_at == first.calculated_at
    assert (former().totals, former().calculated_by) == (first.totals, books.people.finance)
    (change,) = changes.changed_payees(period(), former())
    assert change.any.code == "A01"
    rows = {row.name: (row.then, row.now) for row in change.rows}
    assert rows["net_gmv"] == (300000, 700000)
    assert rows["pool"] == (30000, 70000)
    assert rows["commission_share"] == rows["earned"] == (10500, 24500)
    assert rows["advance_recouped"] == (3150, 6000)
    assert "bonus" not in rows


def test_what_was_kept_stays_when_the_same_data_are_calculated_again(books: Books) -> None:
    books.event("1003", 40000, JUNE)
    books.calculate(JUNE)
    kept = former()
    books.calculate(JUNE)
    assert former() == kept
    assert [change.any.code for change in changes.changed_payees(period(), former())] == ["A01"]


def test_only_the_latest_is_kept(books: Books) -> None:
    for order in ("1003", "1004"):
        books.event(order, 40000, JUNE)
        books.calculate(JUNE)
    assert FormerCalculation.objects.count() == 1
    (change,) = changes.changed_payees(period(), former())
    assert {row.name: row.then for row in change.rows}["earned"] == 24500
    assert FormerStatement.objects.count() == 2


def test_a_payee_may_be_new_or_gone(books: Books) -> None:
    Contract.objects.filter(number="C2").update(ends_on=date(2026, 5, 31))
    books.calculate(JUNE)
    (gone,) = changes.changed_payees(period(), former())
    assert (gone.statement, gone.any.code, gone.net_pay.now) == (None, "A02", 0)
    Contract.objects.filter(number="C2").update(ends_on=date(2028, 12, 31))
    books.calculate(JUNE)
    (new,) = changes.changed_payees(period(), former())
    assert (new.former, new.any.code, new.net_pay.then) == (None, "A02", 0)
    assert changes.of_statement(statement(books, "A02"), former()) is None


def test_lines_that_came_say_by_what(books: Books) -> None:
    event = books.event("1003", 40000, JUNE)
    books.calculate(JUNE)
    a01 = statement(books, "A01")
    assert [(one.kind, one.lines, one.difference) for one in lines.sums(a01, former())] == [(Kind.CAME, 1, 14000)]
    (line,) = lines.moved(a01, former(), Kind.CAME)
    assert (line.event, line.then, line.now, line.others) == (event, 0, 14000, [])


def test_lines_that_went_to_another_payee_say_to_whom_and_from_whom(books: Books) -> None:
    """2001 paid A02 120.00 and pays A01 35 % = 105.00."""
    give_account_2_to_a01()
    books.calculate(JUNE)
    a01, a02 = statement(books, "A01"), statement(books, "A02")
    assert [(one.kind, one.lines, one.difference) for one in lines.sums(a01, former())] == [(Kind.CAME, 1, 10500)]
    assert [(one.kind, one.lines, one.difference) for one in lines.sums(a02, former())] == [(Kind.WENT, 1, -12000)]
    (came,), (went,) = lines.moved(a01, former(), Kind.CAME), lines.moved(a02, former(), Kind.WENT)
    assert (came.others, went.others) == (["A02 小林"], ["A01 小鹿"]) or came.others == ["A02 小林"]
    assert went.event is not None and went.event.line.order_key == "2001"


def test_another_rule_and_another_rate_are_told_apart(books: Books) -> None:
    """Of 300.00 the anchor had 35 %; a rule for the platform gives 50 %."""
    rule = SplitRule.objects.get(version__contract__number="C1")
    SplitRule.objects.create(
        version=rule.version, income="commission", scope="platform", platform="douyin", rate=Decimal("0.5"), position=1
    )
    books.calculate(JUNE)
    a01 = statement(books, "A01")
    assert [(one.kind, one.lines, one.difference) for one in lines.sums(a01, former())] == [(Kind.RULE, 2, 4500)]
    shown = lines.moved(a01, former(), Kind.RULE)
    assert [(line.then, line.now) for line in shown] == [(3500, 5000), (7000, 10000)]
    assert lines.moved(a01, former(), Kind.RULE, after=shown[0].source) == shown[1:]


def test_a_line_that_only_rounds_otherwise_is_a_kind_of_its_own(books: Books) -> None:
    """With c the running sum: R(c × 35 %) of 0.03 is 0.01; behind a new 0.01 before it, it is R(1.4) − R(0.35) = 0.01;
    so 0.01 and 0.03 give 0 and 1. A second one of 0.03 had R(2.1) − R(1.05) = 1 and has R(2.45) − R(1.4) = 1.
    """
    books.calculate(JULY)
    for order in ("3002", "3003", "3004"):
        books.event(order, 1, JULY)
    books.calculate(JULY)
    books.event("3001", 1, JULY)  # before them in the order of keys
    books.calculate(JULY)
    july = Statement.objects.select_related("period").get(period__code=JULY, code="A01")
    found = FormerCalculation.objects.get(period__code=JULY)
    # Before: R(.35), R(.7), R(1.05) = 0, 1, 1: shares 0, 1, 0. Now R(.35 … 1.4) = 0, 1, 1, 1: 0; 1, 0, 0.
    kinds = [(one.kind, one.lines, one.difference) for one in lines.sums(july, found)]
    assert kinds == [(Kind.CAME, 1, 0), (Kind.RATE, 2, 0)]


def test_the_kinds_add_up_to_what_the_payee_earned(books: Books) -> None:
    give_account_2_to_a01()
    books.event("1003", 12345, JUNE)
    books.event("1001", -3333, JUNE, kind="clawback")
    SplitRule.objects.create(
        version=ContractVersion.objects.get(contract__number="C2"), income="commission", scope="platform",
        platform="douyin", rate=Decimal("0.1"), position=1,
    )  # fmt: skip
    books.calculate(JUNE)
    for change in changes.changed_payees(period(), former()):
        assert change.statement is not None
        earned = next((row.difference for row in change.rows if row.name == "earned"), 0)
        found = lines.sums(statement(books, change.any.code), former())
        assert sum(one.difference for one in found) == earned
        for one in found:
            listed = lines.moved(statement(books, change.any.code), former(), one.kind)
            assert (len(listed), sum(line.difference for line in listed)) == (one.lines, one.difference)


def test_causes_are_what_was_done_in_between(books: Books) -> None:
    anchor = Anchor.objects.get(code="A01")
    audit.record(actor=books.people.finance, action="change", target=anchor)
    audit.record(actor=books.people.finance, action="download", target=statement(books, "A01"))
    books.event("1003", 40000, JUNE)
    books.calculate(JUNE)
    audit.record(actor=books.people.finance, action="change", target=Anchor.objects.get(code="A02"))
    assert [entry.target_name for entry in changes.causes(period(), former())] == [str(anchor)]
    books.calculate(JUNE)  # of the same data: what was told stays
    assert str(anchor) in [entry.target_name for entry in changes.causes(period(), former())]


def test_the_calculation_of_an_earlier_month_is_a_cause(books: Books) -> None:
    books.event("1004", 1000, JULY)
    books.calculate(JULY)
    books.event("1003", 40000, JUNE)
    books.calculate(JUNE)
    books.calculate(JULY)
    july, found = Period.objects.get(code=JULY), FormerCalculation.objects.get(period__code=JULY)
    assert [(entry.action, entry.target_name) for entry in changes.causes(july, found)] == [("calculate", JUNE)]


def test_a_closed_month_keeps_nothing(books: Books) -> None:
    books.event("1003", 40000, JUNE)
    books.close(JUNE)
    for model in (FormerCalculation, FormerStatement, FormerBucket, FormerBlock):
        assert not model.objects.exists()
    assert ShareLine.objects.filter(period=JUNE).count() == 4
    assert period().closed_at is not None and period().closed_at <= timezone.now()
