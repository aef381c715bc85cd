"""The statement, line by line (docs/money.md §5)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from mcn.commissions.engine.codec import CodecError, from_json, to_json
from mcn.commissions.engine.inputs import Version
from mcn.commissions.engine.results import PayeeTotals
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import (
    Advance,
    Attendance,
    Guarantee,
    PayeeInputs,
    PersonHistory,
    SettlementInputs,
    TaxPayer,
    TaxRecord,
    TaxSettings,
    guarantee_version,
)
from mcn.settlements.engine.statement import guaranteed_amount, settle, settle_payee
from mcn.settlements.engine.tax.tables import built_in_tables

JULY = Period(2026, 7)
UNTAXED = TaxPayer("company", "A01")
FULL = Attendance(26, Decimal(156))
ADVANCE = Advance("ADV1", date(2026, 5, 10), 600_000, Fraction("0.30"))


def settled(earned: int, **values):
    """Statement of a payee who earned `earned` fen from commissions; a company unless said otherwise."""
    totals = PayeeTotals(
        "A01",
        commission_share=earned,
        penalties=values.pop("penalties", 0),
        paid_by_platform=values.pop("paid_by_platform", 0),
    )
    payee = PayeeInputs("A01", "小鹿", values.pop("taxpayer", UNTAXED), True, totals, **values)
    return settle_payee(JULY, payee, TaxSettings(), (), built_in_tables())


def test_a_plain_month():
    found = settled(100_000)
    assert (found.earned, found.taxable, found.tax, found.net_pay, found.carried_forward) == (
        100_000,
        100_000,
        0,
        100_000,
        0,
    )


def test_a_month_below_zero_pays_nothing_and_is_carried():
    found = settled(-5_000, penalties=-300, advances=(ADVANCE,), taxpayer=TaxPayer("labour", "A01"))
    assert (found.taxable, found.tax, found.advance_recouped, found.net_pay) == (0, 0, 0, 0)
    assert found.carried_forward == -5_300


@pytest.mark.parametrize(("before", "taxable", "carried"), [(-4_000, 6_000, 0), (-10_000, 0, 0), (-12_500, 0, -2_500)])
def test_an_earlier_debt_comes_off(before, taxable, carried):
    found = settled(10_000, brought_forward=before)
    assert (found.taxable, found.carried_forward) == (taxable, carried)


@pytest.mark.parametrize(("paid", "taxable"), [(-7_000, 3_000), (-10_000, 0), (2_000, 12_000)])
def test_what_the_platform_paid_comes_off_and_may_come_back(paid, taxable):
    found = settled(10_000, paid_by_platform=paid)
    assert (found.earned, found.taxable) == (10_000, taxable)


class TestGuarantee:
    """§5.2"""

    WHOLE = Guarantee(1_500_000, 26, Decimal("156"), "void")
    PRORATED = replace(WHOLE, when_short="prorate")

    @pytest.mark.parametrize(
        ("guarantee", "attendance", "amount"),
        [
            (WHOLE, Attendance(26, Decimal("156.0")), 1_500_000),
            (WHOLE, Attendance(25, Decimal("200")), 0),
            (WHOLE, Attendance(31, Decimal("155.9")), 0),
            (WHOLE, Attendance(), 0),
            (PRORATED, Attendance(20, Decimal("120")), 1_153_846),
            (PRORATED, Attendance(13, Decimal("156")), 750_000),
            (PRORATED, Attendance(30, Decimal("100")), 1_500_000),
            (PRORATED, Attendance(), 0),
            (Guarantee(800_000, 26, None, "prorate"), Attendance(17), 523_077),
            (Guarantee(600_000, 27, None, "prorate"), Attendance(25), 555_556),
            (Guarantee(600_000, None, Decimal(100), "prorate"), Attendance(25, Decimal(99)), 0),
            (Guarantee(600_000), Attendance(), 600_000),
            (Guarantee(600_000, 0, Decimal(0)), Attendance(), 600_000),
        ],
    )
    def test_conditions(self, guarantee, attendance, amount):
        assert guaranteed_amount(guarantee, attendance) == amount

    @pytest.mark.parametrize(
        ("earned", "top_up"), [(1_000_000, 500_000), (1_500_000, 0), (2_000_000, 0), (-100, 1_500_100)]
    )
    def test_tops_up_what_was_earned(self, earned, top_up):
        assert settled(earned, guarantee=self.WHOLE, attendance=FULL).guarantee_top_up == top_up

    def test_a_void_guarantee_does_not_make_up_for_a_negative_month(self):
        assert settled(-100, guarantee=self.WHOLE).guarantee_top_up == 0

    def test_penalties_come_after_it(self):
        found = settled(1_000_000, guarantee=self.WHOLE, attendance=FULL, penalties=-700_000)
        assert (found.guarantee_top_up, found.taxable) == (500_000, 800_000)

    def test_tested_after_recoupment_it_protects_the_cash(self):
        guarantee = replace(self.WHOLE, tested="after_recoup")
        found = settled(1_000_000, guarantee=guarantee, attendance=FULL, advances=(ADVANCE,))
        assert (found.guarantee_top_up, found.advance_recouped, found.net_pay) == (800_000, 300_000, 1_500_000)

    def test_tested_after_recoupment_several_advances_take_no_more_than_was_earned(self):
        guarantee = replace(self.WHOLE, tested="after_recoup")
        advances = tuple(replace(ADVANCE, code=f"ADV{n}", recoup_rate=Fraction("0.8")) for n in (1, 2))
        found = settled(500_000, guarantee=guarantee, attendance=FULL, advances=advances)
        assert [(r.code, r.amount) for r in found.recouped] == [("ADV1", 400_000), ("ADV2", 100_000)]
        assert (found.guarantee_top_up, found.net_pay) == (1_500_000, 1_500_000)

    @pytest.mark.parametrize(
        ("spans", "version"),
        [
            ([(1, "2026-01-01", "2026-07-15"), (2, "2026-07-15", "2027-01-01")], 2),
            ([(1, "2026-01-01", "2026-07-15"), (2, "2026-07-15", "2026-07-20")], 2),
            ([(1, "2026-07-10", "2026-07-20"), (2, "2026-01-01", "2026-07-05")], 1),
            ([(1, "2026-01-01", None), (2, "2026-08-01", None)], 1),
            ([(1, "2026-01-01", "2026-07-01")], None),
            ([(1, "2026-08-01", "2026-09-01")], None),
            ([(1, "2026-07-31", "2026-09-01")], 1),
            ([(1, "2026-01-01", "2026-07-02")], 1),
            ([(1, "2026-07-05", "2026-07-05")], None),
            ([], None),
        ],
    )
    def test_the_version_on_the_last_day_counts_else_the_last_in_the_month(self, spans, version):
        versions = tuple(
            Version(n, "A01", "XH", n, date.fromisoformat(start), date.fromisoformat(until) if until else None)
            for n, start, until in spans
        )
        found = guarantee_version(versions, JULY)
        assert (found.id if found else None) == version

    def test_a_superseded_version_guarantees_nothing(self):
        version = Version(1, "A01", "XH", 1, date(2026, 1, 1), None, superseded=True)
        assert guarantee_version((version,), JULY) is None


class TestAdvances:
    """§5.3"""

    @pytest.mark.parametrize(
        ("outstanding", "earned", "rate", "recouped"),
        [
            (600_000, 1_293_954, "0.30", 388_186),
            (100_000, 1_293_954, "0.30", 100_000),
            (600_000, 0, "0.30", 0),
            (600_000, -50_000, "0.30", 0),
            (600_000, 500_000, "1", 500_000),
            (600_000, 800_000, "1", 600_000),
            (1_000_000, 33_333, "0.5", 16_667),
        ],
    )
    def test_amounts(self, outstanding, earned, rate, recouped):
        advance = replace(ADVANCE, outstanding=outstanding, recoup_rate=Fraction(rate))
        assert settled(earned, advances=(advance,)).advance_recouped == recouped

    def test_they_follow_date_and_code_as_long_as_there_is_something(self):
        one = replace(ADVANCE, code="B", recoup_rate=Fraction("0.6"))
        advances = (replace(one, code="C", paid_on=date(2026, 5, 11)), one, replace(one, code="A"))
        found = settled(100_000, advances=advances)
        assert [(r.code, r.amount) for r in found.recouped] == [("A", 60_000), ("B", 40_000), ("C", 0)]
        assert found.net_pay == 0

    @pytest.mark.parametrize(("paid_on", "amount"), [(date(2026, 7, 31), 30_000), (date(2026, 8, 1), 0)])
    def test_only_those_paid_before_the_end_of_the_period(self, paid_on, amount):
        found = settled(100_000, advances=(replace(ADVANCE, paid_on=paid_on),))
        assert found.advance_recouped == amount

    def test_after_tax_there_may_be_less_than_the_cap(self):
        advance = replace(ADVANCE, recoup_rate=Fraction(1), outstanding=10_000_000)
        found = settled(1_000_000, advances=(advance,), taxpayer=TaxPayer("labour", "A01"))
        assert (found.tax, found.advance_recouped, found.net_pay) == (160_000, 840_000, 0)

    def test_penalties_leave_less_to_recoup(self):
        advance = replace(ADVANCE, recoup_rate=Fraction(1))
        found = settled(100_000, advances=(advance,), penalties=-70_000)
        assert (found.advance_recouped, found.net_pay) == (30_000, 0)

    def test_taxed_when_paid_comes_first_and_before_tax(self):
        taxed = replace(ADVANCE, code="T", paid_on=date(2026, 6, 1), taxed_when_paid=True)
        found = settled(1_000_000, advances=(ADVANCE, taxed), taxpayer=TaxPayer("labour", "A01"))
        assert found.taxable == 700_000
        assert found.tax == 112_000
        assert found.advance_recouped == 600_000
        assert found.net_pay == 700_000 - 112_000 - 300_000

    def test_refuses_less_than_nothing_outstanding(self):
        with pytest.raises(ValueError, match="ADV1"):
            replace(ADVANCE, outstanding=-1)


class TestRows:
    """Who has a statement, and persons with several."""

    @staticmethod
    def payee(code: str, totals: PayeeTotals | None = None, **values) -> PayeeInputs:
        values = {"taxpayer": TaxPayer("labour", code), "has_contract": False} | values
        return PayeeInputs(code, code, totals=totals or PayeeTotals(code), **values)

    @staticmethod
    def settle(*payees: PayeeInputs, history: tuple[PersonHistory, ...] = ()):
        return settle(SettlementInputs(JULY, payees, history, TaxSettings(), built_in_tables()))

    def test_a_contract_or_any_amount_makes_a_row(self):
        found = self.settle(
            self.payee("E"),
            self.payee("D", has_contract=True),
            self.payee("C", PayeeTotals("C", override_share=5)),
            self.payee("B", brought_forward=-1),
            self.payee("A", PayeeTotals("A", lines=1)),
        )
        assert [statement.payee for statement in found] == ["A", "B", "C", "D"]

    def test_statements_of_one_person_are_taxed_as_one(self):
        """3,000.00 + 3,000.00 + 20,000.00 are 26,000.00: 4,240.00 of tax, in the order of codes."""
        person = TaxPayer("labour", "ID")
        found = self.settle(
            *(
                self.payee(code, PayeeTotals(code, commission_share=share), taxpayer=person)
                for code, share in (("C", 2_000_000), ("A", 300_000), ("B", 300_000))
            )
        )
        assert [statement.tax for statement in found] == [44_000, 52_000, 328_000]

    def test_an_employee_and_a_contractor_who_are_one_person_are_taxed_apart(self):
        found = self.settle(
            self.payee("A", PayeeTotals("A", commission_share=1_000_000), taxpayer=TaxPayer("labour", "ID")),
            self.payee(
                "B",
                PayeeTotals("B", commission_share=1_000_000),
                taxpayer=TaxPayer("employee", "ID", employed_from=date(2026, 7, 1)),
            ),
        )
        assert [statement.tax for statement in found] == [160_000, 15_000]

    def test_earlier_statements_of_the_month_count(self):
        earlier = PersonHistory("A", (TaxRecord(JULY, "per_payment", 600_000, 96_000),))
        (found,) = self.settle(self.payee("A", PayeeTotals("A", commission_share=2_000_000)), history=(earlier,))
        assert found.tax == 424_000 - 96_000

    def test_records_for_the_next_statement(self):
        payer = TaxPayer("employee", "ID", 105_000, 100_000)
        payee = self.payee("A", PayeeTotals("A", commission_share=2_000_000), taxpayer=payer)
        (found,) = self.settle(payee)
        assert found.tax_record(payee) == TaxRecord(JULY, "wages", 2_000_000, found.tax, 105_000, 100_000)
        company = self.payee("B", taxpayer=TaxPayer("company", "B"), has_contract=True)
        assert self.settle(company)[0].tax_record(company) is None

    def test_refuses_a_credit_brought_forward_and_foreign_totals(self):
        with pytest.raises(ValueError, match="brings forward"):
            self.payee("A", brought_forward=1)
        with pytest.raises(ValueError, match="totals of B"):
            self.payee("A", PayeeTotals("B"))


# ── schedules of advances (§5.3) ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("terms", "recouped"),
    [
        ({}, 30_000),  # R(100,000 × 30 %)
        ({"instalment": 12_345}, 12_345),
        ({"instalment": 40_000}, 30_000),  # the rate is less
        ({"instalment": 12_345, "outstanding": 9_999}, 9_999),  # the last instalment is what is left
        ({"recoup_from": JULY}, 30_000),
        ({"recoup_from": JULY.next}, 0),
        ({"recoup_from": JULY.previous, "instalment": 500}, 500),
    ],
)
def test_an_instalment_and_a_first_month_limit_what_is_recouped(terms: dict, recouped: int):
    found = settled(100_000, advances=(replace(ADVANCE, **terms),))
    assert (found.advance_recouped, found.net_pay) == (recouped, 100_000 - recouped)


def test_an_advance_that_waits_leaves_more_to_the_others():
    """Two of 600.00 at 30 % of 1,000.00: both take 300.00; the first waits, the second still takes no more."""
    waits = replace(ADVANCE, code="A", recoup_from=JULY.next)
    found = settled(100_000, advances=(waits, replace(ADVANCE, code="B", outstanding=60_000)))
    assert [(part.code, part.amount) for part in found.recouped] == [("B", 30_000)]


def test_the_guarantee_after_recoupment_knows_the_instalment():
    """1,500.00 guaranteed, 1,000.00 earned, 100.00 recouped at most: topped up by 1,500 − (1,000 − 100) = 600.00."""
    guarantee = Guarantee(150_000, tested="after_recoup")
    found = settled(100_000, advances=(replace(ADVANCE, instalment=10_000),), guarantee=guarantee)
    assert (found.guarantee_top_up, found.advance_recouped, found.net_pay) == (60_000, 10_000, 150_000)


def test_no_instalment_of_nothing():
    with pytest.raises(ValueError, match="not above nothing"):
        replace(ADVANCE, instalment=0)


def test_what_was_frozen_before_schedules_is_read_as_without_one():
    frozen = to_json(ADVANCE)
    del frozen["instalment"], frozen["recoup_from"]
    assert from_json(Advance, frozen) == ADVANCE
    with pytest.raises(CodecError, match="missing or unknown keys: code"):
        from_json(Advance, {name: value for name, value in frozen.items() if name != "code"})
