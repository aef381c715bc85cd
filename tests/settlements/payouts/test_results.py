"""What the bank did: paid, failed, returned; each posted once, and the books agree (docs/money.md §11)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements.ledger.balances import balances_by_payee, trial_balance
from mcn.settlements.ledger.books import agency_checks
from mcn.settlements.models import Account, PayingAccount, Payout, Posting, Statement
from mcn.settlements.payouts.due import due
from mcn.settlements.payouts.progress import Paid, _spread, paid_of
from mcn.settlements.payouts.results import payouts_failed, payouts_paid, payouts_returned
from tests.settlements.books import JULY, JUNE
from tests.settlements.paying import Paying, payouts

pytestmark = pytest.mark.django_db


def balances() -> dict[str, int]:
    return {row.account.value: row.balance for row in trial_balance()}


def agrees() -> None:
    assert [check.what for check in agency_checks() if not check.agrees] == []


def test_what_is_paid_leaves_the_bank_and_is_owed_no_more(desk: Paying, account: PayingAccount, today: date) -> None:
    batch = desk.exported(account)
    agrees()
    before = balances()
    posting = payouts_paid(actor=desk.people.finance, payouts=list(payouts(batch).values()), paid_on=today)
    assert (posting.kind, posting.dated_on) == ("payout", today)
    after = balances()
    assert after["payable"] == 0
    assert after["bank"] == before["bank"] - 3650
    assert {(one.state, one.paid_on, one.paid_by_id) for one in payouts(batch).values()} == {
        ("paid", today, posting.pk)
    }
    assert due("bank") == []
    agrees()


def test_the_same_message_twice_pays_once(desk: Paying, account: PayingAccount, today: date) -> None:
    ones = list(payouts(desk.exported(account)).values())
    payouts_paid(actor=desk.people.finance, payouts=ones, paid_on=today)
    postings, before = Posting.objects.count(), balances()
    with pytest.raises(Conflict, match="P0001-001"):
        payouts_paid(actor=desk.people.finance, payouts=ones, paid_on=today)
    with pytest.raises(Conflict):
        payouts_failed(actor=desk.people.finance, payouts=ones, reason="no")
    assert (Posting.objects.count(), balances()) == (postings, before)


def test_all_of_them_or_none(desk: Paying, account: PayingAccount, today: date) -> None:
    ones = payouts(desk.exported(account))
    payouts_paid(actor=desk.people.finance, payouts=[ones["A02"]], paid_on=today)
    before = balances()
    with pytest.raises(Conflict):
        payouts_paid(actor=desk.people.finance, payouts=list(ones.values()), paid_on=today)
    assert balances() == before
    assert Payout.objects.get(pk=ones["A01"].pk).state == "exported"


def test_what_failed_is_due_again(desk: Paying, account: PayingAccount) -> None:
    ones = payouts(desk.exported(account))
    with pytest.raises(RuleError, match="Say why"):
        payouts_failed(actor=desk.people.finance, payouts=[ones["A01"]], reason="  ")
    payouts_failed(actor=desk.people.finance, payouts=[ones["A01"]], reason=" 账号 不存在\n")
    assert Payout.objects.get(pk=ones["A01"].pk).reason == "账号 不存在"
    assert [(row.payee.code, row.amount) for row in due("bank") if not row.blocks] == [("A01", 2450)]
    assert list(payouts(desk.draft(account))) == ["A01"]
    agrees()


def test_what_came_back_is_payable_again(desk: Paying, account: PayingAccount, today: date) -> None:
    ones = payouts(desk.exported(account))
    payouts_paid(actor=desk.people.finance, payouts=list(ones.values()), paid_on=today)
    paid = payouts_before = payouts(ones["A01"].batch)
    with pytest.raises(RuleError, match="before"):
        payouts_returned(
            actor=desk.people.finance, payouts=[paid["A01"]], returned_on=today - timedelta(days=1), reason="退汇"
        )
    posting = payouts_returned(
        actor=desk.people.finance, payouts=[payouts_before["A01"]], returned_on=today, reason="退汇"
    )
    assert posting.kind == "payout_returned"
    assert {payee: -fen for payee, fen in balances_by_payee(Account.PAYABLE).items() if fen} == {
        ones["A01"].payee_id: 2450
    }
    with pytest.raises(Conflict):
        payouts_returned(actor=desk.people.finance, payouts=[paid["A01"]], returned_on=today, reason="退汇")
    assert [row.amount for row in due("bank")] == [2450]
    agrees()
    again = desk.exported(account)
    payouts_paid(actor=desk.people.finance, payouts=list(payouts(again).values()), paid_on=today)
    assert balances()["payable"] == 0
    agrees()


def test_days_that_cannot_be(desk: Paying, account: PayingAccount, today: date) -> None:
    ones = list(payouts(desk.exported(account)).values())
    with pytest.raises(RuleError, match="future"):
        payouts_paid(actor=desk.people.finance, payouts=ones, paid_on=today + timedelta(days=1))
    with pytest.raises(RuleError, match="made later"):
        payouts_paid(actor=desk.people.finance, payouts=ones, paid_on=today - timedelta(days=1))
    with pytest.raises(RuleError, match="at least one"):
        payouts_paid(actor=desk.people.finance, payouts=[], paid_on=today)


def test_who_may(desk: Paying, account: PayingAccount, today: date) -> None:
    ones = list(payouts(desk.exported(account)).values())
    auditor = desk.people.user("auditor")
    with pytest.raises(NotAllowed):
        payouts_paid(actor=auditor, payouts=ones, paid_on=today)
    with pytest.raises(NotAllowed):
        payouts_failed(actor=auditor, payouts=ones, reason="no")
    with pytest.raises(NotAllowed):
        payouts_returned(actor=auditor, payouts=ones, returned_on=today, reason="no")


# ── how far a statement is paid ──────────────────────────────────────────────────────────────────────


def test_payouts_pay_the_oldest_month_first(desk: Paying, account: PayingAccount, today: date) -> None:
    june = payouts(desk.exported(account))
    payouts_paid(actor=desk.people.finance, payouts=[june["A01"]], paid_on=today)
    desk.event("2", 10000, JULY)
    desk.close(JULY)
    desk.draft(account)
    payee = june["A01"].payee_id
    found = {one.statement.period.code: one for one in paid_of([payee]).values()}
    assert (found[JUNE].paid, found[JUNE].promised, found[JUNE].unpaid, found[JUNE].paid_on) == (2450, 0, 0, today)
    assert (found[JULY].paid, found[JULY].promised, found[JULY].unpaid, found[JULY].paid_on) == (0, 2450, 0, None)


@settings(max_examples=200)
@given(st.lists(st.integers(0, 500), max_size=6), st.lists(st.tuples(st.integers(1, 500), st.booleans()), max_size=6))
def test_nothing_is_spread_twice_or_lost(net_pays: list[int], given_payouts: list[tuple[int, bool]]) -> None:
    statements = [Statement(net_pay_fen=fen) for fen in net_pays]
    ones = [
        Payout(pk=pk, amount_fen=fen, state="paid" if paid else "draft") for pk, (fen, paid) in enumerate(given_payouts)
    ]
    found: list[Paid] = list(_spread(statements, ones, {}))
    total, paid = sum(net_pays), sum(fen for fen, is_paid in given_payouts if is_paid)
    assert [one.net_pay for one in found] == net_pays
    assert all(one.paid >= 0 and one.promised >= 0 and one.unpaid >= 0 for one in found)
    assert sum(one.paid for one in found) == min(total, paid)
    assert sum(one.paid + one.promised for one in found) == min(total, sum(fen for fen, _paid in given_payouts))
    unpaid = [one.unpaid for one in found]
    first_open = next((place for place, fen in enumerate(unpaid) if fen), len(unpaid))
    assert all(one.paid + one.promised == 0 for one in found[first_open + 1 :])
