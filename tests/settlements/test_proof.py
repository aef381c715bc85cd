"""What holds when several people, processes or intruders work on one month: races, tampering, the command line."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections, transaction

from mcn.core.errors import Conflict, DomainError
from mcn.settlements import services
from mcn.settlements.models import Period
from mcn.settlements.verification import verify, worded
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.settlements.books import JUNE, Books

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = (
    "settlements_leftover",
    "commissions_shareblock",
    "commissions_bucket",
    "settlements_statement",
    "settlements_recoupment",
    "settlements_period",
    "sales_earningevent",
)


@pytest.fixture
def books(xinghe: World) -> Books:
    """A desk whose month of June holds 100.00; everything is committed."""
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        desk.event("1", 10000, JUNE)
    return desk


def inside(books: Books, work: Callable[[], Any]) -> Any:
    with agency_scope(books.people.id), transaction.atomic():
        return work()


def at_once(books: Books, *works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread with a connection of its own, all at the same moment; results or errors."""
    start, results = Barrier(len(works)), [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            with agency_scope(books.people.id), transaction.atomic():
                start.wait(10)
                results[number] = work()
        except DomainError as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def tamper(statement: str) -> None:
    """Change rows as somebody with the owner's password could: triggers off."""
    with connections["owner"].cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"alter table {table} disable trigger user")
        cursor.execute(statement)
        for table in TABLES:
            cursor.execute(f"alter table {table} enable trigger user")


@pytest.mark.parametrize(
    ("tampering", "what"),
    [
        ("update commissions_shareblock set shares[1] = shares[1] + 1", {"share_stored", "share_computed"}),
        ("delete from commissions_shareblock", {"hash", "statement", "events_missing"}),
        ("update commissions_bucket set rate_numerator = 1", {"hash", "share_stored", "engine_shares"}),
        ("update settlements_statement set net_pay_fen = net_pay_fen + 1", {"hash", "statement"}),
        ("update settlements_statement set details = '{}'", {"statement_details"}),
        ("delete from settlements_recoupment", {"recoupment"}),
        ("update sales_earningevent set gross_fen = gross_fen + 100", {"hash", "share_stored"}),
        ("update settlements_period set content_hash = repeat('0', 64)", {"hash"}),
        ("update settlements_period set previous_hash = repeat('0', 64)", {"chain", "hash"}),
        ("update settlements_period set inputs = '{}'", {"inputs"}),
    ],
)
def test_verification_finds_tampering(books: Books, tampering: str, what: set[str]) -> None:
    inside(books, lambda: books.close(JUNE))
    with agency_scope(books.people.id):
        assert verify()["differences"] == 0
    tamper(tampering)
    with agency_scope(books.people.id):
        (month,) = verify()["months"]
    assert what <= {row["what"] for row in month["differences"]}
    assert all(JUNE in line and "%(" not in line for line in worded(month))


@pytest.mark.parametrize(
    ("tampering", "what"),
    [
        ("update settlements_leftover set pool_fen = pool_fen + 1", {"hash", "leftovers"}),
        ("update settlements_leftover set reason = 'no_contract'", {"hash"}),
        ("update settlements_leftover set order_key = '3'", {"hash"}),
        ("delete from settlements_leftover", {"hash", "leftovers", "events_missing"}),
        ("update settlements_period set leftovers_hashed = false", {"hash"}),
        ("update settlements_period set accepted_unmatched_fen = 1", {"leftovers"}),
    ],
)
def test_verification_finds_tampering_with_what_was_left_over(books: Books, tampering: str, what: set[str]) -> None:
    inside(books, lambda: books.event("2", 1234, JUNE, account="9"))
    inside(books, lambda: books.close(JUNE, accepted_unmatched_fen=1234))
    with agency_scope(books.people.id):
        assert verify()["differences"] == 0
    tamper(tampering)
    with agency_scope(books.people.id):
        (month,) = verify()["months"]
    assert {row["what"] for row in month["differences"]} == what
    assert all(JUNE in line and "%(" not in line for line in worded(month))


def test_two_calculations_at_once_give_one_correct_draft(books: Books) -> None:
    one, other = at_once(books, *[lambda: books.calculate(JUNE)] * 2)
    assert one == other
    assert inside(books, lambda: books.statement(JUNE).earned_fen) == 3500


def test_two_approvers_at_once_approve_once(books: Books) -> None:
    people = books.people
    inside(books, lambda: books.calculate(JUNE))
    inside(books, lambda: services.submit(actor=people.finance, period=JUNE))
    results = at_once(
        books,
        lambda: services.approve(actor=people.approver, period=JUNE),
        lambda: services.approve(actor=people.owner, period=JUNE),
    )
    assert sorted(type(result) for result in results if isinstance(result, Conflict)) == [Conflict]
    approved = inside(books, lambda: Period.objects.get(code=JUNE))
    assert approved.state == "approved"


