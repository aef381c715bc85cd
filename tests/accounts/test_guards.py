"""What values services refuse, and where they say that it stood."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from mcn.accounts import guards
from mcn.accounts.keeping import KEEP
from mcn.brands.models import Deal
from mcn.core.errors import RuleError

FIRST, NEXT = date(2026, 7, 1), date(2026, 7, 2)


@pytest.mark.parametrize(
    "guard",
    [
        lambda: guards.one_of(Deal.Kind, "commission", field="kind"),
        lambda: guards.one_of(Deal.Kind, KEEP, field="kind"),
        lambda: guards.platform("douyin"),
        lambda: guards.rate(Decimal(0), field="rate"),
        lambda: guards.rate(Decimal(1), field="rate"),
        lambda: guards.rate(KEEP, field="rate"),
        lambda: guards.rate(None, field="rate"),
        lambda: guards.not_negative(price=0, stock=None, cost=KEEP),
        lambda: guards.days_in_order(FIRST, FIRST),
        lambda: guards.end_after_start(FIRST, NEXT),
        lambda: guards.end_after_start(FIRST, None),
    ],
)
def test_what_is_right_or_not_given_passes(guard: Callable[[], None]) -> None:
    guard()


@pytest.mark.parametrize(
    ("guard", "field", "reason"),
    [
        (
            lambda: guards.one_of(Deal.Kind, "gift", field="kind"),
            "kind",
            "gift is not one of: commission, slot, slot_and_commission.",
        ),
        (lambda: guards.one_of(Deal.Kind, "", field="kind"), "kind", " is not one of: "),
        (lambda: guards.platform("myspace"), "platform", "There is no platform myspace."),
        (lambda: guards.platform("myspace", field="myspace"), "myspace", "There is no platform myspace."),
        (lambda: guards.rate(Decimal("-0.000001"), field="rate"), "rate", "-0.000001 is not between 0 and 1."),
        (lambda: guards.rate(Decimal("1.000001"), field="rate"), "rate", "1.000001 is not between 0 and 1."),
        (lambda: guards.not_negative(price=0, cost=-1), "cost", "must not be negative."),
        (
            lambda: guards.days_in_order(NEXT, FIRST),
            "ends_on",
            "ends on 2026-07-01, before its start on 2026-07-02.",
        ),
        (
            lambda: guards.end_after_start(FIRST, FIRST, field="until"),
            "until",
            "ends on 2026-07-01, which is not after its start on 2026-07-01.",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_field(guard: Callable[[], None], field: str, reason: str) -> None:
    with pytest.raises(RuleError) as refused:
        guard()
    assert refused.value.field == field
    with translation.override("en"):
        assert reason in str(refused.value)
