"""After a month is closed: what it settled with stays, and what comes later goes to the first open month."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mcn.anchors.models import Anchor, ContractVersion
from mcn.commissions.models import Bucket
from mcn.sales.models import Entry
from mcn.settlements.models import Period
from mcn.tenancy.scope import agency_scope

from .errors import VERSION, problems
from .files import FULL, agency, full, load_data, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(tmp_path: Path) -> Callable[..., None]:
    """Loads the full file and closes its month, settled with its terms or without any line."""

    def close(*, settled: bool) -> None:
        load_data(tmp_path, FULL)
        with agency_scope(agency().pk):
            if settled:
                anchor = Anchor.objects.get(code="A01")
                Bucket.objects.create(
                    period="2026-07",
                    kind=Bucket.Kind.SHARE,
                    column="commission_share",
                    payee=anchor.payee,
                    anchor=anchor,
                    version=ContractVersion.objects.get(),
                )
            Period.objects.update_or_create(code="2026-07", defaults={"state": Period.State.CLOSED})

    return close


def test_a_second_load_still_changes_nothing(closed: Callable[..., None], tmp_path: Path) -> None:
    closed(settled=True)
    assert load_data(tmp_path, FULL).total("unchanged") == 19


def test_terms_that_settled_a_month_are_not_superseded(closed: Callable[..., None], tmp_path: Path) -> None:
    closed(settled=True)
    found = problems(tmp_path, put(full(), f"{VERSION}.splits[0].rate", "0.36"))
    assert found == {
        f"{VERSION}.from": "2026-07 was closed with the terms from 2026-01-01: add a version with a later date instead."
    }


def test_a_version_with_a_later_date_is_added(closed: Callable[..., None], tmp_path: Path) -> None:
    closed(settled=True)
    later = {"from": "2026-08-01", "splits": [{"income": "commission", "rate": "0.4"}]}
    report = load_data(tmp_path, put(full(), "anchors[0].contracts[0].versions[1]", later))
    assert report.sections["versions"] == {"unchanged": 1, "created": 1}


def test_terms_that_settled_nothing_may_be_superseded(closed: Callable[..., None], tmp_path: Path) -> None:
    closed(settled=False)
    report = load_data(tmp_path, put(full(), f"{VERSION}.splits[0].rate", "0.36"))
    assert report.sections["versions"] == {"changed": 1}


def test_an_entry_of_a_closed_month_is_settled_in_the_next(closed: Callable[..., None], tmp_path: Path) -> None:
    closed(settled=False)
    late = {"code": "E03", "anchor": "A01", "income": "bonus", "date": "2026-06-30", "amount": "5.00"}
    load_data(tmp_path, put(full(), "entries[2]", late))
    with agency_scope(agency().pk):
        assert Entry.objects.get(code="E03").settle_period == "2026-08"
        assert Period.objects.get(code="2026-08").state == Period.State.OPEN
    assert load_data(tmp_path, put(full(), "entries[2]", late)).sections["entries"] == {"unchanged": 3}


@pytest.mark.parametrize(
    ("path", "value", "place", "reason"),
    [
        ("entries[0].amount", "9000.00", "entries[0].code", "was settled in 2026-07, which is closed"),
        ("attendance[0].valid_days", "27", "attendance[0].period", "2026-07 is closed"),
        ("wage_deductions[0].rent", "1500.00", "wage_deductions[0].period", "2026-07 is closed"),
        ("agency.timezone", "Asia/Urumqi", "agency.timezone", "2026-07 is closed"),
        ("agency.day_starts_at", "04:00", "agency.day_starts_at", "2026-07 is closed"),
        ("agency.first_period", "2026-06", "agency.first_period", "2026-07 is closed"),
    ],
)
def test_what_a_closed_month_stands_on_stays(
    path: str, value: str, place: str, reason: str, closed: Callable[..., None], tmp_path: Path
) -> None:
    closed(settled=False)
    found = problems(tmp_path, put(full(), path, value))
    assert list(found) == [place]
    assert reason in found[place]
