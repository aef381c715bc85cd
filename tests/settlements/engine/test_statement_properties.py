"""What must hold for the statements of every agency and every month."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from mcn.commissions.engine.codec import from_json, to_json
from mcn.settlements.engine.inputs import SettlementInputs
from mcn.settlements.engine.statement import Statement, settle
from tests.worlds import World, run_world, worlds

MANY = settings(max_examples=80, deadline=None)


def before_payment(statement: Statement) -> int:
    """Lines 4 to 8 with the tax borne by the agency: what there is to divide between payee, tax office, advances and
    the next month."""
    return (
        statement.earned
        + statement.guarantee_top_up
        + statement.penalties
        + statement.paid_by_platform
        + statement.brought_forward
        + statement.tax_borne
        + statement.instalments
    )


@given(worlds())
@MANY
def test_every_fen_goes_somewhere(world: World):
    for month in run_world(world):
        for found in month.statements:
            assert found.net_pay + found.tax + found.advance_recouped + found.carried_forward == before_payment(found)
            assert found.earned == sum(line.share for line in month.result.lines if line.payee == found.payee)
            before_tax = sum(r.amount for r in found.recouped if r.before_tax)
            assert found.taxable == max(0, before_payment(found)) - before_tax
            assert found.net_pay == found.taxable - found.tax - (found.advance_recouped - before_tax)


@given(worlds())
@MANY
def test_signs(world: World):
    for month in run_world(world):
        for found in month.statements:
            assert min(found.taxable, found.tax, found.net_pay, found.advance_recouped, found.guarantee_top_up) >= 0
            assert found.tax <= found.taxable
            assert max(found.carried_forward, found.brought_forward) <= 0
            assert found.carried_forward == 0 or found.net_pay == found.tax == found.advance_recouped == 0


@given(worlds())
@MANY
def test_what_is_agreed_after_tax_is_left_after_tax(world: World):
    for month in run_world(world):
        payees = {payee.payee: payee for payee in month.settlement.payees}
        for found in month.statements:
            if not payees[found.payee].net_of_tax:
                assert found.tax_borne == 0
                continue
            assert found.tax_borne == found.tax
            before_tax = sum(r.amount for r in found.recouped if r.before_tax)
            agreed = max(0, before_payment(found) - found.tax_borne) - before_tax
            assert found.taxable - found.tax == agreed


@given(worlds())
@MANY
def test_debts_and_advances_run_through_the_months(world: World):
    balance: dict[str, int] = {}
    terms = {advance.code: advance for advances in world.advances.values() for advance in advances}
    left = {code: advance.outstanding for code, advance in terms.items()}
    for month in run_world(world):
        for found in month.statements:
            assert found.brought_forward == balance.get(found.payee, 0)
            balance[found.payee] = found.carried_forward
            for recouped in found.recouped:
                left[recouped.code] -= recouped.amount
                advance = terms[recouped.code]
                assert advance.instalment is None or recouped.amount <= advance.instalment
                assert advance.recoup_from is None or advance.recoup_from <= found.period
    assert all(amount >= 0 for amount in left.values())


@given(worlds())
@MANY
def test_a_debt_is_taken_within_its_terms_and_never_below_zero(world: World):
    terms = {plan.code: plan for plans in world.instalments.values() for plan in plans}
    left = {code: plan.left for code, plan in terms.items()}
    for month in run_world(world):
        for found in month.statements:
            assert found.instalments == -sum(part.amount for part in found.taken) <= 0
            assert found.instalments == 0 or (found.carried_forward == 0 and before_payment(found) >= 0)
            for part in found.taken:
                plan = terms[part.code]
                left[part.code] -= part.amount
                assert 0 < part.amount <= min(plan.instalment, plan.most_rate * max(found.earned, 0) + 1)
                assert plan.first_month <= found.period
    assert all(amount >= 0 for amount in left.values())


@given(worlds())
@MANY
def test_a_met_guarantee_is_reached(world: World):
    for month in run_world(world):
        payees = {payee.payee: payee for payee in month.settlement.payees}
        for found in month.statements:
            guarantee = payees[found.payee].guarantee
            if guarantee is None or found.guaranteed == 0:
                assert found.guarantee_top_up == 0
            elif guarantee.tested == "before_recoup":
                assert found.earned + found.guarantee_top_up == max(found.earned, found.guaranteed)
            else:
                assert found.earned + found.guarantee_top_up >= found.guaranteed


@given(worlds(), st.randoms(use_true_random=False))
@MANY
def test_the_order_of_the_inputs_means_nothing_and_json_is_exact(world: World, rng: random.Random):
    for month in run_world(world):
        inputs = month.settlement
        shuffled = replace(
            inputs,
            payees=tuple(
                replace(
                    payee,
                    advances=tuple(rng.sample(payee.advances, len(payee.advances))),
                    instalments=tuple(rng.sample(payee.instalments, len(payee.instalments))),
                )
                for payee in rng.sample(inputs.payees, len(inputs.payees))
            ),
            tax_history=tuple(rng.sample(inputs.tax_history, len(inputs.tax_history))),
            tax_tables=tuple(rng.sample(inputs.tax_tables, len(inputs.tax_tables))),
        )
        again = from_json(SettlementInputs, to_json(shuffled))
        assert again == shuffled
        assert settle(again) == month.statements
