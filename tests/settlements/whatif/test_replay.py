"""Closed months under other terms: nothing changed gives the closed figures, changes give those of the rule."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import translation

from mcn.anchors.models import Contract, ContractVersion, Payee
from mcn.commissions.models import Bucket, ShareBlock
from mcn.commissions.services.rules import contract_version_save
from mcn.commissions.terms import Guarantee, OverrideTerms, Split, Step, Tail, Terms, Tiers, terms_of
from mcn.core.errors import RuleError
from mcn.sales.models import EarningEvent, OrderLine
from mcn.settlements.models import Period, Statement
from mcn.settlements.whatif.replay import replay
from mcn.settlements.whatif.scenario import RuleChange, Scenario, draft_of
from mcn.supply.models import PlatformProduct, Sku
from tests.agencies import World
from tests.settlements.books import JULY, JUNE, Books

NOTHING = Scenario(change=RuleChange((), "commission", Fraction(0), Fraction(1)))
FIVE_POINTS = Scenario(change=RuleChange((), "commission", Fraction(1, 20), Fraction(1)))


@pytest.fixture
def books(inside: World) -> Iterator[Books]:
    """June and July are closed: 100.00 of pool in June; in July a further 20.00, and 40.00 of June come back."""
    books = Books(inside)
    books.roster()
    books.event("1", 10000, JUNE)
    books.close(JUNE)
    books.event("1", -4000, JULY, kind="clawback")
    books.event("2", 2000, JULY)
    books.close(JULY)
    yield books


def draft(terms: Terms) -> Scenario:
    return Scenario(draft=draft_of(Contract.objects.get(), terms))


def rate(percent: str, **more: object) -> Terms:
    return Terms(date(2026, 10, 1), (Split("commission", rate=Decimal(percent)),), **more)  # type: ignore[arg-type]


def sides(found: dict, payee: str = "A01") -> tuple[list[int], list[int]]:
    """Earned, top-up, tax, recouped and net of one payee, before and after."""
    (row,) = (row for row in found["payees"] if row["code"] == payee)
    return tuple(row["columns"])


def test_nothing_changed_gives_the_closed_statements(books: Books) -> None:
    same = draft(terms_of(ContractVersion.objects.get()))
    for code in (JUNE, JULY):
        statement = books.statement(code)
        for scenario in (NOTHING, same):
            found = replay(code, scenario)
            before, after = sides(found)
            assert before == after
            assert after[0] == statement.earned_fen
            assert found["pool"][0] == found["pool"][1]
            assert found["sums"][0] == found["sums"][1]
            assert found["lost"] == {"events": 0, "pool": 0}


def test_five_points_more(books: Books) -> None:
    """June: 100.00 × 40 % = 40.00, of which 30 % pay the advance back; below 800.00 there is no tax."""
    found = replay(JUNE, FIVE_POINTS)
    assert sides(found) == ([3500, 0, 0, 1050, 2450, 0], [4000, 0, 0, 1200, 2800, 0])
    assert found["pool"] == [10000, 10000]
    assert found["payees"][0]["rates"] == [["C1", 1, "none", "", ["7/20", None, None], ["2/5", None, None]]]


def test_a_refund_of_an_earlier_month_takes_back_what_was_really_paid(books: Books) -> None:
    """July: 20.00 × 40 % = 8.00; of the 35.00 of June, 40 % come back: 14.00, not 16.00."""
    found = replay(JULY, FIVE_POINTS)
    assert sides(found)[0][0] == 700 - 1400
    assert sides(found)[1][0] == 800 - 1400


def test_only_the_anchors_named_change(books: Books) -> None:
    other = Scenario(change=RuleChange(("A99",), "commission", Fraction(1, 20), Fraction(1)))
    found = replay(JUNE, other)
    assert found["payees"] == []
    assert found["sums"][0] == found["sums"][1]


def test_nothing_is_written(books: Books) -> None:
    models = (Period, Statement, Bucket, ShareBlock, EarningEvent)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    replay(JUNE, FIVE_POINTS)
    replay(JULY, draft(rate("0.5")))
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


def test_a_draft_with_guarantee_and_an_agent_whom_the_month_did_not_know(books: Books) -> None:
    """50 % of 100.00; the agent gets 10 % of the agency's 50.00, though the draft begins long after June.

    The guarantee of 60.00 adds 10.00 to the 50.00 earned; 30 % of 50.00 pay the advance back.
    """
    agent = Payee.objects.create(code="G01", name="李强", kind="labour", legal_name="李强", id_number="1")
    override = OverrideTerms(agent, "agency_share", Decimal("0.1"), date(2026, 10, 1))
    found = replay(JUNE, draft(rate("0.5", overrides=(override,), guarantee=Guarantee(6000))))
    assert sides(found)[1] == [5000, 1000, 0, 1500, 4500, 0]
    assert sides(found, "G01") == ([0, 0, 0, 0, 0, 0], [500, 0, 0, 0, 500, 0])
    assert found["sums"][1][:2] == [5500, 1000]


def test_a_draft_agreed_after_tax(inside: World) -> None:
    """35 % of 30,000.00 = 10,500.00: before tax 10,500 × 80 % × 20 % = 1,680.00 go off; after tax 10,500 ÷ 0.84 =
    12,500.00, of which the agency bears 2,000.00. The advance takes 30 % of 100.00 at most, its whole, either way."""
    books = Books(inside)
    books.roster()
    books.event("1", 3_000_000, JUNE)
    books.close(JUNE)
    before = books.statement(JUNE)
    recouped = before.advance_recouped_fen
    assert (before.earned_fen, before.tax_fen) == (1_050_000, 168_000)
    found = replay(JUNE, draft(rate("0.35", net_of_tax=True)))
    assert sides(found) == (
        [1_050_000, 0, 168_000, recouped, 882_000 - recouped, 0],
        [1_050_000, 0, 200_000, recouped, 1_050_000 - recouped, 200_000],
    )
    assert found["sums"][1][5] == 200_000


def test_an_override_that_ended_earlier_is_not_paid(books: Books) -> None:
    """The order was paid on 2 June."""
    agent = Payee.objects.create(code="G01", name="李强", kind="labour", legal_name="李强", id_number="1")
    ended = OverrideTerms(agent, "pool", Decimal("0.1"), date(2026, 1, 1), date(2026, 6, 2))
    found = replay(JUNE, draft(rate("0.35", overrides=(ended,))))
    assert found["sums"][0] == found["sums"][1]


def test_tiers_say_which_step_is_reached(books: Books) -> None:
    """Net GMV of June is 1,000.00: the second of three steps."""
    steps = (Step(50000, Decimal("0.3")), Step(100000, Decimal("0.4")), Step(None, Decimal("0.5")))
    terms = Terms(date(2026, 10, 1), (Split("commission", tiers=Tiers("net_gmv", "slab", steps)),))
    found = replay(JUNE, draft(terms))
    assert sides(found)[1][0] == 4000
    assert found["payees"][0]["rates"][0][5] == ["2/5", 2, 3]


def test_other_scopes_look_at_the_product(inside: World) -> None:
    """The draft pays 60 % of S1, 10 % of everything else; a product linked to no SKU is nobody's then."""
    books = Books(inside)
    books.roster()
    products = {}
    for order, pool in (("1", 10000), ("2", 2000), ("3", 500)):
        books.event(order, pool, JUNE)
        products[order] = f"38{order}"
        OrderLine.objects.filter(order_key=order).update(product_id=products[order])
    skus = [Sku.objects.create(code=code, name=code) for code in ("S1", "S2")]
    for order, sku in zip("12", skus, strict=True):
        PlatformProduct.objects.create(sku=sku, platform="douyin", product_id=products[order])
    books.close(JUNE)
    terms = Terms(
        date(2026, 10, 1),
        (Split("commission", "sku", skus[0], rate=Decimal("0.6")), Split("commission", rate=Decimal("0.1"))),
    )
    found = replay(JUNE, draft(terms))
    assert found["lost"] == {"events": 1, "pool": 500}
    assert found["pool"] == [12500, 12000]
    assert sides(found)[1][0] == 6000 + 200


