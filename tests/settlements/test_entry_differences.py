"""What an import changes in other income: told before it is taken in, and kept with it (docs/money.md §2.1)."""

import io
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.utils import translation

from mcn.anchors.models import Anchor, PlatformAccount
from mcn.anchors.services import anchor_save, payee_save
from mcn.sales.models import Entry, ImportDifference
from mcn.sales.services import differences
from tests.agencies import World
from tests.console.sold import make_anchor
from tests.sales.platform_files import as_csv, rows_of, with_cell
from tests.settlements.desk import Desk
from tests.settlements.test_preview import close, difference, drop, look, take_in, told

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = "7000000000000000001"
LATER = "2026-07-10 00:00"


@pytest.fixture(autouse=True)
def anchors(desk: Desk) -> dict[str, int]:
    """A01, who holds the slot fees' account, and A02: code → id."""
    with desk.reading():
        return make_anchors()


def make_anchors() -> dict[str, int]:
    found = {}
    for code, name in (("A01", "小鹿"), ("A02", "小熊")):
        payee, _outcome = payee_save(actor=None, code=code, name=name, kind="labour", legal_name=name)
        anchor, _outcome = anchor_save(actor=None, code=code, stage_name=name, payee=payee)
        found[code] = anchor.pk
    PlatformAccount.objects.create(
        anchor=Anchor.objects.get(code="A01"), platform="douyin", account_id=ACCOUNT, starts_on=date(2026, 1, 1)
    )
    return found


def row(income: str, anchor: int, new: int, changed: int, amount: int, settles: str = "2026-06") -> dict[str, Any]:
    """A row of June's entries."""
    return {
        "settle_period": settles,
        "original_period": "2026-06",
        "income": income,
        "anchor": anchor,
        "new_entries": new,
        "changed_entries": changed,
        "amount_fen": amount,
    }


def affected(one: ImportDifference) -> list[tuple[Any, ...]]:
    return [(row["anchor"], row["pool_fen"], row["entries"], row["entries_fen"]) for row in one.anchors]


def changed_list() -> list[list[Any]]:
    """The agency's own list with a tip of 2,000.00 corrected to 1,750.00 and a penalty of 200.00 to 80.00."""
    rows: list[list[Any]] = rows_of("other_income")
    for number, line in enumerate(rows, start=1):
        if "T-2026-06-01" in line:
            rows = with_cell(rows, number, "金额", "1750.00")
        if "P-2026-06-01" in line:
            rows = with_cell(rows, number, "金额", "80.00")
    return rows


def test_the_agencys_own_list_tells_each_kind_of_income_by_anchor(desk: Desk, anchors: dict[str, int]) -> None:
    looked = look(desk, rows_of("other_income"))
    found = difference(desk)
    a01, a02 = anchors["A01"], anchors["A02"]
    assert found.entries == [
        row("tips", a01, 1, 0, 200000),
        row("ads", a02, 1, 0, 150000),
        row("bonus", a01, 1, 0, 50000),
        row("penalty", a02, 1, 0, 20000),
        row("commission_cost", a01, 1, 0, -30000),
    ]
    # The penalty is taken off: 2,000 + 500 − 300 of one, 1,500 − 200 of the other.
    assert affected(found) == [(a01, 0, 3, 220000), (a02, 0, 2, 130000)]
    assert (found.entries_fen, found.settled_pool_fen, found.accounts, found.events) == (350000, 0, [], [])
    assert (found.format, looked.counts["entries"]) == ("other_income", 5)
    with desk.reading():
        assert not Entry.objects.exists()


def test_a_look_tells_what_the_import_then_changes(desk: Desk, anchors: dict[str, int]) -> None:
    looked = look(desk, rows_of("douyin_slot_fees"), account_id=ACCOUNT)
    expected = told(difference(desk))
    assert expected["entries"] == [row("slot_fee", anchors["A01"], 2, 0, 1100000)]
    assert take_in(desk, looked).state == "done"
    assert told(difference(desk)) == expected
    with desk.reading():
        assert sum(Entry.objects.values_list("amount_fen", flat=True)) == 1100000


def test_the_same_file_again_tells_nothing(desk: Desk) -> None:
    for rows, options in ((rows_of("other_income"), {}), (rows_of("douyin_slot_fees"), {"account_id": ACCOUNT})):
        desk.bring(rows, **options)
        look(desk, rows, exported_at=LATER, **options)
        found = difference(desk)
        assert (found.entries, found.anchors, found.entries_fen) == ([], [], 0)


def test_a_later_change_is_a_further_entry_and_corrects_a_closed_month(desk: Desk, anchors: dict[str, int]) -> None:
    desk.bring(rows_of("other_income"))
    close(desk, "2026-06")
    looked = look(desk, changed_list(), exported_at=LATER)
    found = difference(desk)
    a01, a02 = anchors["A01"], anchors["A02"]
    assert found.entries == [
        row("tips", a01, 0, 1, -25000, "2026-07"),
        row("penalty", a02, 0, 1, -12000, "2026-07"),
    ]
    assert found.entry_corrections() == [
        {"closed": "2026-06", "settled": "2026-07", "income": "tips", "count": 1, "amount_fen": -25000},
        {"closed": "2026-06", "settled": "2026-07", "income": "penalty", "count": 1, "amount_fen": -12000},
    ]
    # Less penalty is more for the anchor.
    assert affected(found) == [(a01, 0, 1, -25000), (a02, 0, 1, 12000)]
    assert found.entries_fen == -13000
    expected = told(found)
    take_in(desk, looked)
    assert told(difference(desk)) == expected


