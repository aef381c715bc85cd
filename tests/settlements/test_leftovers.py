"""What a month was closed over stays with it for good, whatever becomes of it later."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connections, transaction
from django.db.utils import Error

from mcn.anchors.models import Anchor, ContractVersion, PlatformAccount
from mcn.commissions.models import SplitRule, Unmatched
from mcn.sales.models import Entry, OrderLine
from mcn.settlements import services
from mcn.settlements.exports import services as exports
from mcn.settlements.models import Leftover, Period
from mcn.settlements.verification import verify
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def books(xinghe: World) -> Books:
    """June holds a matched event, one of account 9 (12.34), one of account 8 without money, and a slot fee (9.00)
    that no rule shares."""
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.event("2", 1234, JUNE, account="9")
        desk.event("3", 0, JUNE, account="8")
        anchor = Anchor.objects.get()
        for code, income, amount in (("E1", "slot_fee", 900), ("E2", "penalty", 50), ("E3", "bonus", 70)):
            Entry.objects.create(
                code=code, anchor=anchor, income=income, date=date(2026, 6, 5), amount_fen=amount, settle_period=JUNE
            )
    return desk


@contextmanager
def open_books(books: Books) -> Iterator[None]:
    with agency_scope(books.people.id), transaction.atomic():
        yield


def close(books: Books, period: str, **options: Any) -> None:
    with open_books(books):
        books.close(period, **options)


def exported(books: Books, period: str, form: str = "csv", what: str = "unmatched") -> Path:
    with agency_scope(books.people.id):
        exports.write_files(actor=None, period=period, what=[what], formats=[form], name="exports/1")
        return exports.files.path_of(f"exports/1/{what}.{form}")


def settle_account_9_in_july(books: Books) -> None:
    with open_books(books):
        PlatformAccount.objects.create(
            anchor=Anchor.objects.get(), platform="douyin", account_id="9", starts_on=date(2026, 1, 1)
        )
        assert books.calculate(JULY)["events"] == 1
        services.submit(actor=books.people.finance, period=JULY)
        services.approve(actor=books.people.approver, period=JULY)
        services.close(actor=books.people.approver, period=JULY)


def test_a_closed_month_exports_the_same_bytes_for_ever(books: Books) -> None:
    with open_books(books):
        books.approved(JUNE)
    reviewed = exported(books, JUNE).read_bytes()
    assert reviewed.decode() == (
        "\ufeffplatform,order,line,event,occurred_at,reason,pool\n"
        ",E1,,slot_fee,2026-06-05T00:00:00+08:00,no_split_rule,9.00\n"
        "douyin,2,2,settled,2026-06-20T08:00:00+08:00,unknown_account,12.34\n"
        "douyin,3,3,settled,2026-06-20T08:00:00+08:00,unknown_account,0.00\n"
    )
    with open_books(books):
        services.close(actor=books.people.approver, period=JUNE, accepted_unmatched_fen=2134)
    assert exported(books, JUNE).read_bytes() == reviewed

    settle_account_9_in_july(books)
    with open_books(books):
        assert set(Unmatched.objects.values_list("event__line__order_key", "entry__code")) == {
            ("3", None),
            (None, "E1"),
        }
        OrderLine.objects.filter(order_key="3").update(order_key="0")  # a later file names the order anew
    assert exported(books, JUNE).read_bytes() == reviewed
    assert exported(books, JULY).read_bytes().count(b"\n") == 1
    with agency_scope(books.people.id):
        assert verify()["differences"] == 0


def test_the_lines_of_the_month_that_settles_leftovers_hold_them(books: Books) -> None:
    close(books, JUNE, accepted_unmatched_fen=2134)
    with open_books(books):
        SplitRule.objects.create(
            version=ContractVersion.objects.get(), income="slot_fee", rate=Decimal("0.5"), position=1
        )
    settle_account_9_in_july(books)
    assert exported(books, JULY, what="lines").read_bytes().decode("utf-8-sig").splitlines()[1:] == [
        ",E1,,slot_fee,2026-06-05T00:00:00+08:00,2026-06,A01,C1 v1 slot_fee,9.00,0.5,4.50",
        ",E1,,slot_fee,2026-06-05T00:00:00+08:00,2026-06,AGENCY,,9.00,,4.50",
        "douyin,2,2,settled,2026-06-20T08:00:00+08:00,2026-06,A01,C1 v1 commission,12.34,0.35,4.32",
        "douyin,2,2,settled,2026-06-20T08:00:00+08:00,2026-06,AGENCY,,12.34,,8.02",
    ]


def test_the_check_row_of_a_closed_month_compares_with_what_was_accepted(books: Books) -> None:
    close(books, JUNE, accepted_unmatched_fen=2134)
    settle_account_9_in_july(books)
    *_rows, totals, check = openpyxl.load_workbook(exported(books, JUNE, "xlsx")).worksheets[0].values
    assert (totals[6], check[6]) == (21.34, 0)


def test_only_the_months_own_leftovers_are_accepted_with_it(books: Books) -> None:
    close(books, JUNE, accepted_unmatched_fen=2134)
    with open_books(books):
        books.event("4", 55, JULY, account="7")
    close(books, JULY, accepted_unmatched_fen=55)
    with open_books(books):
        kept = Leftover.objects.order_by("period", "order_key").values_list("period", "order_key", "cause", "pool_fen")
        assert list(kept) == [
            (JUNE, "2", "douyin:9", 1234),
            (JUNE, "3", "douyin:8", 0),
            (JUNE, "E1", "rule:A01", 900),
            (JULY, "4", "douyin:7", 55),
        ]


@pytest.mark.parametrize(
    "statement",
    [
        "update settlements_leftover set pool_fen = 1",
        "delete from settlements_leftover",
        "insert into settlements_leftover (agency_id, period, event_id, platform, order_key, line_key, kind,"
        " occurred_at, reason, cause, pool_fen) select agency_id, settle_period, id, '', '', '', '', now(), '', '', 1"
        " from sales_earningevent where gross_fen = 10000",
    ],
)
@pytest.mark.parametrize("role", ["default", "owner"])
def test_nobody_changes_what_a_month_was_closed_over(books: Books, role: str, statement: str) -> None:
    close(books, JUNE, accepted_unmatched_fen=2134)
    with open_books(books), pytest.raises(Error), transaction.atomic(role), connections[role].cursor() as cursor:
        cursor.execute(statement)


def test_a_closing_that_fails_keeps_nothing(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_books(books):
        books.approved(JUNE)

    def broken(*args: Any, **options: Any) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr("mcn.settlements.proof.content_hash", broken)
    with pytest.raises(ZeroDivisionError), open_books(books):
        services.close(actor=books.people.approver, period=JUNE, accepted_unmatched_fen=2134)
    with open_books(books):
        assert not Leftover.objects.exists()
        assert not Unmatched.objects.filter(carried=True).exists()


# ── months that were closed before leftovers were kept ───────────────────────────────────────────────

COLUMNS = (
    "period", "event_id", "entry_id", "platform", "order_key", "line_key", "kind", "occurred_at", "reason", "cause",
    "pool_fen",
)  # fmt: skip


def kept(books: Books) -> list[tuple[Any, ...]]:
    with open_books(books):
        return list(Leftover.objects.order_by("period", "order_key").values_list(*COLUMNS))


def made_again(books: Books) -> list[tuple[Any, ...]]:
    """The rows as the migration makes them for months that are closed."""
    migration = import_module("mcn.settlements.migrations.0005_leftovers_of_closed_months")
    with connections["owner"].cursor() as cursor:
        cursor.execute("alter table settlements_leftover disable trigger user")
        cursor.execute("delete from settlements_leftover")
        cursor.execute(migration.BACK)
        cursor.execute("alter table settlements_leftover enable trigger user")
    return kept(books)


def test_the_migration_finds_what_months_were_closed_over(books: Books) -> None:
    close(books, JUNE, accepted_unmatched_fen=2134)
    before = kept(books)
    assert made_again(books) == before
    settle_account_9_in_july(books)
    # The settled event left the queue, and June had two reasons: which one was its, nobody knows any more.
    two, *rest = before
    assert made_again(books) == [(*two[:8], "", "", two[10]), *rest]
    with agency_scope(books.people.id):
        assert {row["what"] for month in verify()["months"] for row in month["differences"]} == {"hash"}


def test_the_migration_knows_the_reason_of_a_month_that_had_one(books: Books) -> None:
    with open_books(books):
        Entry.objects.filter(code="E1").delete()
    close(books, JUNE, accepted_unmatched_fen=1234)
    before = kept(books)
    settle_account_9_in_july(books)
    two, *rest = before
    assert made_again(books) == [(*two[:9], "", two[10]), *rest]


def test_a_month_closed_before_leftovers_were_hashed_still_verifies(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mcn.settlements import proof

    new = proof.content_hash
    with monkeypatch.context() as former:
        former.setattr(proof, "content_hash", lambda row, before, leftovers: new(row, before, leftovers=False))
        close(books, JUNE, accepted_unmatched_fen=2134)
    with connections["owner"].cursor() as cursor:
        cursor.execute("alter table settlements_period disable trigger user")
        cursor.execute("update settlements_period set leftovers_hashed = false")
        cursor.execute("alter table settlements_period enable trigger user")
    with agency_scope(books.people.id):
        assert verify()["differences"] == 0
    with open_books(books):
        assert not Period.objects.get(code=JUNE).leftovers_hashed
