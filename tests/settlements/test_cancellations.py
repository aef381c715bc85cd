"""Plans of instalments that are cancelled: what was taken stays, the rest is due or forgiven (docs/money.md §5.7)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import Error
from django.utils import translation

from mcn.accounts.models import AuditEntry
from mcn.anchors.models import Anchor, InstalmentPlan
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements import cancellations, exits, instalments, services
from mcn.settlements.exits.sheet import from_json
from mcn.settlements.ledger.balances import balances_by_payee
from mcn.settlements.models import Account, LedgerEntry, PlanCancellation
from mcn.settlements.statements.lines import buckets_of, earlier_of, lines_of
from mcn.settlements.verification import verify
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.test_instalments import agree, all_agree, books  # noqa: F401 -- a fixture

pytestmark = pytest.mark.django_db
AUGUST = "2026-08"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def july(books: Books) -> Books:  # noqa: F811
    """60.00 of the 70.00 that June carries came under a plan; July is closed and took 17.50, so 42.50 are left."""
    agree(books)
    books.event("2", 10000, JULY)
    books.close(JULY)
    books.event("3", 20000, AUGUST)
    return books


def plan() -> InstalmentPlan:
    return InstalmentPlan.objects.get(code="P1")


def cancel(books: Books, what: str = "due", **values: Any) -> PlanCancellation:  # noqa: F811
    values = {"actor": books.people.finance, "plan": plan(), "reason": "合作结束"} | values
    return cancellations.cancel(what=what, **values)


def posted() -> dict[str, int]:
    rows = LedgerEntry.objects.filter(posting__kind="plan_cancelled")
    return {row.account: row.debit_fen - row.credit_fen for row in rows}


def test_the_rest_is_due_with_the_next_statement(july: Books) -> None:
    """August earns 70.00 and brings 42.50 forward."""
    cancelled = cancel(july)
    assert (cancelled.state, cancelled.amount_fen, cancelled.back_to) == ("done", 4250, JULY)
    assert posted() == {"clawback_receivable": 4250, "instalments": -4250}
    assert all_agree()
    july.close(AUGUST)
    august = july.statement(AUGUST)
    assert (august.brought_forward_fen, august.instalments_fen, august.net_pay_fen) == (-4250, 0, 2750)
    assert july.statement(JULY).instalments_fen == -1750
    lines = {line.name: line for line in lines_of(august, earlier_of(august), buckets_of(august))}
    assert lines["brought_forward"].source == "carried over from Jul 2026, with ¥42.50 of cancelled instalments"
    [told] = instalments.statements_of([plan()])
    assert (told.recouped, told.outstanding, told.cancelled) == (1750, 0, cancelled)
    payee = plan().payee_id
    assert balances_by_payee(Account.INSTALMENTS)[payee] == balances_by_payee(Account.CLAWBACK_RECEIVABLE)[payee] == 0
    assert all_agree()
    assert verify()["differences"] == 0


def test_what_is_due_and_more_than_is_earned_is_carried_forward(july: Books) -> None:
    """All that August earns comes back: it carries the 42.50 forward, and a further plan may take them over."""
    july.event("3", -20000, AUGUST, kind="clawback")
    cancel(july)
    july.close(AUGUST)
    assert july.statement(AUGUST).carried_forward_fen == -4250
    assert instalments.carried(plan().payee) == (AUGUST, 4250)
    assert all_agree()
    agree(july, code="P2", amount_fen=4250, agreed_on=date(2026, 9, 1), first_month="2026-09")
    assert instalments.carried(plan().payee) == (AUGUST, 0)
    assert all_agree()


@pytest.mark.parametrize(
    ("kind", "account"), [("carried", "anchor_cost"), ("penalty", "penalty_income"), ("guarantee", "guarantee_cost")]
)
def test_forgiven_by_a_second_person(books: Books, kind: str, account: str) -> None:  # noqa: F811
    agree(books, kind=kind)
    asked = cancel(books, "forgiven")
    assert (asked.state, asked.amount_fen, posted()) == ("requested", None, {})
    books.event("2", 10000, JULY)
    books.close(JULY)  # it takes its instalment while nobody has decided
    taken = -books.statement(JULY).instalments_fen
    done = cancellations.approve(actor=books.people.approver, cancellation_id=asked.pk)
    assert (done.state, done.amount_fen, done.decided_by) == ("done", 6000 - taken, books.people.approver)
    assert posted() == {account: 6000 - taken, "instalments": taken - 6000}
    books.event("3", 40000, AUGUST)
    books.close(AUGUST)
    august, carried = books.statement(AUGUST), books.statement(JULY).carried_forward_fen
    assert (august.instalments_fen, august.net_pay_fen) == (0, 14000 + carried)
    assert all_agree()
    assert verify()["differences"] == 0
    actions = AuditEntry.objects.filter(target__in=["settlements.plancancellation", "anchors.instalmentplan"])
    assert list(actions.order_by("pk").values_list("action", flat=True)) == ["create", "request", "approve"]


def test_rejected_the_plan_goes_on(july: Books) -> None:
    asked = cancel(july, "forgiven")
    with pytest.raises(RuleError, match="Say why it is rejected"):
        cancellations.reject(actor=july.people.approver, cancellation_id=asked.pk, reason=" ")
    cancellations.reject(actor=july.people.approver, cancellation_id=asked.pk, reason="有能力偿还")
    july.close(AUGUST)
    assert july.statement(AUGUST).instalments_fen == -2500
    assert cancel(july).amount_fen == 1750  # asked for anew


def test_what_a_draft_takes_is_left(july: Books) -> None:
    july.calculate(AUGUST)
    assert july.statement(AUGUST).instalments_fen == -2500
    assert cancel(july).amount_fen == 4250
    assert instalments.outstanding([plan()]) == {plan().pk: 0}
    with pytest.raises(Conflict):  # the draft is of other data
        services.submit(actor=july.people.finance, period=AUGUST)
    july.calculate(AUGUST)
    assert july.statement(AUGUST).instalments_fen == 0


def test_a_claim_of_a_payee_without_a_closed_statement_is_due_with_the_first(inside: World) -> None:
    desk = Books(inside)
    desk.roster()
    agree(desk, kind="penalty", amount_fen=900)
    assert cancel(desk).back_to == ""
    assert all_agree()
    desk.event("1", 10000, JUNE)
    desk.calculate(JUNE)
    assert desk.statement(JUNE).brought_forward_fen == -900
    desk.close(JUNE)
    desk.event("2", 10000, JULY)
    desk.close(JULY)
    assert desk.statement(JULY).brought_forward_fen == 0
    assert all_agree()
    assert verify()["differences"] == 0


def test_an_exit_counts_it_with_the_balance(july: Books) -> None:
    cancel(july)
    sheet = exits.draw_up(
        actor=july.people.user("talent"), anchor=Anchor.objects.get(), ends_on=date(2026, 8, 31), reason="到期"
    )
    told = [(row.kind, row.ref, row.amount_fen) for row in from_json(sheet.rows) if row.counts]
    assert ("carried", JULY, -4250) in told and "instalments" not in {kind for kind, _ref, _fen in told}


def test_refused(july: Books) -> None:
    with pytest.raises(RuleError, match="Say why"):
        cancel(july, reason=" ")
    with pytest.raises(RuleError, match="not one of"):
        cancel(july, "gift")
    with pytest.raises(NotAllowed):
        cancel(july, actor=july.people.user("talent"))
    asked = cancel(july, "forgiven")
    with pytest.raises(Conflict, match="decide first"):
        cancel(july)
    with pytest.raises(NotAllowed, match="a second person"):
        cancellations.approve(actor=july.people.finance, cancellation_id=asked.pk)
    with pytest.raises(NotAllowed):
        cancellations.approve(actor=july.people.user("talent"), cancellation_id=asked.pk)
    with pytest.raises(Conflict, match="no such cancellation"):
        cancellations.approve(actor=july.people.approver, cancellation_id=0)
    cancellations.approve(actor=july.people.approver, cancellation_id=asked.pk)
    for again in (cancellations.approve, lambda **values: cancellations.reject(reason="不", **values)):
        with pytest.raises(Conflict, match="Nothing is left|decided already"):
            again(actor=july.people.approver, cancellation_id=asked.pk)
    with pytest.raises(Conflict, match="cancelled already"):
        cancel(july)
    with pytest.raises(Conflict, match="cancelled already"):
        instalments.plan_change(
            actor=july.people.finance, plan=plan(), instalment_fen=1, most_rate=1, first_month=AUGUST
        )


def test_nothing_is_left_of_a_debt_that_was_paid_back(july: Books) -> None:
    july.close(AUGUST)
    july.event("4", 20000, "2026-09")
    july.close("2026-09")
    with pytest.raises(Conflict, match="Nothing is left of P1"):
        cancel(july)


def test_the_database_keeps_what_was_decided(july: Books) -> None:
    done = cancel(july)
    rows = PlanCancellation.objects.filter(pk=done.pk)
    for change in (
        lambda: rows.update(amount_fen=1),
        lambda: rows.delete(),
        lambda: PlanCancellation.objects.create(
            plan=plan(), what="forgiven", reason="x", requested_by=july.people.finance
        ),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()
    other = agree(july, code="P3", kind="penalty", amount_fen=1, first_month=AUGUST)
    with pytest.raises(Error), transaction.atomic():  # nobody decides alone
        PlanCancellation.objects.create(
            plan=other, what="forgiven", reason="x", state="done", amount_fen=1, requested_by=july.people.finance,
            decided_by=july.people.finance,
        )  # fmt: skip


def test_who_is_to_decide(july: Books) -> None:
    people = july.people
    assert cancellations.to_decide(people.owner) == []
    asked = cancel(july, "forgiven")
    assert cancellations.to_decide(people.owner) == [asked]
    assert cancellations.to_decide(people.finance) == []  # who asked
    assert cancellations.to_decide(people.anchor) == []  # whose debt it is
    cancellations.approve(actor=people.owner, cancellation_id=asked.pk)
    assert cancellations.to_decide(people.owner) == []
