"""Two people do the same thing at once: one does it, the other one is told, and the books balance."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mcn.anchors.models import Advance, Anchor, Deposit, Payee
from mcn.anchors.services import deposit_save
from mcn.core.errors import Conflict, DomainError, NotAllowed, RuleError
from mcn.jobs.models import Job
from mcn.sales.models import Entry
from mcn.settlements import deposits, exits, services
from mcn.settlements.bank.reading import read_statement
from mcn.settlements.bank.statements import lines_confirm, statement_bring, suggested
from mcn.settlements.corrections import services as corrections
from mcn.settlements.disputes import services as disputes
from mcn.settlements.holds import active, hold_place, hold_release
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import (
    BankLine,
    Correction,
    Dispute,
    PayingAccount,
    Payout,
    PayoutBatch,
    Period,
    Posting,
    ScheduledReport,
)
from mcn.settlements.payouts import batches, results
from mcn.settlements.places import Place, of_statement
from mcn.settlements.reports import schedule
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.races import in_turn
from tests.settlements.books import JULY, JUNE
from tests.settlements.paying import Paying, payouts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.CELERY_BROKER_URL = ""


@pytest.fixture
def today(xinghe: World) -> date:
    return xinghe.agency.today()


@pytest.fixture
def paying(xinghe: World) -> Paying:
    """June is closed and owes A01 24.50, A02 5.00, A03 7.00; July has 200.00 and is calculated. All is committed."""
    desk = Paying(xinghe)
    with xinghe.open():
        desk.owe()
        desk.event("2", 20000, JULY)
        desk.calculate(JULY)
    return desk


def refused(answer: Any, kind: type[DomainError], sentence: str) -> None:
    assert isinstance(answer, kind), answer
    assert sentence in answer.said  # type: ignore[attr-defined]


def balanced(desk: Paying) -> None:
    with desk.people.open():
        assert [check for check in agency_checks() if not check.agrees] == []
        assert [check for month in month_checks() for check in month.checks if not check.agrees] == []


def in_state(desk: Paying, state: str) -> bool:
    with desk.people.open():
        return Period.objects.get(code=JULY).state == state


def exported(desk: Paying) -> tuple[PayoutBatch, dict[str, Payout]]:
    with desk.people.open():
        batch = desk.exported(PayingAccount.objects.get())
        return batch, payouts(batch)


# ── A month ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_calculation_waits_for_another_and_gives_the_same(paying: Paying) -> None:
    one, other = in_turn(paying.people, lambda: paying.calculate(JULY), lambda: paying.calculate(JULY))
    assert one == other
    with paying.people.open():
        assert (paying.statement(JULY).earned_fen, Period.objects.get(code=JULY).state) == (7000, "calculated")


def test_two_submit_a_month(paying: Paying) -> None:
    people = paying.people
    first, second = in_turn(
        people,
        lambda: services.submit(actor=people.finance, period=JULY),
        lambda: services.submit(actor=people.approver, period=JULY),
    )
    refused(second, Conflict, "2026-07 is in review. Send it back first to change it.")
    assert first.submitted_by == people.finance


@pytest.fixture
def in_review(paying: Paying) -> Paying:
    with paying.people.open():
        services.submit(actor=paying.people.finance, period=JULY)
    return paying


def approve_as(desk: Paying, role: str) -> Callable[[], Period]:
    return lambda: services.approve(actor=desk.people.user(role), period=JULY)


def test_two_approve_a_month(in_review: Paying) -> None:
    first, second = in_turn(in_review.people, approve_as(in_review, "approver"), approve_as(in_review, "owner"))
    refused(second, Conflict, "2026-07 is approved. Send it back first to change it.")
    assert (first.state, first.approved_by) == ("approved", in_review.people.approver)


def test_two_approvals_of_a_large_month_are_both_needed(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        Agency.objects.filter(pk=people.id).update(second_approval_fen=1)
    first, second = in_turn(people, approve_as(in_review, "approver"), approve_as(in_review, "owner"))
    assert (first.state, second.state) == ("in_review", "approved")
    assert (second.first_approved_by, second.approved_by) == (people.approver, people.owner)


def test_one_person_is_not_both_approvers_of_a_large_month(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        Agency.objects.filter(pk=people.id).update(second_approval_fen=1)
    _first, second = in_turn(people, approve_as(in_review, "approver"), approve_as(in_review, "approver"))
    refused(second, NotAllowed, "approver@xinghe.test approved 2026-07 already: it needs a further person.")
    assert in_state(in_review, "in_review")


def test_the_second_approvers_of_a_large_month_are_one(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        Agency.objects.filter(pk=people.id).update(second_approval_fen=1)
        people.members["auditor"].roles = ["finance"]
        people.members["auditor"].save()
        services.approve(actor=people.approver, period=JULY)
    first, second = in_turn(people, approve_as(in_review, "owner"), approve_as(in_review, "auditor"))
    refused(second, Conflict, "2026-07 is approved.")
    assert (first.state, first.approved_by) == ("approved", people.owner)


def test_a_month_is_sent_back_while_it_is_approved(in_review: Paying) -> None:
    people = in_review.people
    send_back = lambda: services.send_back(actor=people.finance, period=JULY)  # noqa: E731
    _sent_back, second = in_turn(people, send_back, approve_as(in_review, "approver"))
    refused(second, Conflict, "2026-07 is calculated and has not been submitted for review.")
    with people.open():
        row = Period.objects.get(code=JULY)
        assert (row.state, row.approved_by, row.submitted_by) == ("calculated", None, None)


def test_two_close_a_month(in_review: Paying) -> None:
    people = in_review.people
    with people.open():
        services.approve(actor=people.approver, period=JULY)
    close = lambda: services.close(actor=people.approver, period=JULY)  # noqa: E731
    first, second = in_turn(people, close, close)
    refused(second, Conflict, "2026-07 is closed. A closed month is never changed")
    assert first.state == "closed"
    with people.open():
        assert Posting.objects.filter(kind="month", period__code=JULY).count() == 1
    balanced(in_review)


def test_a_month_is_closed_while_a_correction_of_it_is_approved(paying: Paying) -> None:
    people = paying.people
    with people.open():
        asked = ask(paying)
        services.submit(actor=people.finance, period=JULY)
        services.approve(actor=people.approver, period=JULY)
    approve = lambda: corrections.approve(actor=people.owner, correction_id=asked.pk)  # noqa: E731
    closed, second = in_turn(people, lambda: services.close(actor=people.approver, period=JULY), approve)
    refused(second, Conflict, "2026-07 is just being worked on. Try again in a moment.")
    assert closed.state == "closed"
    with people.open():
        assert not Entry.objects.filter(income="correction").exists()
    balanced(paying)


# ── Corrections and disputes ─────────────────────────────────────────────────────────────────────────


def ask(desk: Paying) -> Correction:
    place = of_statement(desk.statement(JUNE))
    return corrections.request(actor=desk.people.finance, place=place, amount_fen=300, reason="漏单")


@pytest.mark.parametrize("second", ["approve", "reject"])
def test_two_decide_on_a_correction(paying: Paying, second: str) -> None:
    people = paying.people
    with people.open():
        asked = ask(paying)
    decide = {
        "approve": lambda: corrections.approve(actor=people.owner, correction_id=asked.pk),
        "reject": lambda: corrections.reject(actor=people.owner, correction_id=asked.pk, reason="不成立"),
    }
    first = lambda: corrections.approve(actor=people.approver, correction_id=asked.pk)  # noqa: E731
    done, answer = in_turn(people, first, decide[second])
    refused(answer, Conflict, "COR-00001 was decided already: Approved.")
    assert done.decided_by == people.approver
    with people.open():
        assert [entry.amount_fen for entry in Entry.objects.filter(income="correction")] == [300]


def test_two_ask_for_corrections(paying: Paying) -> None:
    one, other = in_turn(paying.people, lambda: ask(paying), lambda: ask(paying))
    assert (one.number, other.number) == (1, 2)


def disputed(desk: Paying) -> Dispute:
    place = of_statement(desk.statement(JUNE))
    return disputes.dispute_file(actor=desk.people.anchor, place=place, reason="少了", wished_fen=4000)


def test_one_disputes_a_statement_twice(paying: Paying) -> None:
    _one, other = in_turn(paying.people, lambda: disputed(paying), lambda: disputed(paying))
    refused(other, Conflict, "You have disputed this already; the agency has not settled it yet.")


@pytest.mark.parametrize("second", ["accept", "reject", "withdraw"])
def test_two_answer_a_dispute(paying: Paying, second: str) -> None:
    people = paying.people
    with people.open():
        one = disputed(paying)
    answer = {
        "accept": lambda: disputes.dispute_accept(actor=people.owner, dispute_id=one.pk, amount_fen=200),
        "reject": lambda: disputes.dispute_reject(actor=people.owner, dispute_id=one.pk, answer="无误"),
        "withdraw": lambda: disputes.dispute_withdraw(actor=people.anchor, dispute_id=one.pk),
    }
    first = lambda: disputes.dispute_accept(actor=people.finance, dispute_id=one.pk, amount_fen=500)  # noqa: E731
    done, other = in_turn(people, first, answer[second])
    refused(other, Conflict, "This dispute is answered already.")
    assert (done.state, done.answered_by, done.amount_fen) == ("answered", people.finance, 500)
    with people.open():
        assert [asked.amount_fen for asked in Correction.objects.all()] == [500]


# ── Payouts ──────────────────────────────────────────────────────────────────────────────────────────


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


# ── The bank's lines ─────────────────────────────────────────────────────────────────────────────────


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


# ── Holds, deposits, exits, reports ──────────────────────────────────────────────────────────────────


def test_two_hold_and_release_a_payee(paying: Paying) -> None:
    people = paying.people

    def hold() -> Any:
        return hold_place(actor=people.finance, place=Place(Payee.objects.get(code="A01")), reason="核对")

    first, second = in_turn(people, hold, hold)
    refused(second, Conflict, "This is held back already.")
    release = lambda: hold_release(actor=people.finance, hold_id=first.pk)  # noqa: E731
    _first, second = in_turn(people, release, release)
    refused(second, Conflict, "This is released already.")
    with people.open():
        assert not active().exists()


def deposit_of_a01(desk: Paying) -> Deposit:
    payee = Payee.objects.get(code="A01")
    deposit = deposit_save(actor=desk.people.finance, payee=payee, code="DEP1", purpose="设备押金")[0]
    deposits.deposit_move(
        actor=desk.people.finance, deposit=deposit, kind="received", amount_fen=5000, dated_on=date(2026, 6, 1)
    )
    return deposit


def test_a_deposit_is_given_back_once(paying: Paying) -> None:
    people = paying.people
    with people.open():
        deposit = deposit_of_a01(paying)
    give_back = lambda: deposits.deposit_move(  # noqa: E731
        actor=people.finance, deposit=deposit, kind="given_back", amount_fen=5000, dated_on=date(2026, 7, 1)
    )
    _first, second = in_turn(people, give_back, give_back)
    refused(second, RuleError, "Only ¥0.00 of DEP1 is held.")
    balanced(paying)


def test_an_advance_is_set_off_once(paying: Paying) -> None:
    people = paying.people
    with people.open():
        deposit, advance = deposit_of_a01(paying), Advance.objects.get()
        set_off = lambda: deposits.deposit_move(  # noqa: E731
            actor=people.finance,
            deposit=deposit,
            kind="set_off",
            amount_fen=2000,
            dated_on=date(2026, 7, 1),
            advance=advance,
        )
    _first, second = in_turn(people, set_off, set_off)
    assert isinstance(second, RuleError)
    balanced(paying)


def test_two_settle_an_exit(paying: Paying) -> None:
    people = paying.people
    with people.open():
        deposit_of_a01(paying)
        sheet = exits.draw_up(
            actor=people.user("talent"),
            anchor=Anchor.objects.get(code="A01"),
            ends_on=date(2026, 7, 31),
            reason="合约到期",
        )
    settle = [lambda who=who: exits.settle(actor=people.user(who), sheet_id=sheet.pk) for who in ("finance", "owner")]
    first, second = in_turn(people, settle[0], settle[1])
    refused(second, Conflict, "has left already.")
    assert first.settled_by == people.finance
    balanced(paying)


def test_two_schedulers_order_one_report(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    people = paying.people
    monkeypatch.setattr(Agency, "today", lambda agency: date(2026, 8, 5))
    with people.open():
        schedule.schedule_save(actor=people.finance, day=3, members=[])
    assert in_turn(people, schedule.order_due, schedule.order_due) == (True, False)
    with people.open():
        assert (ScheduledReport.objects.count(), Job.objects.filter(kind="export").count()) == (1, 1)