def test_what_was_nothing_so_far_is_new_and_no_change(desk: Desk, anchors: dict[str, int]) -> None:
    open_order = with_cell(rows_of("douyin_slot_fees")[:2], 2, "status", "40")
    assert desk.bring(open_order, account_id=ACCOUNT)["entries"] == 0
    look(desk, rows_of("douyin_slot_fees")[:2], account_id=ACCOUNT, exported_at=LATER)
    assert difference(desk).entries == [row("slot_fee", anchors["A01"], 1, 0, 800000)]


def test_beyond_the_bound_anchors_are_one_row_of_each_income_and_month(
    desk: Desk, anchors: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(differences, "MOST_ROWS", 1)
    rows = rows_of("other_income")
    more = [["T-2026-06-03", *rows[1][1:]], ["T-2026-06-04", *rows[1][1:]]]
    more = [[{"A01": "A02"}.get(cell, cell) for cell in line] for line in more]
    look(desk, [*rows, *more])
    found = difference(desk)
    largest = row("tips", anchors["A02"], 2, 0, 400000)

    def others(income: str, amount: int) -> dict[str, Any]:
        summed = row(income, 0, 1, 0, amount) | {"others": 1}
        del summed["anchor"]
        return summed

    assert found.entries == [
        largest,
        others("tips", 200000),
        others("ads", 150000),
        others("bonus", 50000),
        others("penalty", 20000),
        others("commission_cost", -30000),
    ]
    assert found.entries_fen == 750000
    first, rest = found.anchors
    assert (first["anchor"], first["entries"], first["entries_fen"]) == (anchors["A02"], 4, 530000)
    assert (rest["others"], rest["entries"], rest["entries_fen"]) == (1, 3, 220000)


def test_an_anchor_with_orders_and_entries_is_one_row(desk: Desk, anchors: dict[str, int]) -> None:
    with desk.reading():
        PlatformAccount.objects.create(
            anchor_id=anchors["A01"], platform="douyin", account_id="10000000001", starts_on=date(2026, 1, 1)
        )
    archive = zipped(**{"a.csv": rows_of("douyin_alliance"), "b.csv": rows_of("other_income")})
    look(desk, archive, name="june.zip")
    assert affected(difference(desk))[:2] == [(anchors["A01"], 3182, 3, 220000), (anchors["A02"], 0, 2, 130000)]


def zipped(**tables: list[list[Any]]) -> bytes:
    made = io.BytesIO()
    with ZipFile(made, "w") as archive:
        for name, rows in tables.items():
            archive.writestr(name, as_csv(rows))
    return made.getvalue()


def test_the_command_prints_entries_and_their_corrections(desk: Desk, tmp_path: Path, settings: Any) -> None:
    settings.CELERY_BROKER_URL = ""
    desk.bring(rows_of("other_income"))
    close(desk, "2026-06")
    path, out = tmp_path / "changed.csv", io.StringIO()
    path.write_text(as_csv(changed_list()))
    with translation.override("en"):
        call_command("import_sales", "--agency", "xinghe", "--preview", str(path), stdout=out)
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    at = lines.index("Other income and costs")
    assert lines[at + 1 :] == [
        "Income Settled in Anchor Created Changed Amount",
        "Tips Jul 2026 A01 小鹿 0 1 −250.00",
        "Penalty Jul 2026 A02 小熊 0 1 −120.00",
        "Corrections of closed months: other income",
        "Closed month Settled in Income Number Amount",
        "Jun 2026 Jul 2026 Tips 1 −250.00",
        "Jun 2026 Jul 2026 Penalty 1 −120.00",
        "Who is affected",
        "Anchor Created Changed Settled pool Entries Other income, penalties taken off",
        "A01 小鹿 0 0 0.00 1 −250.00",
        "A02 小熊 0 0 0.00 1 120.00",
        "Nothing was taken in.",
    ]


def test_another_agency_sees_nothing_of_it(desk: Desk, beichen: World) -> None:
    look(desk, rows_of("other_income"))
    other = Desk(beichen)
    with other.reading():
        assert not ImportDifference.objects.exists()
        make_anchor(holds_account=False, rate=None)
    bonus = [line for line in rows_of("other_income") if line[0] in ("编号", "B-2026-06-01")]
    other.bring(bonus)
    assert [line["amount_fen"] for line in difference(other).entries] == [50000]
    assert difference(desk).entries_fen == 350000


def test_a_dropped_look_keeps_what_it_told(desk: Desk) -> None:
    looked = look(desk, rows_of("other_income"))
    drop(desk, looked)
    assert difference(desk).entries_fen == 350000
    with desk.reading():
        assert not Entry.objects.exists()