def test_a_platform_without_a_rule_is_nobodys(books: Books) -> None:
    platform = Terms(
        date(2026, 10, 1),
        (
            Split("commission", "platform", "douyin", rate=Decimal("0.6")),
            Split("commission", rate=Decimal("0.1")),
        ),
    )
    found = replay(JUNE, draft(platform))
    assert sides(found)[1][0] == 6000
    assert found["payees"][0]["rates"] == [
        ["C1", 1, "none", "", ["7/20", None, None], None],
        ["C1", 1, "platform", "douyin", None, ["3/5", None, None]],
    ]
    other = Terms(date(2026, 10, 1), (Split("commission", "platform", "kuaishou", rate=Decimal("0.6")),))
    july = replay(JULY, draft(other))
    assert july["lost"] == {"events": 1, "pool": 2000}  # the clawback follows June, whatever the rules say
    assert sides(july)[1][0] == -1400
    assert july["pool"] == [-2000, -4000]


def test_a_clawback_window_of_the_draft_counts(books: Books) -> None:
    """The order settled on 20 June and came back on 20 July, 30 days later."""
    assert sides(replay(JULY, draft(rate("0.35", clawback_window_days=29))))[1][0] == 700
    assert sides(replay(JULY, draft(rate("0.35", clawback_window_days=30))))[1][0] == -700


