"""What is written comes to the sums that the statements are made of, or nothing is written."""

from fractions import Fraction

import polars as pl
import pytest
from django.db import IntegrityError, transaction

from mcn.commissions.calculation import packing, shares, writing
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


def test_shares_that_do_not_come_to_the_sum_of_their_bucket_are_not_written(
    xinghe: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        desk.event("1", 10000, JUNE)
    packed = packing._packed
    for wrong in (pl.lit("{3501}"), pl.lit("{3500,0}"), pl.lit("{NULL}")):
        monkeypatch.setattr(packing, "_packed", lambda rows, wrong=wrong: packed(rows).with_columns(shares=wrong))
        with agency_scope(xinghe.id), pytest.raises((writing.SumsDiffer, IntegrityError)), transaction.atomic():
            desk.calculate(JUNE)
        assert _kept(xinghe) == ([], [])


def test_events_of_one_moment_are_shared_in_the_order_of_their_keys(xinghe: World) -> None:
    """By code point, whatever is in the keys: separators of the database's texts as well."""
    keys = [
        "10",
        "9",
        "B",
        "a",
        "a\x1fb",
        "a\nb",
        "a\tb",
        "a,b",
        '(a"b)',
        "a\\b",
        "é",
        "订单",
        "\uffff",
        "\U0001f600",
        " ",
    ]
    desk = Books(xinghe)
    with agency_scope(xinghe.id), transaction.atomic():
        desk.roster()
        for key in keys:
            desk.event(key, 101, JUNE)
        desk.calculate(JUNE)
        rows = list(
            ShareLine.objects.filter(bucket__anchor__code="A01", event__isnull=False)
            .order_by("pk")
            .values_list("event__line__order_key", "share_fen")
        )
    rounded = [R(Fraction(101 * number * 35, 100)) for number in range(len(keys) + 1)]
    assert rows == [
        (key, after - before) for key, before, after in zip(sorted(keys), rounded, rounded[1:], strict=False)
    ]


def _kept(people: World) -> tuple[list[tuple[int, int]], list[tuple[str, int]]]:
    with agency_scope(people.id), transaction.atomic():
        return (
            list(ShareLine.objects.order_by("pk").values_list("pk", "share_fen")),
            list(Statement.objects.order_by("code").values_list("code", "earned_fen")),
        )
