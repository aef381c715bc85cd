"""A month's way to its end: who may, in which order, and that nothing of it moves afterwards."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.utils import Error
from django.utils import translation

from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Attendance, PlatformAccount
from mcn.commissions.models import Bucket, ShareLine, Unmatched
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.sales.models import Entry, OrderLine
from mcn.settlements import services
from mcn.settlements.models import Period, Statement
from mcn.settlements.verification import verify
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(inside: World) -> Books:
    """The desk, with the roster made; the test runs in the agency's scope."""
    desk = Books(inside)
    desk.roster()
    return desk


# ── the way to the end ───────────────────────────────────────────────────────────────────────────────


def test_a_month_goes_from_open_to_closed(books: Books) -> None:
    books.event("1", 10000, JUNE)
    totals = books.calculate(JUNE)
    assert (totals["pool"], totals["earned"], totals["agency_share"], totals["events"]) == (10000, 3500, 6500, 1)
    period = services.submit(actor=books.people.finance, period=JUNE)
    assert (period.state, period.submitted_by) == ("in_review", books.people.finance)
    period = services.approve(actor=books.people.approver, period=JUNE)
    assert period.state == "approved"
    period = services.close(actor=books.people.approver, period=JUNE)
    assert (period.state, len(period.content_hash), period.previous_hash) == ("closed", 64, "")
    assert period.inputs["period"] == JUNE


