"""Which files a layout is recognised for, and what keeps it from being used."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from mcn.sales.importers.layouts import Layout
from mcn.sales.reading import SalesFileError
from tests.sales.own_list import HEADER, LAYOUT, ROW, mapped, without
from tests.sales.platform_files import as_csv, as_xlsx, read


def written(folder: Path, rows: list[list[Any]]) -> Path:
    path = folder / "own.csv"
    path.write_text(as_csv(rows), "utf-8")
    return path


def refusal(path: Path, **options: Any) -> SalesFileError:
    with pytest.raises(SalesFileError) as caught:
        read(path, **options)
    return caught.value


def test_a_file_is_recognised_wherever_its_header_stands_and_in_any_order(tmp_path: Path) -> None:
    order = [7, 2, 0, 1, 3, 4, 6, 5]
    rows = [["七月"], [], [HEADER[place].center(8) for place in order], [ROW[place] for place in order]]
    path = as_xlsx(tmp_path / "own.xlsx", rows)
    lines, _rejected, _skipped = read(path, own=[mapped(LAYOUT, HEADER)])
    assert lines.select("order_key", "set_gross").rows() == [("A1", 1250)]


def test_other_headers_are_not_recognised_by_themselves_but_by_name(tmp_path: Path) -> None:
    path = written(tmp_path, [[*HEADER[:7], "新列"], ROW])
    own = [mapped(LAYOUT, HEADER)]
    error = refusal(path, own=own)
    assert error.code == "other_headers"
    assert error.params["columns"] == ("新列", "备注列")
    assert "自有" in str(error)
    assert read(path, own=own, format="mapped:1:1")[0].height == 1


def test_missing_columns_are_named(tmp_path: Path) -> None:
    error = refusal(written(tmp_path, [HEADER[:6], ROW[:6]]), own=[mapped(LAYOUT, HEADER)])
    assert (error.code, str(error.params["columns"])) == ("missing_columns", "佣金")


def test_several_mappings_that_fit_are_named(tmp_path: Path) -> None:
    own = [mapped(LAYOUT, HEADER), mapped(LAYOUT, HEADER, code="mapped:2:1")]
    error = refusal(written(tmp_path, [HEADER, ROW]), own=own)
    assert error.code == "several_formats"
    with translation.override("en"):
        assert str(error.params["formats"]) == "自有 (mapped:1:1), 自有 (mapped:2:1)"


@pytest.mark.parametrize(
    ("layout", "places"),
    [
        (LAYOUT, set()),
        (without(LAYOUT, "order_key", "paid_at"), {"order_key", "paid_at"}),
        (without(LAYOUT, "set_gross"), {"set_gross"}),
        (without(LAYOUT, "set_base"), {"set_base"}),
        (without(LAYOUT, "status", states={}), {"status"}),
        (without(LAYOUT, "status", "settled_at", states={}, without_status="settled_time"), {"settled_at"}),
        (without(LAYOUT, states={}), {"status"}),
        (without(LAYOUT, states={"好了": "paid"}), {"status"}),
        (without(LAYOUT, times="nonsense"), {"times"}),
        (without(LAYOUT, columns={**LAYOUT.columns, "line_key_2": "备注列"}), {"line_key"}),
        (without(LAYOUT, columns={**LAYOUT.columns, "set_fee": "备注列"}, net=True), {"set_fee"}),
        (without(LAYOUT, columns={**LAYOUT.columns, "est_gross_2": "备注列"}), {"est_gross"}),
        (
            without(LAYOUT, columns={**LAYOUT.columns, "set_gross_2": "备注列"}, units={"set_gross": "percent"}),
            {"set_gross_2"},
        ),
    ],
)
def test_problems_are_told_at_their_field(layout: Layout, places: set[str]) -> None:
    assert layout.problems().keys() == places


def test_a_layout_survives_the_database() -> None:
    assert Layout.of(LAYOUT.as_json()) == LAYOUT
