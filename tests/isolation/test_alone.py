"""What one agency does leaves the other as it was, and comes to the same as if it were alone."""

import pytest
from django.core.management import call_command
from django.db import transaction

from mcn.accounts.permissions import Role
from mcn.core.money import yuan
from mcn.jobs import services as jobs
from mcn.settlements.exports.jobs import start
from mcn.settlements.models import Period, Statement
from mcn.settlements.services import calculate
from mcn.tenancy import files
from mcn.tenancy.scope import agency_scope
from tests.isolation.twins import PERIOD, Twin, bring, contents, douyin_rows, inside
from tests.sales.platform_files import as_csv


def figures(twin: Twin) -> list[tuple[object, ...]]:
    """Every figure of the agency's statements, and the month's totals."""
    with inside(twin):
        names = [f.attname for f in Statement._meta.concrete_fields if f.attname.endswith("_fen") or f.name == "code"]
        return [*Statement.objects.order_by("code").values_list(*names), Period.objects.get(code=PERIOD).totals]


def stored(twin: Twin) -> dict[str, bytes]:
    with inside(twin):
        root = files.folder()
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def close(twin: Twin, month: str) -> None:
    """Calculate and close by command, with whatever belongs to nobody accepted."""
    with agency_scope(twin.agency.pk):
        totals = calculate(actor=twin.user(Role.FINANCE), period=month)
    call_command(
        "close_period",
        agency=twin.slug,
        period=month,
        submitted_by=twin.user(Role.FINANCE).email,
        approved_by=twin.user().email,
        accept_unmatched=yuan(totals["unmatched_fen"]),
    )


def test_equal_agencies_come_to_equal_figures(twins: tuple[Twin, Twin]) -> None:
    assert figures(twins[0]) == figures(twins[1])
    assert figures(twins[0])[0]


def test_a_whole_month_of_one_leaves_every_byte_of_the_other(twins: tuple[Twin, Twin]) -> None:
    own, other = twins
    before, on_disk, theirs = contents(other), stored(other), figures(other)
    with agency_scope(own.agency.pk):
        rows = douyin_rows(own.mark, settled="99.00")
        bring(own, as_csv(rows).encode(), "again.csv", exported_at="2026-07-28 00:00")
        calculate(actor=own.user(Role.FINANCE), period=PERIOD)
    assert figures(own) != theirs
    with inside(own):
        months = list(Period.objects.filter(code__lte=PERIOD).order_by("code").values_list("code", flat=True))
    for month in months:
        close(own, month)
    with agency_scope(own.agency.pk):
        with transaction.atomic():
            job = start(actor=own.user(), period=PERIOD, what=["statements", "lines"], formats=["csv", "xlsx"])
        assert jobs.run(job.pk).state == "done"
    with inside(own):
        assert Period.objects.get(code=PERIOD).state == "closed"
    assert contents(other) == before
    assert stored(other) == on_disk


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_calculating_in_turns_changes_no_figure(twins: tuple[Twin, Twin], order: tuple[int, int]) -> None:
    before = [figures(twin) for twin in twins]
    for number in order:
        with agency_scope(twins[number].agency.pk):
            calculate(actor=None, period=PERIOD)
    assert [figures(twin) for twin in twins] == before