def test_a_rate_above_everything_is_refused(books: Books) -> None:
    much = Scenario(change=RuleChange((), "commission", Fraction(66, 100), Fraction(1)))
    with pytest.raises(RuleError) as refused:
        replay(JUNE, much)
    with translation.override("en"):
        assert str(refused.value) == "C1, version 1: a rate of 35 % would become 101 %."
    assert refused.value.field == "points"


def test_terms_without_rules_are_refused(books: Books) -> None:
    with translation.override("en"), pytest.raises(RuleError, match="without any rule"):
        draft(Terms(date(2026, 10, 1)))


@pytest.fixture
def tailed(inside: World) -> Books:
    """The contract ended on 1 June with a tail at half of 35 %: June's order of 100.00, paid on the 2nd, gave 17.50."""
    desk = Books(inside)
    desk.roster()
    terms = Terms(date(2026, 1, 1), (Split("commission", rate=Decimal("0.35")),), tail=Tail(30, share=Decimal("0.5")))
    contract_version_save(actor=None, contract=Contract.objects.get(), terms=terms, last_closed=None)
    Contract.objects.update(ends_on=date(2026, 6, 1))
    desk.event("1", 10000, JUNE)
    desk.close(JUNE)
    assert desk.statement(JUNE).earned_fen == 1750
    return desk


def test_a_change_of_rules_leaves_tails_alone(tailed: Books) -> None:
    for scenario in (NOTHING, FIVE_POINTS):
        found = replay(JUNE, scenario)
        assert found["sums"][0] == found["sums"][1]


def test_a_draft_puts_its_tail_in_place_of_tails(tailed: Books) -> None:
    """25 % of 40 %, a rate of its own, and none: then the order is nobody's."""
    found = replay(JUNE, draft(rate("0.4", tail=Tail(5, share=Decimal("0.25")))))
    assert sides(found)[1][0] == 1000
    found = replay(JUNE, draft(rate("0.4", tail=Tail(5, rate=Decimal("0.2")), guarantee=Guarantee(9000))))
    assert sides(found)[1][0] == 2000
    found = replay(JUNE, draft(rate("0.4")))
    assert (sides(found)[1][0], found["lost"]) == (0, {"events": 1, "pool": 10000})
