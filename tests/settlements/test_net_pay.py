"""Pay agreed after tax, from the contract to the books and the proof (docs/money.md §6, 7)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from mcn.anchors.models import Anchor, Contract, ContractVersion
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Split, Terms, terms_of
from mcn.settlements import tax_ledger, verification
from mcn.settlements.ledger.books import agency_checks, month_checks
from mcn.settlements.models import LedgerEntry, Period, Posting, Statement
from mcn.settlements.statements.comparison import with_month
from mcn.settlements.statements.lines import buckets_of, lines_of
from mcn.settlements.statements.story import ending, story
from mcn.settlements.whatif.replay import replay
from mcn.settlements.whatif.result import outcome
from mcn.settlements.whatif.scenario import Scenario, draft_of
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books
from tests.settlements.proof_pack import packs
from tests.settlements.taxed import LIN, earns, person

pytestmark = pytest.mark.django_db


def contract(code: str) -> Contract:
    anchor = Anchor.objects.get(code=code)
    return Contract.objects.create(
        anchor=anchor, number=f"C-{code}", starts_on=date(2026, 1, 1), ends_on=date(2028, 12, 31)
    )


def agreed(code: str, *, net: bool, since: date = date(2026, 1, 1)) -> ContractVersion:
    """The anchor's contract has a version from that day on whose pay is agreed after tax, or before it."""
    found = Contract.objects.filter(anchor__code=code).first() or contract(code)
    terms = Terms(starts_on=since, net_of_tax=net)
    return contract_version_save(actor=None, contract=found, terms=terms, last_closed=None)[0]


def statement(code: str, month: str) -> Statement:
    return Statement.objects.select_related("period").defer("period__inputs").get(period__code=month, code=code)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def months(inside: World) -> tuple[Period, Period]:
    """Lin has 3,000.00 before tax as A02 and 10,000.00 after tax as A03; July, A03 has 8,400.00 before tax."""
    for code in ("A02", "A03"):
        person(code, legal_name="林小鹿", id_number=LIN)
    agreed("A02", net=False)
    agreed("A03", net=True)
    agreed("A03", net=False, since=date(2026, 7, 1))
    earns("A02", 300000, JUNE)
    earns("A03", 1000000, JUNE)
    earns("A03", 840000, JULY)
    desk = Books(inside)
    return desk.close(JUNE), desk.close(JULY)


def test_the_month_of_one_person_is_grossed_up_as_one_payment(months: tuple[Period, Period]) -> None:
    """440.00 on 3,000.00; then 12,560 ÷ 0.84 = 14,952.38, so 1,952.38 on top (tests/golden/test_net_pay.py)."""
    first, second = statement("A02", JUNE), statement("A03", JUNE)
    assert (first.tax_borne_fen, first.tax_fen, first.net_pay_fen) == (0, 44000, 256000)
    assert (second.earned_fen, second.tax_borne_fen, second.taxable_fen) == (1000000, 195238, 1195238)
    assert (second.tax_fen, second.net_pay_fen, second.carried_forward_fen) == (195238, 1000000, 0)
    (row,) = tax_ledger.persons(months[0])
    assert (row.income, row.tax) == (1495238, 239238)
    assert tax_ledger.agreement(months[0], [row]).agrees


def test_the_version_in_force_on_the_last_day_decides(months: tuple[Period, Period]) -> None:
    july = statement("A03", JULY)
    assert (july.tax_borne_fen, july.tax_fen, july.net_pay_fen) == (0, 134400, 705600)
    assert "net_of_tax" not in july.details


def test_the_agency_s_cost_is_the_gross(months: tuple[Period, Period]) -> None:
    posting = Posting.objects.get(period=months[0], kind="month")
    sums = {
        e.account: e.debit_fen - e.credit_fen for e in LedgerEntry.objects.filter(posting=posting, payee__code="A03")
    }
    assert sums == {"anchor_cost": 1000000, "tax_cost": 195238, "tax_payable": -195238, "payable": -1000000}
    assert all(one.agrees for one in month_checks())
    assert all(check.agrees for check in agency_checks())
    assert months[0].totals["tax_borne"] == 195238


def test_closed_months_are_recomputed_with_and_without_the_product(
    months: tuple[Period, Period], tmp_path: Path
) -> None:
    found = verification.verify()
    assert found["differences"] == 0, found
    for month in (JUNE, JULY):
        packed = packs.build(month, tmp_path / month)
        code, said = packs.verify(tmp_path / month, "--sha256", packed.sha256)
        assert code == 0, said


def test_a_forged_agreement_is_found_by_the_verifier(months: tuple[Period, Period], tmp_path: Path) -> None:
    packs.build(JUNE, tmp_path / "pack")
    forged = packs.forge(tmp_path / "pack", tmp_path / "forged", {"inputs.json": lambda raw: raw.replace(*_named(raw))})
    code, said = packs.verify(forged)
    assert code == 1
    assert "(A03)" in said


def _named(raw: bytes) -> tuple[bytes, bytes]:
    start = raw.index(b'"net_of_tax": [')
    old = raw[start : raw.index(b"]", start) + 1]
    return old, b'"net_of_tax": []'


def test_the_statement_says_it_and_others_are_as_they_were(months: tuple[Period, Period]) -> None:
    net, plain = statement("A03", JUNE), statement("A02", JUNE)
    lines = {line.name: line for line in lines_of(net, None, buckets_of(net))}
    assert (lines["tax_borne"].number, lines["tax_borne"].amount) == (8, 195238)
    assert lines["tax_borne"].source == "agreed after tax: ¥10,000.00 net is ¥11,952.38 before tax"
    assert "tax_borne" not in {line.name for line in lines_of(plain, None, buckets_of(plain))}
    assert [(fact.sentence, fact.amount) for fact in [*story(net, buckets_of(net)), *ending(net)]] == [
        ("Bonus", 1000000),
        ("Your pay is agreed after tax: the agency adds the tax", 195238),
        ("Tax that the agency withholds for you", -195238),
        ("Net pay", 1000000),
    ]


def test_a_comparison_tells_that_it_was_agreed_otherwise(months: tuple[Period, Period]) -> None:
    found = with_month(statement("A03", JULY), statement("A03", JUNE))
    assert ("tax_borne", 195238, 0) in [(row.name, row.then, row.now) for row in found.rows]
    assert ("Pay is agreed", "after tax", "before tax") in [(f.label, f.then, f.now) for f in found.facts]


def test_terms_keep_it_and_differ_by_it(inside: World) -> None:
    person("A02")
    version = agreed("A02", net=True)
    assert terms_of(version).net_of_tax
    assert agreed("A02", net=True) == version
    assert agreed("A02", net=False).number == 2


def test_it_is_tried_out_with_the_tax_that_the_agency_would_bear(months: tuple[Period, Period]) -> None:
    """(3,000 − 800) ÷ 0.8 + 800 = 3,550. Then A03: (10,000 + 3,000) ÷ 0.84 = 15,476.19, less 3,550 and 10,000."""
    terms = Terms(starts_on=date(2026, 1, 1), splits=(Split("commission", rate=Decimal("0.35")),), net_of_tax=True)
    found = replay(JUNE, Scenario(draft=draft_of(Contract.objects.get(number="C-A02"), terms)))
    columns = {row["code"]: row["columns"] for row in found["payees"]}
    assert columns["A02"] == [[300000, 0, 44000, 0, 256000, 0], [300000, 0, 55000, 0, 300000, 55000]]
    assert columns["A03"][1] == [1000000, 0, 192619, 0, 1000000, 192619]
    assert outcome({"months": [found]}).total.left.change == 195238 - 55000 - 192619
