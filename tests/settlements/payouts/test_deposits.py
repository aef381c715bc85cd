"""A deposit that is released is paid by the next batch, beside net pay (docs/money.md §11, §13.1)."""

from datetime import date

from mcn.anchors.models import Payee
from mcn.anchors.services import deposit_save
from mcn.settlements.deposits import deposit_move
from mcn.settlements.ledger.books import agency_checks
from mcn.settlements.models import PayingAccount
from mcn.settlements.payouts.due import due
from mcn.settlements.payouts.progress import paid_of
from mcn.settlements.payouts.results import payouts_paid, payouts_returned
from tests.settlements.books import JULY, JUNE
from tests.settlements.paying import Paying, payouts


def release(desk: Paying, payee: Payee, fen: int) -> None:
    actor = desk.people.finance
    deposit = deposit_save(actor=actor, payee=payee, code="DEP1", purpose="设备押金")[0]
    for kind in ("received", "released"):
        deposit_move(actor=actor, deposit=deposit, kind=kind, amount_fen=fen, dated_on=date(2026, 6, 5))


def test_it_is_due_and_paid_with_the_net_pay(desk: Paying, account: PayingAccount, today: date) -> None:
    payee = Payee.objects.get(code="A01")
    before = {row.payee.pk: row.payable for row in due()}[payee.pk]
    release(desk, payee, 5000)
    assert {row.payee.pk: row.payable for row in due()}[payee.pk] == before + 5000
    payout = payouts(desk.exported(account))["A01"]
    assert payout.amount_fen == before + 5000
    payouts_paid(actor=desk.people.finance, payouts=[payout], paid_on=today)
    assert all(check.agrees for check in agency_checks())
    [paid] = paid_of([payee.pk]).values()
    assert (paid.paid, paid.unpaid) == (before, 0)
    payouts_returned(
        actor=desk.people.finance,
        payouts=[type(payout).objects.select_related("batch__agency").get(pk=payout.pk)],
        returned_on=today,
        reason="退汇",
    )
    assert {row.payee.pk: row.payable for row in due()}[payee.pk] == before + 5000
    assert all(check.agrees for check in agency_checks())


def test_what_gave_a_deposit_back_pays_no_later_month(desk: Paying, account: PayingAccount, today: date) -> None:
    """June is paid; then 50.00 are released and paid; July, which closes afterwards, is unpaid."""
    payee = Payee.objects.get(code="A01")
    actor = desk.people.finance
    payouts_paid(actor=actor, payouts=[payouts(desk.exported(account))["A01"]], paid_on=today)
    release(desk, payee, 5000)
    again = payouts(desk.exported(account, payees=[payee.pk]))["A01"]
    assert again.amount_fen == 5000
    payouts_paid(actor=actor, payouts=[again], paid_on=today)
    desk.event("9", 10000, JULY)
    desk.close(JULY)
    assert {one.statement.period.code: (one.paid, one.unpaid) for one in paid_of([payee.pk]).values()} == {
        JUNE: (2450, 0),
        JULY: (0, 2450),
    }
    assert all(check.agrees for check in agency_checks())
