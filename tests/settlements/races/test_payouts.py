"""Batches of payouts, their results and the bank's lines, each by two at once."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mcn.anchors.models import Payee
from mcn.core.errors import Conflict, RuleError
from mcn.settlements.bank.reading import read_statement
from mcn.settlements.bank.statements import lines_confirm, statement_bring, suggested
from mcn.settlements.models import (
    BankLine,
    PayingAccount,
    Payout,
    PayoutBatch,
    Posting,
)
from mcn.settlements.payouts import batches, results
from tests.races import in_turn
from tests.settlements.paying import Paying, payouts
from tests.settlements.races.outcomes import balanced, exported, refused

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_draft_batches_of_the_same_payees(paying: Paying) -> None:
    draft = lambda: paying.draft(PayingAccount.objects.get())  # noqa: E731
    batch, second = in_turn(paying.people, draft, draft)
    refused(second, Conflict, "Nobody is due to be paid from Z01 基本户.")
    with paying.people.open():
        assert sorted(payouts(batch)) == ["A01", "A02", "A03"]
        assert Payout.objects.count() == 3
    balanced(paying)


def test_two_draft_batches_of_payees_they_chose(paying: Paying) -> None:
    def draft(*codes: str) -> Callable[[], PayoutBatch]:
        with paying.people.open():
            chosen = list(Payee.objects.filter(code__in=codes).values_list("pk", flat=True))
        return lambda: paying.draft(PayingAccount.objects.get(), payees=chosen)

    _batch, second = in_turn(paying.people, draft("A01", "A02"), draft("A02", "A03"))
    refused(second, RuleError, "These cannot be paid now: 阿木.")
    with paying.people.open():
        assert Payout.objects.count() == 2


def test_two_approve_or_export_a_batch(paying: Paying) -> None:
    people = paying.people
    with people.open():
        batch = paying.draft(PayingAccount.objects.get())

    def each(work: Callable[[PayoutBatch], Any]) -> tuple[Any, Any]:
        with people.open():
            mine, yours = PayoutBatch.objects.get(pk=batch.pk), PayoutBatch.objects.get(pk=batch.pk)
        return in_turn(people, lambda: work(mine), lambda: work(yours))

    approved, second = each(lambda one: batches.batch_approve(actor=people.approver, batch=one))
    refused(second, Conflict, "Batch P0001 is Approved: that can no longer be done.")
    exported, second = each(lambda one: batches.batch_export(actor=people.finance, batch=one))
    refused(second, Conflict, "Batch P0001 is Exported: that can no longer be done.")
    assert (approved.state, exported.state, exported.file_total_fen) == ("approved", "exported", 3650)
    balanced(paying)


def test_a_payee_taken_out_while_the_file_is_made_is_in_no_file(paying: Paying) -> None:
    people = paying.people
    with people.open():
        draft = paying.draft(PayingAccount.objects.get())
        batch = batches.batch_approve(actor=people.approver, batch=draft)
        gone = payouts(batch)["A02"]
    _removed, done = in_turn(
        people,
        lambda: batches.payout_remove(actor=people.finance, payout=gone),
        lambda: batches.batch_export(actor=people.finance, batch=batch),
    )
    with people.open():
        assert (done.state, done.file_total_fen) == ("exported", 3150)
        assert "阿木" not in batches.batch_file(actor=people.finance, batch=done).decode("gb18030")
    balanced(paying)


def test_a_batch_dropped_while_it_is_approved_has_no_file(paying: Paying) -> None:
    people = paying.people
    with people.open():
        batch = paying.draft(PayingAccount.objects.get())
        mine = PayoutBatch.objects.get(pk=batch.pk)
    _dropped, second = in_turn(
        people,
        lambda: batches.batch_drop(actor=people.finance, batch=mine),
        lambda: batches.batch_approve(actor=people.approver, batch=batch),
    )
    refused(second, Conflict, "Batch P0001 is Dropped: that can no longer be done.")
    balanced(paying)


def test_the_last_two_payouts_taken_out_at_once_drop_the_batch(paying: Paying) -> None:
    people = paying.people
    with people.open():
        batch = paying.draft(PayingAccount.objects.get())
        ones = payouts(batch)
        batches.payout_remove(actor=people.finance, payout=ones["A03"])
    in_turn(
        people,
        lambda: batches.payout_remove(actor=people.finance, payout=ones["A01"]),
        lambda: batches.payout_remove(actor=people.finance, payout=ones["A02"]),
    )
    with people.open():
        assert PayoutBatch.objects.get().state == "dropped"


@pytest.mark.parametrize("second", ["paid", "failed"])
def test_two_results_of_one_payout(paying: Paying, today: date, second: str) -> None:
    people = paying.people
    _batch, ones = exported(paying)
    one = ones["A01"]
    result = {
        "paid": lambda: results.payouts_paid(actor=people.owner, payouts=[one], paid_on=today),
        "failed": lambda: results.payouts_failed(actor=people.owner, payouts=[one], reason="账号不存在"),
    }
    first = lambda: results.payouts_paid(actor=people.finance, payouts=[one], paid_on=today)  # noqa: E731
    done, answer = in_turn(people, first, result[second])
    assert done.kind == "payout"
    refused(answer, Conflict, "Payout P0001-001 is Paid: that can no longer be done.")
    with people.open():
        assert Posting.objects.filter(kind="payout").count() == 1
    balanced(paying)


def test_a_payout_that_failed_is_not_paid_meanwhile(paying: Paying, today: date) -> None:
    people = paying.people
    _batch, ones = exported(paying)
    _failed, second = in_turn(
        people,
        lambda: results.payouts_failed(actor=people.finance, payouts=[ones["A01"]], reason="账号不存在"),
        lambda: results.payouts_paid(actor=people.owner, payouts=list(ones.values()), paid_on=today),
    )
    refused(second, Conflict, "Payout P0001-001 is Failed: that can no longer be done.")
    with people.open():
        assert not Posting.objects.filter(kind="payout").exists()
    balanced(paying)


def test_a_payout_comes_back_once(paying: Paying, today: date) -> None:
    people = paying.people
    _batch, ones = exported(paying)
    with people.open():
        results.payouts_paid(actor=people.finance, payouts=[ones["A01"]], paid_on=today)
        one = Payout.objects.select_related("batch__agency", "payee").get(pk=ones["A01"].pk)
    back = lambda: results.payouts_returned(  # noqa: E731
        actor=people.finance, payouts=[one], returned_on=today, reason="退汇"
    )
    _done, second = in_turn(people, back, back)
    refused(second, Conflict, "Payout P0001-001 is Returned: that can no longer be done.")
    balanced(paying)


def bring(desk: Paying, tmp_path: Path, *rows: str, name: str = "bank.csv") -> None:
    path = tmp_path / name
    path.write_text("交易日期,收入金额,支出金额,对方户名,对方账号,摘要,流水号\n" + "\n".join(rows), encoding="utf-8")
    read = read_statement(path, name=name, zone=desk.people.agency.zone)
    account = PayingAccount.objects.get()
    statement_bring(actor=desk.people.finance, account=account, file_name=name, path=path, read=read)


def test_two_bring_a_bank_statement(paying: Paying, tmp_path: Path, today: date) -> None:
    row = f"{today},,24.50,鹿小小,,P0001-001,S1"
    _one, second = in_turn(paying.people, lambda: bring(paying, tmp_path, row), lambda: bring(paying, tmp_path, row))
    refused(second, Conflict, "This file was brought in already, as “bank.csv”.")
    with paying.people.open():
        assert BankLine.objects.count() == 1


def test_two_confirm_a_line_of_the_bank(paying: Paying, tmp_path: Path, today: date) -> None:
    people = paying.people
    exported(paying)
    with people.open():
        bring(paying, tmp_path, f"{today},,24.50,鹿小小,,P0001-001,S1")
        pairs = [(one.line, one.payout) for one in suggested(PayingAccount.objects.get())]
    confirm = lambda: lines_confirm(actor=people.finance, pairs=pairs)  # noqa: E731
    first, second = in_turn(people, confirm, confirm)
    assert first == (1, 0)
    refused(second, Conflict, "P0001-001 has a line of the bank already.")
    with people.open():
        assert Posting.objects.filter(kind="payout").count() == 1
    balanced(paying)


@pytest.mark.parametrize("by_hand", [False, True])
def test_two_lines_are_not_of_one_payout(paying: Paying, tmp_path: Path, today: date, by_hand: bool) -> None:
    """Two equal lines of the bank: two people give each to the same payout, which may be marked paid already."""
    people = paying.people
    _batch, ones = exported(paying)
    with people.open():
        row = f"{today},,24.50,鹿小小,,P0001-001"
        bring(paying, tmp_path, f"{row},S1", f"{row},S2")
        if by_hand:
            results.payouts_paid(actor=people.finance, payouts=[ones["A01"]], paid_on=today)
        payout = Payout.objects.select_related("batch__agency", "payee").get(pk=ones["A01"].pk)
        one, other = BankLine.objects.order_by("key")
    _first, second = in_turn(
        people,
        lambda: lines_confirm(actor=people.finance, pairs=[(one, payout)]),
        lambda: lines_confirm(actor=people.owner, pairs=[(other, payout)]),
    )
    refused(second, Conflict, "P0001-001 has a line of the bank already.")
    with people.open():
        assert BankLine.objects.filter(payout=payout).count() == 1
    balanced(paying)


def test_a_line_confirms_what_is_marked_paid_meanwhile(paying: Paying, tmp_path: Path, today: date) -> None:
    people = paying.people
    _batch, ones = exported(paying)
    with people.open():
        bring(paying, tmp_path, f"{today},,24.50,鹿小小,,P0001-001,S1")
        pairs = [(one.line, one.payout) for one in suggested(PayingAccount.objects.get())]
    _paid, confirmed = in_turn(
        people,
        lambda: results.payouts_paid(actor=people.finance, payouts=[ones["A01"]], paid_on=today),
        lambda: lines_confirm(actor=people.owner, pairs=pairs),
    )
    assert confirmed == (1, 0)
    with people.open():
        assert Posting.objects.filter(kind="payout").count() == 1
    balanced(paying)