def test_calculating_again_gives_the_same(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.event("2", 3333, JUNE)

    def rows() -> list[Any]:
        return [
            *ShareLine.objects.order_by("event_id").values_list("event_id", "share_fen", "host", "dated_on"),
            *Bucket.objects.values_list("payee", "rule", "rate_numerator", "base_fen", "share_fen", "lines"),
            *Statement.objects.order_by("code").values_list("code", "net_pay_fen", "details"),
        ]

    one, before = books.calculate(JUNE), rows()
    assert books.calculate(JUNE) == one
    assert rows() == before


def test_one_may_not_approve_what_one_submitted(books: Books) -> None:
    books.calculate(JUNE)
    services.submit(actor=books.people.finance, period=JUNE)
    with pytest.raises(NotAllowed, match="finance@xinghe.test"):
        services.approve(actor=books.people.finance, period=JUNE)


@pytest.mark.parametrize("step", ["calculate", "submit", "approve", "close"])
def test_an_anchor_may_do_none_of_it(books: Books, step: str) -> None:
    books.calculate(JUNE)
    with pytest.raises(NotAllowed):
        getattr(services, step)(actor=books.people.anchor, period=JUNE)


def test_a_stranger_may_do_none_of_it(books: Books, stranger: User) -> None:
    with pytest.raises(NotAllowed, match="stranger@nowhere.test"):
        services.calculate(actor=stranger, period=JUNE)


def test_what_is_in_review_is_only_changed_after_it_is_sent_back(books: Books) -> None:
    books.approved(JUNE)
    with pytest.raises(Conflict, match=JUNE):
        books.calculate(JUNE)
    services.send_back(actor=books.people.approver, period=JUNE, reason="E01 is missing")
    period = Period.objects.get(code=JUNE)
    assert (period.state, period.submitted_by, period.approved_by) == ("calculated", None, None)
    books.calculate(JUNE)


@pytest.mark.parametrize("step", ["submit", "approve", "close"])
def test_steps_come_in_their_order(books: Books, step: str) -> None:
    Period.objects.create(code=JUNE)
    with pytest.raises(Conflict):
        getattr(services, step)(actor=books.people.approver, period=JUNE)


def test_new_data_makes_a_calculation_stale(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.calculate(JUNE)
    books.event("2", 500, JUNE)
    with pytest.raises(Conflict, match="changed|变"):
        services.submit(actor=books.people.finance, period=JUNE)
    books.approved(JUNE)
    Anchor.objects.update(stage_name="小鹿鹿")
    with pytest.raises(Conflict):
        services.close(actor=books.people.approver, period=JUNE)


def test_closing_twice_is_refused(books: Books) -> None:
    books.close(JUNE)
    with pytest.raises(Conflict, match=JUNE):
        services.close(actor=books.people.approver, period=JUNE)
    with pytest.raises(Conflict, match=JUNE):
        books.calculate(JUNE)


def test_months_close_in_order(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.event("2", 10000, JULY)
    books.approved(JULY)
    with pytest.raises(Conflict, match=JUNE):
        services.close(actor=books.people.approver, period=JULY)


def test_a_month_before_a_closed_one_cannot_be_calculated(books: Books) -> None:
    books.close(JULY)
    with pytest.raises(Conflict, match=JULY):
        books.calculate(JUNE)


def test_what_is_no_month_or_history_is_refused(books: Books) -> None:
    with pytest.raises(RuleError, match="2026-13"):
        books.calculate("2026-13")
    books.people.agency.first_period = JULY
    books.people.agency.save()
    with pytest.raises(RuleError, match=JULY):
        books.calculate(JUNE)


# ── unmatched money ──────────────────────────────────────────────────────────────────────────────────


def test_unmatched_money_is_named_and_accepted_to_the_fen(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.event("2", 1234, JUNE, account="9")
    books.approved(JUNE)
    with pytest.raises(Conflict) as refused:
        services.close(actor=books.people.approver, period=JUNE)
    for part in ("12.34", "unknown_account", "accept exactly this amount"):
        assert part in str(refused.value)
    with pytest.raises(Conflict):
        services.close(actor=books.people.approver, period=JUNE, accepted_unmatched_fen=1233)
    closed = services.close(actor=books.people.approver, period=JUNE, accepted_unmatched_fen=1234)
    assert closed.accepted_unmatched_fen == 1234


def test_an_amount_is_not_accepted_where_nothing_is_unmatched(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.approved(JUNE)
    with translation.override("en"), pytest.raises(Conflict, match="Nothing of 2026-06 is unmatched"):
        services.close(actor=books.people.approver, period=JUNE, accepted_unmatched_fen=900)


def test_leftovers_are_settled_by_the_next_month_once_mended(books: Books) -> None:
    books.event("1", 10000, JUNE, account="9")
    books.close(JUNE, accepted_unmatched_fen=10000)
    assert books.calculate(JULY)["events"] == 0
    row = Unmatched.objects.get()
    assert (row.period, row.reason, row.carried, row.cause) == (JUNE, "unknown_account", True, "douyin:9")

    PlatformAccount.objects.create(
        anchor=Anchor.objects.get(), platform="douyin", account_id="9", starts_on=date(2026, 1, 1)
    )
    assert books.calculate(JULY)["events"] == 1
    assert books.statement(JULY).commission_share_fen == 3500
    assert Unmatched.objects.get().reason == ""
    books.close(JULY)
    assert not Unmatched.objects.exists()
    assert books.calculate("2026-08")["events"] == 0
    assert verify()["differences"] == 0


def test_mending_brings_the_queue_up_to_date_at_once(books: Books) -> None:
    Period.objects.create(code=JUNE)
    books.event("1", 10000, JUNE, account="9")
    assert services.refresh_unmatched() == {"unknown_account": 1}
    PlatformAccount.objects.create(
        anchor=Anchor.objects.get(), platform="douyin", account_id="9", starts_on=date(2026, 1, 1)
    )
    assert services.refresh_unmatched() == {}
    assert not Unmatched.objects.exists()


# ── from month to month ──────────────────────────────────────────────────────────────────────────────


def test_clawbacks_follow_what_was_paid_even_if_the_roster_changed(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    PlatformAccount.objects.all().delete()
    books.event("1", -4000, JULY, kind="clawback")
    books.calculate(JULY)
    assert books.statement(JULY).clawback_share_fen == -1400
    assert not Unmatched.objects.exists()


def test_a_debt_and_an_advance_are_carried_on(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    june = books.statement(JUNE)
    assert (june.advance_recouped_fen, june.carried_forward_fen) == (1050, 0)
    books.event("1", -10000, JULY, kind="clawback")
    books.close(JULY)
    july = books.statement(JULY)
    assert (july.earned_fen, july.carried_forward_fen, july.net_pay_fen) == (-3500, -3500, 0)
    books.event("2", 100000, "2026-08")
    books.calculate("2026-08")
    august = books.statement("2026-08")
    assert (august.earned_fen, august.brought_forward_fen, august.taxable_fen) == (35000, -3500, 31500)
    assert august.advance_recouped_fen == 6000 - 1050


# ── nothing moves afterwards ─────────────────────────────────────────────────────────────────────────


def test_the_database_refuses_every_change_to_a_closed_month(books: Books) -> None:
    Entry.objects.create(
        code="E1",
        anchor=Anchor.objects.get(),
        income="bonus",
        date=date(2026, 6, 3),
        amount_fen=100,
        settle_period=JUNE,
    )
    Attendance.objects.create(anchor=Anchor.objects.get(), period=JUNE, valid_days=3, valid_hours=Decimal(9))
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    statements = [
        "update commissions_shareblock set shares[1] = 1",
        "delete from commissions_shareblock",
        "insert into commissions_shareblock (agency_id, period, bucket_id, number, events, entries, shares, hosts,"
        " dates, holders) select agency_id, period, bucket_id, 7, '{}', '{}', '{}', '{}', '{}', '{}'"
        " from commissions_shareblock limit 1",
        "update commissions_bucket set share_fen = 1",
        "delete from commissions_bucket",
        'insert into commissions_bucket (agency_id, period, kind, "column", payee_id, weight, lines, base_fen,'
        ' share_fen) select agency_id, period, kind, "column", payee_id, 1, 0, 0, 0 from commissions_bucket limit 1',
        "update settlements_statement set net_pay_fen = 1",
        "delete from settlements_recoupment",
        "update settlements_recoupment set amount_fen = 1",
        "delete from settlements_statement",
        "update settlements_period set state = 'open'",
        "delete from settlements_period",
        "update sales_entry set amount_fen = 5",
        "delete from sales_entry",
        "update anchors_attendance set valid_days = 30",
        "update anchors_advance set amount_fen = 1",
        "update sales_earningevent set gross_fen = 1",
    ]
    for statement in statements:
        with pytest.raises(Error), transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(statement)
    assert verify()["differences"] == 0


def test_later_imports_and_roster_do_not_touch_the_proof(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.event("1", -100, JUNE, kind="clawback")
    books.close(JUNE)
    OrderLine.objects.update(
        account_key="other", paid_at=datetime(2025, 1, 1, tzinfo=UTC), paid_on=date(2025, 1, 1), room_id="7"
    )
    PlatformAccount.objects.all().delete()
    Anchor.objects.update(stage_name="somebody")
    assert verify(period=JUNE)["differences"] == 0


def test_each_month_is_chained_to_the_one_before(books: Books) -> None:
    june, july = books.close(JUNE), books.close(JULY)
    assert july.previous_hash == june.content_hash != july.content_hash


def test_nobody_approves_what_they_calculated_themselves(books: Books) -> None:
    books.event("1", 10000, JUNE)
    services.calculate(actor=books.people.approver, period=JUNE)
    services.submit(actor=books.people.finance, period=JUNE)
    with pytest.raises(NotAllowed) as refused:
        services.approve(actor=books.people.approver, period=JUNE)
    with translation.override("en"):
        assert "was calculated by approver@xinghe.test: a second person has to approve it" in str(refused.value)
    assert Period.objects.get(code=JUNE).state == Period.State.IN_REVIEW
