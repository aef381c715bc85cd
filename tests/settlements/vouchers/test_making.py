"""Vouchers of a month from the ledger: one per posting, numbered for good, told what they are about."""

from datetime import date

import pytest
from django.utils import translation

from mcn.anchors.models import Advance, Payee
from mcn.core.periods import Period as Month
from mcn.settlements.ledger import posting as ledger
from mcn.settlements.ledger.balances import trial_balance
from mcn.settlements.ledger.posting import Side
from mcn.settlements.models import Account, Posting, VoucherSettings, VoucherSubject
from mcn.settlements.vouchers.making import months, summary_of, vouchers_of
from mcn.settlements.vouchers.subjects import DEFAULT_SUBJECTS, subjects
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

pytestmark = pytest.mark.django_db
MAY = "2026-05"


@pytest.fixture
def books(inside: World) -> Books:
    desk = Books(inside)
    desk.roster()
    return desk


def told(month: str) -> list[tuple[int, str, str, list[tuple[str, str, int, int]]]]:
    return [
        (
            voucher.number,
            f"{voucher.dated_on}",
            voucher.summary,
            [
                (line.subject.code, line.payee.code if line.payee else "", line.debit, line.credit)
                for line in voucher.lines
            ],
        )
        for voucher in vouchers_of(Month.parse(month))
    ]


def test_every_account_has_a_default_subject() -> None:
    assert list(DEFAULT_SUBJECTS) == list(Account)


def test_a_voucher_for_each_posting_of_the_month(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    assert months() == [JUNE, MAY]
    assert told(MAY) == [(1, "2026-05-10", "预支款 小鹿 ADV1", [("1221", "A01", 6000, 0), ("1002", "", 0, 6000)])]
    assert told(JUNE) == [
        (
            1,
            "2026-06-30",
            "2026-06 主播分成结算",
            [
                ("1122", "", 10000, 0),
                ("6401", "", 3500, 0),
                ("1221", "A01", 0, 1050),
                ("2202", "A01", 0, 2450),
                ("6001", "", 0, 10000),
            ],
        )
    ]
    assert told(JULY) == []


def test_what_comes_later_gets_later_numbers_whatever_its_day(books: Books) -> None:
    """A changed advance is reversed and posted anew on its own day: what was exported of May keeps its numbers."""
    books.event("1", 0, JUNE)
    books.event("2", 10000, JULY)
    books.close(JUNE)
    exported = told(MAY)
    Advance.objects.update(amount_fen=7000)
    Advance.objects.create(
        payee=Payee.objects.get(), code="ADV0", amount_fen=100, paid_on=date(2026, 5, 2), recoup_rate=0
    )
    books.close(JULY)
    assert told(MAY)[:1] == exported
    assert [(number, day, summary) for number, day, summary, _lines in told(MAY)] == [
        (1, "2026-05-10", "预支款 小鹿 ADV1"),
        (2, "2026-05-02", "预支款 小鹿 ADV0"),
        (3, "2026-05-10", "冲销：预支款 小鹿 ADV1"),
        (4, "2026-05-10", "预支款 小鹿 ADV1"),
    ]
    assert told(MAY)[2][3] == [("1002", "", 6000, 0), ("1221", "A01", 0, 6000)]


def test_turnovers_are_those_of_the_ledger(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.event("1", -8000, JULY, kind="clawback")
    books.close(JUNE)
    books.close(JULY)
    made = [line for month in months() for voucher in vouchers_of(Month.parse(month)) for line in voucher.lines]
    for row in trial_balance():
        lines = [line for line in made if line.account == row.account]
        assert (sum(one.debit for one in lines), sum(one.credit for one in lines)) == (row.debit, row.credit)


def test_the_language_of_the_reader_changes_nothing(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    with translation.override("en"):
        english = told(JUNE)
    with translation.override("zh-hans"):
        assert told(JUNE) == english


def test_the_agencys_own_subjects_word_and_preparer(books: Books) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    VoucherSubject.objects.create(account="anchor_cost", code="6401.01", name="主播分成", auxiliary="employee")
    VoucherSubject.objects.create(account="payable", code="2241", name="其他应付款", auxiliary="none")
    VoucherSettings.objects.create(word="转", preparer="王芳")
    [voucher] = vouchers_of(Month.parse(JUNE))
    assert (voucher.name, voucher.head.preparer) == ("转-1", "王芳")
    by_account = {line.account: line for line in voucher.lines}
    assert (by_account[Account.ANCHOR_COST].subject.code, by_account[Account.ANCHOR_COST].payee.code) == (
        "6401.01",
        "A01",
    )
    assert by_account[Account.PAYABLE].payee is None
    assert subjects()[Account.BANK] == DEFAULT_SUBJECTS[Account.BANK]


def test_every_account_and_kind_that_is_posted_makes_a_voucher(books: Books) -> None:
    """Kinds that are not worded have their own name as summary, accounts without payees one sum."""
    payee = Payee.objects.get()
    accounts = [account for account in Account if account is not Account.BANK]
    for number, account in enumerate(accounts, 1):
        row = Posting(kind=Posting.Kind.ADVANCE, dated_on=date(2026, 3, number), advance=Advance.objects.get())
        ledger._post(row, [Side(account, number, payee.pk), Side(Account.BANK, -number)])
    found = vouchers_of(Month.parse("2026-03"))
    assert [(voucher.number, voucher.amount, len(voucher.lines)) for voucher in found] == [
        (number, number, 2) for number in range(1, len(accounts) + 1)
    ]
    for kind in Posting.Kind:
        with translation.override("zh-hans"):
            assert summary_of(Posting(kind=kind, dated_on=date(2026, 3, 1))) == f"2026-03-01 {kind.label}"


def test_the_other_agency_has_nothing_of_it(books: Books, beichen: World) -> None:
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    VoucherSettings.objects.create(word="转", preparer="王芳")
    with beichen.open():
        assert months() == []
        assert vouchers_of(Month.parse(JUNE)) == []
        assert not VoucherSettings.objects.exists()
