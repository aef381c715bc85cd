"""From a bank's statement to payouts marked paid: suggested with a score, decided by a person (docs/money.md §11)."""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from mcn.anchors.models import Payee
from mcn.core.errors import Conflict, NotAllowed, RuleError
from mcn.settlements.bank import statements
from mcn.settlements.bank.matching import Suggestion, suggestions
from mcn.settlements.bank.reading import read_statement
from mcn.settlements.bank.statements import Brought, lines_confirm, statement_bring, suggested
from mcn.settlements.ledger.balances import trial_balance
from mcn.settlements.ledger.books import agency_checks
from mcn.settlements.models import BankLine, BankStatement, PayingAccount, Payout, PayoutBatch, Posting
from mcn.settlements.payouts.accounts import account_save
from mcn.settlements.payouts.results import payouts_paid
from mcn.tenancy.models import Agency
from tests.settlements.paying import BANK, Paying, payouts

pytestmark = pytest.mark.django_db


def bring(desk: Paying, account: PayingAccount, tmp_path: Path, *rows: str, name: str = "bank.csv") -> Brought:
    path = tmp_path / name
    path.write_text(
        "交易日期,收入金额,支出金额,对方户名,对方账号,摘要,流水号\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    read = read_statement(path, name=name, zone=desk.people.agency.zone)
    return statement_bring(actor=desk.people.finance, account=account, file_name=name, path=path, read=read)


def shown(account: PayingAccount) -> dict[str, tuple[str, int, tuple[str, ...], bool]]:
    return {one.line.key: (one.payout.reference, one.score, one.reasons, one.is_sure) for one in suggested(account)}


def test_lines_are_suggested_and_nothing_is_paid_by_bringing(
    desk: Paying, account: PayingAccount, tmp_path: Path, today: date
) -> None:
    batch = desk.exported(account)
    brought = bring(
        desk,
        account,
        tmp_path,
        f"{today},,24.50,鹿小小,6222020000000000101,主播分成 P0001-001,S1",
        f"{today},,5.00,阿木,,代发,S2",
        f"{today},,7.00,房东,,房租,S3",
        f"{today},,8.00,阿木,,代发,S4",
    )
    assert (brought.new, brought.known) == (4, 0)
    assert {one.state for one in payouts(batch).values()} == {"exported"}
    assert shown(account) == {
        "S1 2450": ("P0001-001", 100, ("name", "reference", "account", "soon"), True),
        "S2 500": ("P0001-002", 60, ("name", "soon"), True),
        "S3 700": ("P0001-003", 20, ("soon",), False),
    }


def test_what_a_person_confirms_is_paid_on_the_banks_day(
    desk: Paying, account: PayingAccount, tmp_path: Path, today: date
) -> None:
    ones = payouts(desk.exported(account))
    bring(desk, account, tmp_path, f"{today},,24.50,鹿小小,,P0001-001,S1", f"{today},,5.00,阿木,,代发,S2")
    pairs = [(one.line, one.payout) for one in suggested(account)]
    assert lines_confirm(actor=desk.people.finance, pairs=pairs) == (2, 0)
    assert {code: one.state for code, one in payouts(ones["A01"].batch).items()} == {
        "A01": "paid",
        "A02": "paid",
        "A03": "exported",
    }
    assert Posting.objects.filter(kind="payout").count() == 1
    assert suggested(account) == []
    with pytest.raises(Conflict):
        lines_confirm(actor=desk.people.finance, pairs=pairs)
    assert [check.what for check in agency_checks() if not check.agrees] == []


def test_the_same_file_and_overlapping_ones_bring_each_line_once(
    desk: Paying, account: PayingAccount, tmp_path: Path, today: date
) -> None:
    first = f"{today},,24.50,鹿小小,,P0001-001,S1"
    bring(desk, account, tmp_path, first)
    with pytest.raises(Conflict, match=r"bank\.csv"):
        bring(desk, account, tmp_path, first)
    brought = bring(desk, account, tmp_path, first, f"{today},,5.00,阿木,,代发,S2", name="next.csv")
    assert (brought.new, brought.known) == (1, 1)
    assert BankLine.objects.count() == 2


def test_money_that_comes_back_is_payable_again(
    desk: Paying, account: PayingAccount, tmp_path: Path, today: date
) -> None:
    ones = payouts(desk.exported(account))
    payouts_paid(actor=desk.people.finance, payouts=list(ones.values()), paid_on=today)
    bring(desk, account, tmp_path, f"{today},24.50,,鹿小小,,退汇 户名不符,S9", f"{today},5.00,,品牌甲,,货款,S10")
    assert {key: one[0] for key, one in shown(account).items()} == {"S9 -2450": "P0001-001", "S10 -500": "P0001-002"}
    assert [key for key, one in shown(account).items() if one[3]] == ["S9 -2450"]
    pairs = [(one.line, one.payout) for one in suggested(account) if one.is_sure]
    assert lines_confirm(actor=desk.people.finance, pairs=pairs) == (0, 1)
    back = Payout.objects.get(pk=ones["A01"].pk)
    assert (back.state, back.returned_on, back.reason) == ("returned", today, "退汇 户名不符")
    assert {row.account.value: row.balance for row in trial_balance()}["payable"] == -2450


def test_a_line_of_what_was_recorded_by_hand_pays_nothing_twice(
    desk: Paying, account: PayingAccount, tmp_path: Path, today: date
) -> None:
    ones = payouts(desk.exported(account))
    payouts_paid(actor=desk.people.finance, payouts=[ones["A01"]], paid_on=today)
    before = Posting.objects.count()
    bring(desk, account, tmp_path, f"{today},,24.50,鹿小小,,P0001-001,S1")
    pairs = [(one.line, one.payout) for one in suggested(account)]
    assert lines_confirm(actor=desk.people.finance, pairs=pairs) == (1, 0)
    assert Posting.objects.count() == before
    assert BankLine.objects.get().payout_id == ones["A01"].pk
    bring(desk, account, tmp_path, f"{today},,24.50,鹿小小,,P0001-001,S7", name="b.csv")
    assert suggested(account) == []
    with pytest.raises(Conflict, match="P0001-001"):
        lines_confirm(actor=desk.people.finance, pairs=[(BankLine.objects.get(key="S7 2450"), ones["A01"])])


@pytest.mark.parametrize("seed", range(12))
def test_what_the_database_leaves_out_would_never_be_suggested(
    desk: Paying, account: PayingAccount, today: date, seed: int
) -> None:
    """Random payouts, paid and not yet, and random lines about them: scoring all of an account with all of it gives the
    same suggestions, in the same order."""
    chance = random.Random(seed)
    Agency.objects.update(timezone=chance.choice(["Asia/Shanghai", "Pacific/Kiritimati", "Pacific/Pago_Pago"]))
    Agency.objects.update(day_starts_at=chance.choice([time(0), time(4), time(23, 30)]))
    exported = [desk.exported(account)] if chance.random() < 0.7 else []
    posting = Posting.objects.earliest("pk")
    other = account_save(
        actor=None, code="Z9", name="x", channel="bank", holder="x", form="generic", number="9"
    )[0]  # fmt: skip
    for number in range(100, 108):
        made_at = datetime.now(UTC) - timedelta(days=chance.randint(0, 45), hours=chance.randint(0, 23))
        batch = PayoutBatch.objects.create(
            number=number, account=chance.choice([account, account, other]), state="exported",
            pay_on=made_at.date(), exported_at=chance.choice([made_at, made_at, None]),
        )  # fmt: skip
        for place, payee in enumerate(Payee.objects.order_by("code"), start=1):
            Payout.objects.create(
                batch=batch, place=place, payee=payee, amount_fen=chance.choice([500, 700, 2450]), state="paid",
                reference=f"{batch}-{place:03d}", account=BANK | {"name": payee.legal_name},
                paid_on=made_at.date() + timedelta(days=chance.randint(0, 5)), paid_by=posting,
            )  # fmt: skip
    statement = BankStatement.objects.create(account=account, file_name="x.csv", sha256="0" * 64)
    known = list(Payout.objects.filter(batch__account=account, state="paid"))
    for number in range(60):
        BankLine.objects.create(
            statement=statement, account=account, row_number=number, key=f"{number}",
            booked_on=today - timedelta(days=chance.randint(-40, 60)),
            amount_fen=chance.choice([500, 700, 2450, -500, -700, -2450, 999]),
            name=chance.choice(["鹿小小", "阿木", "房东", ""]),
            text=chance.choice(["", *(one.reference for one in known)]),
            payout=chance.choice([None, None, None, chance.choice(known)]),
        )  # fmt: skip
    assert exported or known
    lines = list(BankLine.objects.filter(account=account, payout__isnull=True))
    payouts_ = Payout.objects.filter(batch__account=account, state__in=["exported", "paid"])
    payouts_ = payouts_.select_related("batch__agency", "payee")
    told = set(BankLine.objects.filter(account=account, amount_fen__gt=0).values_list("payout_id", flat=True))
    expected = [
        *suggestions((line for line in lines if line.amount_fen > 0), (one for one in payouts_ if one.pk not in told)),
        *suggestions((line for line in lines if line.amount_fen < 0), payouts_),
    ]
    assert expected
    assert suggested(account) == expected


def test_what_has_no_others_amount_is_not_even_fetched(
    desk: Paying, account: PayingAccount, tmp_path: Path, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.exported(account)
    bring(desk, account, tmp_path, f"{today},,5.00,阿木,,,S1", f"{today},,8.00,阿木,,,S2", f"{today},24.50,,x,,,S3")
    seen: list[tuple[list[str], list[int]]] = []

    def look(lines: Iterable[BankLine], payouts: Iterable[Payout]) -> list[Suggestion]:
        seen.append(([line.key for line in lines], [one.amount_fen for one in payouts]))
        return []

    monkeypatch.setattr(statements, "suggestions", look)
    suggested(account)
    assert seen == [(["S1 500"], [500]), (["S3 -2450"], [2450])]


def test_two_that_are_as_likely_are_not_sure(desk: Paying, account: PayingAccount, tmp_path: Path, today: date) -> None:
    desk.exported(account)
    bring(desk, account, tmp_path, f"{today},,5.00,阿木,,代发,S1", f"{today},,5.00,阿木,,代发,S2")
    assert [(one.line.key, one.is_sure) for one in suggested(account)] == [("S1 500", False)]


def test_lines_before_the_file_or_long_after_are_of_something_else(
    desk: Paying, account: PayingAccount, tmp_path: Path, today: date
) -> None:
    desk.exported(account)
    long_after = today + timedelta(days=32)
    bring(
        desk,
        account,
        tmp_path,
        f"{today - timedelta(days=1)},,24.50,鹿小小,,P0001-001,S1",
        f"{long_after},,5.00,阿木,,P0001-002,S2",
    )
    assert suggested(account) == []


def test_pairs_that_do_not_fit_are_refused(desk: Paying, account: PayingAccount, tmp_path: Path, today: date) -> None:
    ones = payouts(desk.exported(account))
    bring(desk, account, tmp_path, f"{today},,24.50,鹿小小,,P0001-001,S1")
    line = BankLine.objects.get()
    with pytest.raises(RuleError, match="P0001-002"):
        lines_confirm(actor=desk.people.finance, pairs=[(line, ones["A02"])])
    with pytest.raises(RuleError, match="twice"):
        lines_confirm(actor=desk.people.finance, pairs=[(line, ones["A01"]), (line, ones["A01"])])
    with pytest.raises(RuleError, match="at least one"):
        lines_confirm(actor=desk.people.finance, pairs=[])
    other = PayingAccount.objects.create(code="Z02", name="b", channel="bank", holder="h", number="2", form="generic")
    BankLine.objects.update(account=other)
    with pytest.raises(RuleError, match="account"):
        lines_confirm(actor=desk.people.finance, pairs=[(BankLine.objects.get(), ones["A01"])])
    assert Payout.objects.filter(state="paid").count() == 0


def test_a_file_with_faults_brings_nothing(desk: Paying, account: PayingAccount, tmp_path: Path, today: date) -> None:
    with pytest.raises(RuleError, match="1 fault"):
        bring(desk, account, tmp_path, f"{today},,24.50,鹿小小,,x,S1", "某日,,5.00,阿木,,x,S2")
    with pytest.raises(RuleError, match="moves money"):
        bring(desk, account, tmp_path, "合计,,,,,,")
    assert not BankLine.objects.exists()


def test_who_may(desk: Paying, account: PayingAccount, tmp_path: Path, today: date) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"日期,支出金额\n{today},1.00\n", encoding="utf-8")
    read = read_statement(path, name="a.csv", zone=desk.people.agency.zone)
    auditor = desk.people.user("auditor")
    with pytest.raises(NotAllowed):
        statement_bring(actor=auditor, account=account, file_name="a.csv", path=path, read=read)
    with pytest.raises(NotAllowed):
        lines_confirm(actor=auditor, pairs=[])