def test_an_approval_and_a_recalculation_at_once_end_in_one_of_both(books: Books) -> None:
    people = books.people
    inside(books, lambda: books.calculate(JUNE))
    inside(books, lambda: services.submit(actor=people.finance, period=JUNE))
    approved, calculated = at_once(
        books,
        lambda: services.approve(actor=people.approver, period=JUNE),
        lambda: books.calculate(JUNE),
    )
    assert isinstance(calculated, Conflict)
    assert approved.state == "approved"


def test_what_breaks_in_the_middle_leaves_the_former_draft(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    inside(books, lambda: books.calculate(JUNE))
    before = inside(books, lambda: books.statement(JUNE).pk)
    inside(books, lambda: books.event("2", 500, JUNE))

    def broken(*args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mcn.settlements.services.calculation._write_statements", broken)
    with pytest.raises(ZeroDivisionError):
        inside(books, lambda: books.calculate(JUNE))
    assert inside(books, lambda: books.statement(JUNE).pk) == before
    assert inside(books, lambda: books.statement(JUNE).earned_fen) == 3500


# ── the command line ─────────────────────────────────────────────────────────────────────────────────

STAFF = {"submitted_by": "finance@xinghe.test", "approved_by": "approver@xinghe.test"}


def test_a_month_does_not_close_for_some_payees(books: Books) -> None:
    with pytest.raises(CommandError, match="^--payee"):
        call_command("close_period", agency="xinghe", period=JUNE, payee=["A01"], **STAFF)
    assert not inside(books, lambda: Period.objects.filter(code=JUNE, state=Period.State.CLOSED).exists())


def test_commands_calculate_close_and_verify(books: Books, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("calculate", agency="xinghe", period=JUNE)
    assert "35.00" in capsys.readouterr().out
    call_command("close_period", agency="xinghe", period=JUNE, **STAFF)
    assert inside(books, lambda: Period.objects.get(code=JUNE)).state == "closed"
    call_command("verify", agency="xinghe")
    proof = inside(books, lambda: Period.objects.get(code=JUNE)).content_hash
    assert capsys.readouterr().out.count(proof) == 2
    tamper("update settlements_statement set net_pay_fen = 0")
    with pytest.raises(CommandError, match=JUNE):
        call_command("verify", agency="xinghe", period=JUNE)


def test_a_month_that_was_never_calculated_or_is_stale_is_calculated_first(
    books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    inside(books, lambda: books.event("2", 10000, "2026-07"))
    call_command("close_period", agency="xinghe", period=JUNE, **STAFF)
    call_command("calculate", agency="xinghe", period="2026-07")
    inside(books, lambda: books.event("3", 10000, "2026-07"))
    call_command("close_period", agency="xinghe", period="2026-07", **STAFF)
    assert inside(books, lambda: books.statement("2026-07").earned_fen) == 7000
    assert len(capsys.readouterr().out.splitlines()) >= 4


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"approved_by": "finance@xinghe.test"}, "finance@xinghe.test"),
        ({"approved_by": "nobody@xinghe.test"}, "nobody@xinghe.test"),
        ({"submitted_by": "anchor@xinghe.test"}, "anchor@xinghe.test"),
        ({"accept_unmatched": "12,34"}, "12,34"),
        ({"period": "2026-7"}, "2026-7"),
        ({"agency": "nowhere"}, "nowhere"),
    ],
)
def test_what_the_command_line_refuses(books: Books, changed: dict[str, str], says: str) -> None:
    options = {"agency": "xinghe", "period": JUNE, **STAFF, **changed}
    with pytest.raises(CommandError, match=says):
        call_command("close_period", **options)
    state = inside(books, lambda: list(Period.objects.filter(code=JUNE).values_list("state", flat=True)))
    assert state in ([], ["calculated"])


def test_the_command_names_its_option_for_unmatched_money(books: Books) -> None:
    inside(books, lambda: books.event("9", 1234, JUNE, account="9"))
    with pytest.raises(CommandError, match=r"12\.34.*--accept-unmatched 12\.34$"):
        call_command("close_period", agency="xinghe", period=JUNE, **STAFF)
    call_command("close_period", agency="xinghe", period=JUNE, accept_unmatched="12.34", **STAFF)
    assert inside(books, lambda: Period.objects.get(code=JUNE)).accepted_unmatched_fen == 1234
