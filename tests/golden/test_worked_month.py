"""The worked month of docs/money.md §7 in every figure, and its variants."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from mcn.commissions.engine.inputs import (
    Entry,
    EntryMatch,
    Event,
    Host,
    LineHistory,
    Match,
    Override,
    Paid,
    PeriodInputs,
    Rule,
    Version,
)
from mcn.commissions.engine.results import PayeeTotals
from mcn.commissions.engine.shares import calculate
from mcn.commissions.engine.tiers import Step, Tiers
from mcn.core.money import fen_from_yuan, yuan
from mcn.core.periods import Period
from mcn.settlements.engine.inputs import (
    Advance,
    Attendance,
    Guarantee,
    PayeeInputs,
    SettlementInputs,
    TaxPayer,
    TaxSettings,
)
from mcn.settlements.engine.statement import settle
from mcn.settlements.engine.tax.tables import built_in_tables

JULY = Period(2026, 7)
TIERS = Tiers(
    "net_gmv",
    "slab",
    (
        Step(fen_from_yuan("100000.00"), Fraction("0.30")),
        Step(fen_from_yuan("300000.00"), Fraction("0.35")),
        Step(None, Fraction("0.40")),
    ),
)
RULES = (
    Rule(1, 1, "commission", tiers=TIERS),
    Rule(2, 1, "slot_fee", rate=Fraction("0.20")),
    Rule(3, 1, "tips", rate=Fraction("0.50")),
)
HOST = Host(0, "A01", "A01", version_id=1, rule_id=1, weight=Fraction(1))


def event(number: int, kind: str, base: str, gross: str, fee: str) -> Event:
    return Event(
        id=number,
        line_id=number,
        platform="douyin",
        order_key=f"38{number}",
        line_key="",
        kind=kind,
        occurred_at=datetime(2026, 7, 10 + number, tzinfo=UTC),
        occurred_on=date(2026, 7, 10 + number),
        own_period=JULY,
        paid_on=date(2026, 6, 20),
        settled_on=None,
        base=fen_from_yuan(base),
        gross=fen_from_yuan(gross),
        fee=fen_from_yuan(fee),
    )


def entry(number: int, income: str, amount: str) -> Entry:
    return Entry(number, f"E{number}", "A01", "A01", income, date(2026, 7, 5), JULY, fen_from_yuan(amount))


def paid(payee: str, role: str, rule_id: int, rate: str, share: str) -> Paid:
    return Paid(payee, role, 0, "A01", 1, rule_id, Fraction(1), Fraction(rate), fen_from_yuan(share))


INPUTS = PeriodInputs(
    period=JULY,
    events=(
        event(1, "settled", "84000.00", "16800.00", "1680.00"),
        event(2, "settled", "52999.92", "13249.98", "1325.00"),
        event(3, "settled", "33333.33", "5000.00", "500.00"),
        event(4, "settled", "0.00", "0.00", "0.00"),
        event(5, "clawback", "-2400.00", "-480.00", "-48.00"),
    ),
    matches=tuple(Match(number, (HOST,)) for number in range(1, 6)),
    entries=(
        entry(1, "commission_cost", "-3000.00"),
        entry(2, "slot_fee", "8000.00"),
        entry(3, "tips", "2000.00"),
        entry(4, "bonus", "500.00"),
        entry(5, "penalty", "200.00"),
    ),
    entry_matches=(
        EntryMatch(1, 1, 1),
        EntryMatch(2, 1, 2),
        EntryMatch(3, 1, 3),
        EntryMatch(4),
        EntryMatch(5),
    ),
    versions=(Version(1, "A01", "XH-2026-01", 1, date(2026, 1, 1), None),),
    rules=RULES,
    overrides=(Override(9, 1, "G01", "agency_share", Fraction("0.05")),),
    history=(
        LineHistory(
            line_id=5,
            pool=fen_from_yuan("4320.00"),
            settled_here=True,
            first_settled_on=date(2026, 6, 28),
            hosts=(HOST,),
            session=None,
            holder_payee=None,
            paid=(
                paid("A01", "anchor", 1, "0.35", "1512.00"),
                paid("G01", "override", 9, "0.05", "140.40"),
            ),
        ),
    ),
)
ADVANCE = Advance("ADV1", date(2026, 5, 10), fen_from_yuan("6000.00"), Fraction("0.30"))
GUARANTEE = Guarantee(fen_from_yuan("15000.00"), min_days=26, min_hours=Decimal(156))
TOTALS = {totals.payee: totals for totals in calculate(INPUTS).totals}


def statement(**changes):
    payee = PayeeInputs(
        payee="A01",
        name="小鹿",
        taxpayer=TaxPayer("labour", "A01"),
        has_contract=True,
        totals=TOTALS["A01"],
        guarantee=GUARANTEE,
        attendance=Attendance(26, Decimal("156.0")),
        advances=(ADVANCE,),
    )
    settings = changes.pop("settings", TaxSettings())
    payee = replace(payee, **changes)
    (found,) = settle(SettlementInputs(JULY, (payee,), (), settings, built_in_tables()))
    return found


def figures(record, *columns: str) -> dict[str, str]:
    return {column: yuan(getattr(record, column)) for column in columns}


def test_statement_of_the_anchor():
    found = statement()
    assert found.lines == 5
    assert figures(found, *(name for name in found.__slots__ if isinstance(getattr(found, name), int))) == {
        "lines": "0.05",
        "net_gmv": "167933.25",
        "pool": "31112.98",
        "commission_share": "9990.74",
        "clawback_share": "-151.20",
        "slot_fee_share": "1600.00",
        "tips_share": "1000.00",
        "ads_share": "0.00",
        "override_share": "0.00",
        "bonus": "500.00",
        "earned": "12939.54",
        "guarantee_top_up": "2060.46",
        "penalties": "-200.00",
        "paid_by_platform": "0.00",
        "brought_forward": "0.00",
        "instalments": "0.00",
        "tax_borne": "0.00",
        "taxable": "14800.00",
        "tax": "2368.00",
        "advance_recouped": "3881.86",
        "net_pay": "8550.14",
        "carried_forward": "0.00",
        "guaranteed": "15000.00",
    }


def test_recruiter_gets_five_percent_of_the_agency_share():
    """Bases 20,504.24: the agency's parts of the order events, before the shared cost; and 9/10 of 140.40
    back.
    """
    assert TOTALS["G01"] == PayeeTotals(
        payee="G01", override_share=fen_from_yuan("1025.21"), clawback_share=fen_from_yuan("-14.04")
    )


def test_lines_and_agency_add_up():
    result = calculate(INPUTS)
    assert [(yuan(line.share), line.payee) for line in result.lines if line.column == "commission_share"] == [
        ("5292.00", "A01"),
        ("4173.74", "A01"),
        ("1575.00", "A01"),
        ("0.00", "A01"),
        ("-1050.00", "A01"),
    ]
    shares = sum(line.share for line in result.lines)
    agency = sum(left.share for left in result.agency)
    pool = sum(e.pool for e in INPUTS.events) + sum(e.amount for e in INPUTS.entries if e.income != "penalty")
    assert shares + agency == pool


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"guarantee": replace(GUARANTEE, tested="after_recoup")},
            {"guarantee_top_up": "5942.32", "taxable": "18681.86", "tax": "2989.10", "net_pay": "11810.90"},
        ),
        (
            {"advances": (replace(ADVANCE, taxed_when_paid=True),)},
            {
                "taxable": "10918.14",
                "tax": "1746.90",
                "advance_recouped": "3881.86",
                "net_pay": "9171.24",
            },
        ),
        (
            {"settings": TaxSettings(cumulative_from=Period(2026, 7))},
            {"taxable": "14800.00", "tax": "205.20", "net_pay": "10712.94"},
        ),
        ({"taxpayer": TaxPayer("company", "A01")}, {"tax": "0.00", "net_pay": "10918.14"}),
        (
            {"taxpayer": TaxPayer("employee", "A01", social_insurance=105000, employed_from=date(2026, 7, 1))},
            {"tax": "262.50", "net_pay": "10655.64"},
        ),
        (
            {"attendance": Attendance(20, Decimal("120"))},
            {"guarantee_top_up": "0.00", "taxable": "12739.54", "advance_recouped": "3881.86"},
        ),
    ],
    ids=["tested after recoupment", "taxed when paid", "cumulative", "company", "employee", "short month"],
)
def test_variants(changes, expected):
    assert figures(statement(**changes), *expected) == expected
