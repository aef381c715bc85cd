"""What is written comes to the sums that the statements are made of, or nothing is written."""

import pytest
from django.db import transaction

from mcn.commissions.calculation import shares, writing
from mcn.commissions.models import ShareLine
from mcn.core.money import R
from mcn.settlements.models import Statement
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.settlements.books import JUNE, Books

pytestmark = pytest.mark.django_db(transaction=True)


def test_lines_that_do_not_come_to_their_buckets_sum_are_not_written(
    xinghe: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.calculate(JUNE)
    before = _kept(xinghe)
    monkeypatch.setattr(shares, "R", lambda amount: R(amount) + 1)
    with agency_scope(xinghe.id), pytest.raises(writing.SumsDiffer), transaction.atomic():
        desk.calculate(JUNE)
    assert before[0]
    assert _kept(xinghe) == before


def _kept(people: World) -> tuple[list[tuple[int, int]], list[tuple[str, int]]]:
    with agency_scope(people.id), transaction.atomic():
        return (
            list(ShareLine.objects.order_by("pk").values_list("pk", "share_fen")),
            list(Statement.objects.order_by("code").values_list("code", "earned_fen")),
        )
