"""Disputes: own statements only, in time, answered by the agency, and no closed month ever changed."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, transaction
from django.utils import translation

from mcn.accounts.models import AuditEntry, User
from mcn.anchors.models import Anchor, Payee
from mcn.commissions.models import ShareLine
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements import corrections, readiness
from mcn.settlements.disputes import deadlines, moves, reads, services
from mcn.settlements.models import Correction, Dispute, Period, StatementAnswer
from mcn.settlements.places import of_share, of_statement, share_of
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.corrections.test_corrections import everything_of


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def books(inside: World) -> Books:
    """June is closed: 35.00 of 100.00. July is calculated: 7.00 of 20.00."""
    desk = Books(inside)
    desk.roster()
    desk.event("1001", 10000, JUNE)
    desk.close(JUNE)
    desk.event("1002", 2000, JULY)
    desk.calculate(JULY)
    return desk


def dispute(books: Books, period: str = JUNE, *, actor: User | None = None, **more: Any) -> Dispute:
    """The anchor disputes the statement of a month."""
    place = of_statement(books.statement(period))
    return services.dispute_file(actor=actor or books.people.anchor, place=place, **({"reason": "比例不对"} | more))


def dispute_line(books: Books, period: str = JUNE, **more: Any) -> Dispute:
    place = of_share(ShareLine.objects.get(period=period).pk)
    return services.dispute_file(actor=books.people.anchor, place=place, reason="少了", **more)


def on(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(Agency, "today", lambda agency: day)


def closed_on(code: str = JUNE) -> date:
    moment = Period.objects.get(code=code).closed_at
    assert moment is not None
    return Agency.objects.get().business_date(moment)


# ── Filing ────────────────────────────────────────────────────────────────────────────────────────


def test_a_statement_and_a_line_are_disputed(books: Books) -> None:
    whole = dispute(books, wished_fen=4000)
    line = dispute_line(books)
    assert (whole.figure_fen, whole.wished_fen, whole.at_stake_fen, whole.is_of_share) == (3500, 4000, 500, False)
    assert (line.figure_fen, line.wished_fen, line.at_stake_fen, line.is_of_share) == (3500, None, 3500, True)
    assert whole.answer_by == books.people.agency.today() + timedelta(days=3)
    found = share_of(line)
    assert found is not None and found.event is not None and found.event.line.order_key == "1001"
    assert [entry.action for entry in AuditEntry.objects.filter(target="settlements.dispute")] == ["dispute"] * 2


def test_a_line_of_an_open_month_is_found_again_after_it_was_calculated_anew(books: Books) -> None:
    line = dispute_line(books, JULY)
    before = share_of(line)
    books.calculate(JULY)
    after = share_of(line)
    assert before is not None and after is not None
    assert before.pk != after.pk
    assert after.event_id == before.event_id


def test_an_entry_is_disputed_by_its_share(books: Books) -> None:
    asked = corrections.request(
        actor=books.people.finance, place=of_statement(books.statement(JUNE)), amount_fen=100, reason="x"
    )
    corrections.approve(actor=books.people.approver, correction_id=asked.pk)
    books.calculate(JULY)
    share = ShareLine.objects.get(period=JULY, entry__isnull=False)
    made = services.dispute_file(actor=books.people.anchor, place=of_share(share.pk), reason="x")
    found = share_of(made)
    assert (made.event, made.entry, found and found.pk) == (None, asked.__class__.objects.get().made, share.pk)


@pytest.mark.parametrize("who", ["owner", "finance", "talent", "auditor"])
def test_nobody_but_the_anchor_disputes(books: Books, who: str) -> None:
    with pytest.raises(NotAllowed):
        dispute(books, actor=books.people.user(who))


def test_an_anchor_does_not_dispute_another_ones_statement_or_line(books: Books) -> None:
    Anchor.objects.update(member=None)
    payee = Payee.objects.create(code="A02", name="小鱼", kind="labour", legal_name="小鱼")
    Anchor.objects.create(code="A02", stage_name="小鱼", payee=payee, member=books.people.members["anchor"])
    with pytest.raises(NotAllowed, match="their own"):
        dispute(books)
    with pytest.raises(NotAllowed, match="their own"):
        dispute_line(books)
    with pytest.raises(RuleError, match="not there any more"):
        of_share(ShareLine.objects.get(period=JUNE).pk, payee_id=payee.pk)


@pytest.mark.parametrize(("more", "field"), [({"reason": " "}, "reason"), ({"wished_fen": 3500}, "wished")])
def test_it_needs_a_reason_and_another_amount(books: Books, more: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleError) as refused:
        dispute(books, **more)
    assert refused.value.field == field


def test_a_month_that_is_not_calculated_is_not_disputed(books: Books) -> None:
    Period.objects.filter(code=JULY).update(state="open")
    with pytest.raises(Conflict, match="calculated"):
        dispute(books, JULY)


def test_one_open_dispute_for_each_statement_and_line(books: Books) -> None:
    first = dispute(books)
    dispute_line(books)
    for again in (dispute, dispute_line):
        with pytest.raises(Conflict, match="already"):
            again(books)
    services.dispute_withdraw(actor=books.people.anchor, dispute_id=first.pk)
    dispute(books)


def test_the_database_keeps_to_it_without_the_service(books: Books) -> None:
    made = dispute(books)
    made.pk = None
    with pytest.raises(Error, match="dispute_one_open"), transaction.atomic():
        made.save()


# ── Deadlines and acceptance ──────────────────────────────────────────────────────────────────────


def test_a_month_is_disputed_through_its_last_day_and_counts_as_accepted_from_the_next(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    june, payee = Period.objects.get(code=JUNE), Payee.objects.get()
    last = closed_on() + timedelta(days=7)
    assert june.disputable_until == last
    on(monkeypatch, last)
    assert deadlines.standing(books.people.agency, june, payee.pk) == deadlines.Standing("disputable", last)
    dispute(books)
    on(monkeypatch, last + timedelta(days=1))
    assert deadlines.standing(books.people.agency, june, payee.pk) == deadlines.Standing(
        "accepted", last, last + timedelta(days=1)
    )
    with pytest.raises(Conflict, match=f"{last}"):
        dispute_line(books)
    with pytest.raises(Conflict, match="already"):
        services.statement_accept(actor=books.people.anchor, period=june)


def test_a_shorter_time_is_for_months_that_close_later(books: Books) -> None:
    Agency.objects.filter(pk=books.people.id).update(dispute_days=1)
    agency = Agency.objects.get()
    assert deadlines.last_day(agency, Period.objects.get(code=JUNE)) == closed_on() + timedelta(days=7)
    books.close(JULY)
    assert deadlines.last_day(agency, Period.objects.get(code=JULY)) == closed_on(JULY) + timedelta(days=1)


def test_months_closed_before_the_day_was_kept_go_by_the_setting(books: Books) -> None:
    june = Period.objects.get(code=JUNE)
    june.disputable_until = None
    assert deadlines.last_day(books.people.agency, june) == closed_on() + timedelta(days=7)


def test_an_open_month_is_provisional_and_disputed_at_any_time(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    july = Period.objects.get(code=JULY)
    on(monkeypatch, date(2030, 1, 1))
    assert deadlines.standing(books.people.agency, july, Payee.objects.get().pk).state == "provisional"
    dispute(books, JULY)
    with pytest.raises(Conflict, match="not closed"):
        services.statement_accept(actor=books.people.anchor, period=july)


def test_the_anchor_accepts_at_once_and_disputes_nothing_afterwards(books: Books) -> None:
    june = Period.objects.get(code=JUNE)
    answer = services.statement_accept(actor=books.people.anchor, period=june)
    assert (answer.payee.code, answer.accepted_by) == ("A01", books.people.anchor)
    found = deadlines.standing(books.people.agency, june, answer.payee_id)
    assert (found.state, found.by_payee, found.accepted_on) == ("accepted", True, books.people.agency.today())
    for again in (dispute, dispute_line):
        with pytest.raises(Conflict, match="accepted"):
            again(books)
    with pytest.raises(Conflict, match="already"):
        services.statement_accept(actor=books.people.anchor, period=june)
    assert StatementAnswer.objects.count() == 1
    assert AuditEntry.objects.filter(action="accept").count() == 1


def test_who_has_an_open_dispute_does_not_accept(books: Books) -> None:
    made, june = dispute_line(books), Period.objects.get(code=JUNE)
    with pytest.raises(Conflict, match="open dispute"):
        services.statement_accept(actor=books.people.anchor, period=june)
    services.dispute_reject(actor=books.people.finance, dispute_id=made.pk, answer="没有少")
    services.statement_accept(actor=books.people.anchor, period=june)


@pytest.mark.parametrize("who", ["owner", "finance"])
def test_nobody_accepts_for_the_anchor(books: Books, who: str) -> None:
    with pytest.raises(NotAllowed):
        services.statement_accept(actor=books.people.user(who), period=Period.objects.get(code=JUNE))


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_granted_is_corrected_by_a_second_person_and_paid_by_an_open_month(books: Books) -> None:
    before = everything_of(JUNE)
    made = dispute_line(books, wished_fen=4000)
    answered = services.dispute_accept(
        actor=books.people.finance, dispute_id=made.pk, amount_fen=500, answer="合同确为 40 %"
    )
    assert (answered.state, answered.outcome, answered.amount_fen) == ("answered", "accepted", 500)
    correction = Correction.objects.get()
    assert (correction.state, correction.amount_fen, correction.dispute, correction.reason) == (
        "requested", 500, made, "合同确为 40 %",
    )  # fmt: skip
    assert (correction.event_id, correction.period_id, correction.requested_by) == (
        made.event_id, made.period_id, books.people.finance,
    )  # fmt: skip
    with pytest.raises(NotAllowed):
        corrections.approve(actor=books.people.finance, correction_id=correction.pk)
    corrections.approve(actor=books.people.approver, correction_id=correction.pk)
    made.refresh_from_db()
    assert (made.state, made.outcome) == ("closed", "accepted")
    books.calculate(JULY)
    assert books.statement(JULY).bonus_fen == 500
    assert everything_of(JUNE) == before


def test_a_correction_that_is_turned_down_opens_the_dispute_again(books: Books) -> None:
    made = dispute(books)
    services.dispute_accept(actor=books.people.finance, dispute_id=made.pk, amount_fen=500)
    assert Correction.objects.get().reason == "比例不对"
    corrections.reject(actor=books.people.approver, correction_id=Correction.objects.get().pk, reason="太多")
    made.refresh_from_db()
    assert (made.state, made.outcome, made.amount_fen, made.answer) == ("open", "", None, "")
    services.dispute_accept(actor=books.people.finance, dispute_id=made.pk, amount_fen=300)
    assert Correction.objects.filter(state="requested").get().amount_fen == 300


def test_a_rejected_one_is_laid_to_rest_by_the_anchor_and_may_be_disputed_anew(books: Books) -> None:
    made = dispute(books)
    with pytest.raises(RuleError):
        services.dispute_reject(actor=books.people.finance, dispute_id=made.pk, answer=" ")
    services.dispute_reject(actor=books.people.finance, dispute_id=made.pk, answer="合同写的是 35 %")
    assert not Correction.objects.exists()
    dispute(books, reason="请再看一遍")
    done = services.dispute_acknowledge(actor=books.people.anchor, dispute_id=made.pk)
    assert (done.state, done.outcome) == ("closed", "rejected")


def test_an_accepted_one_waits_for_the_second_person(books: Books) -> None:
    made = dispute(books)
    services.dispute_accept(actor=books.people.finance, dispute_id=made.pk, amount_fen=1)
    with pytest.raises(Conflict, match="second person"):
        services.dispute_acknowledge(actor=books.people.anchor, dispute_id=made.pk)
    with pytest.raises(Conflict, match="already"):
        dispute(books)


@pytest.mark.parametrize("who", ["talent", "auditor", "operations", "anchor"])
def test_who_lacks_the_right_does_not_answer(books: Books, who: str) -> None:
    made = dispute(books)
    with pytest.raises(NotAllowed):
        services.dispute_accept(actor=books.people.user(who), dispute_id=made.pk, amount_fen=1)
    with pytest.raises(NotAllowed):
        services.dispute_reject(actor=books.people.user(who), dispute_id=made.pk, answer="x")


def test_nobody_answers_an_own_dispute(books: Books) -> None:
    made, member = dispute(books), books.people.members["anchor"]
    member.roles = ["anchor", "finance"]
    member.save()
    with pytest.raises(NotAllowed, match="own dispute"):
        services.dispute_accept(actor=books.people.anchor, dispute_id=made.pk, amount_fen=1)


def test_nothing_is_not_granted(books: Books) -> None:
    made = dispute(books)
    with pytest.raises(RuleError) as refused:
        services.dispute_accept(actor=books.people.finance, dispute_id=made.pk, amount_fen=0)
    assert refused.value.field == "amount"
    made.refresh_from_db()
    assert made.state == "open"


# ── States ────────────────────────────────────────────────────────────────────────────────────────

STATES = ("open", "answered", "closed", "withdrawn")
ALLOWED = {
    ("withdraw", "open"): "withdrawn",
    ("answer", "open"): "answered",
    ("reopen", "answered"): "open",
    ("close", "answered"): "closed",
}


DO: dict[str, Any] = {
    "withdraw": lambda row: moves.withdraw(row, actor=None),
    "answer": lambda row: moves.answer(row, actor=None, outcome="rejected", text="x"),
    "reopen": lambda row: moves.reopen(row, actor=None, answer_by=date(2026, 7, 9)),
    "close": lambda row: moves.close(row, actor=None),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("action", DO)
def test_every_move(books: Books, state: str, action: str) -> None:
    made = dispute(books)
    told = {"outcome": "rejected"} if state in ("answered", "closed") else {}
    Dispute.objects.filter(pk=made.pk).update(state=state, **told)
    made.refresh_from_db()
    after = ALLOWED.get((action, state))
    if after is None:
        with pytest.raises(Conflict):
            DO[action](made)
        return
    DO[action](made)
    assert made.state == after
    assert AuditEntry.objects.filter(target="settlements.dispute", action=action).count() == 1


def test_whoever_is_slower_changes_nothing(books: Books) -> None:
    made = dispute(books)
    Dispute.objects.filter(pk=made.pk).update(state="withdrawn")
    with pytest.raises(Conflict, match="Somebody else"):
        DO["answer"](made)


def test_only_the_anchor_withdraws(books: Books) -> None:
    made = dispute(books)
    with pytest.raises(NotAllowed):
        services.dispute_withdraw(actor=books.people.finance, dispute_id=made.pk)
    services.dispute_withdraw(actor=books.people.anchor, dispute_id=made.pk)
    with pytest.raises(Conflict, match="withdrawn"):
        services.dispute_accept(actor=books.people.finance, dispute_id=made.pk, amount_fen=1)


# ── Read ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_is_counted_with_the_amount_at_stake(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    dispute(books, wished_fen=4000)
    dispute(books, JULY)
    assert reads.waiting() == reads.Waiting(2, 0, 500 + 700)
    assert reads.waiting(JULY) == reads.Waiting(1, 0, 700)
    on(monkeypatch, books.people.agency.today() + timedelta(days=4))
    assert reads.waiting() == reads.Waiting(2, 2, 1200)


def test_the_cockpit_of_an_open_month_names_its_disputes(books: Books) -> None:
    dispute(books, JULY)
    found = {one.code: one for one in readiness.blockers(Period.objects.get(code=JULY))}["disputes"]
    assert (found.values, found.amount_fen, found.stops) == ({"count": 1}, 700, False)
