"""What has the wrong shape is refused at its place, before anything is looked up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from mcn.settlements.agency_file import AgencyFileError, load
from mcn.settlements.agency_file.problems import SHOWN

from .errors import STEPS, VERSION, problems
from .files import FULL, full, load_data, put, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


SHAPE = [
    ("version", "2", "version", "2 is not one of: 1."),
    ("extra", "1", "extra", "is not a key of the agency file here"),
    ("agency.nmae", "x", "agency.nmae", "is not a key of the agency file here"),
    ("agency.name", None, "agency.name", "must not be empty"),
    ("agency.name", "", "agency.name", "must not be empty"),
    ("agency.minimum_payout", "ten", "agency.minimum_payout", "ten is not an amount in yuan such as 1234.56."),
    ("agency.first_period", "2026-13", "agency.first_period", "2026-13 is not a month such as 2026-07."),
    ("agency.labour_tax", "none", "agency.labour_tax", "none is not one of: per_payment, cumulative_platform."),
    ("agency.day_starts_at", "24:00", "agency.day_starts_at", "24:00 is not a time of day such as 04:00."),
    ("agency.platform_fee_rates.bili", "0.1", "agency.platform_fee_rates.bili", "is not a key of the agency file here"),
    ("staff[0].email", "nobody", "staff[0].email", "nobody is not an e-mail address."),
    ("staff[0].roles", [], "staff[0].roles", "must not be empty"),
    ("staff[0].roles[0]", "anchor", "staff[0].roles[0]", None),
    ("skus[0].stock", "-1", "skus[0].stock", "-1 is not a whole number."),
    ("brands[0].name", "清" * 121, "brands[0].name", "is longer than 120 characters"),
    ("anchors[0].payee.kind", "friend", "anchors[0].payee.kind", None),
    ("anchors[0].accounts[0].platform", "weibo", "anchors[0].accounts[0].platform", None),
    ("anchors[0].accounts[0].from", "1.1.2026", "anchors[0].accounts[0].from", None),
    ("anchors[0].contracts[0].exclusive", "yes", "anchors[0].contracts[0].exclusive", "must be true or false"),
    (f"{VERSION}.splits", "all", f"{VERSION}.splits", "must be a list"),
    (f"{VERSION}.splits[0].rate", "35%", f"{VERSION}.splits[0].rate", "35% is not a rate such as 0.35."),
    (
        f"{VERSION}.splits[1].scope.brand",
        "B01",
        f"{VERSION}.splits[1].scope",
        "names exactly one of: sku, deal, brand, category, platform.",
    ),
    (f"{VERSION}.splits[1].scope", {}, f"{VERSION}.splits[1].scope", None),
    ("sessions[0].starts_at", "19:00", "sessions[0].starts_at", "19:00 is not a time such as 2026-07-03T19:00."),
    ("entries[0].income", "gift", "entries[0].income", None),
    ("entries[0].income", "commission", "entries[0].income", None),
    ("attendance[0].valid_hours", "-1", "attendance[0].valid_hours", "-1 is not a number such as 156.0."),
    ("agents", {"code": "G01"}, "agents", "must be a list"),
]


@pytest.mark.parametrize(("path", "value", "place", "reason"), SHAPE)
def test_the_shape(path: str, value: Any, place: str, reason: str | None, tmp_path: Path) -> None:
    found = problems(tmp_path, put(full(), path, value))
    assert list(found) == [place]
    assert found[place]
    assert reason in (None, found[place])


def missing(data: dict[str, Any], path: str) -> dict[str, Any]:
    put(data, path, None)
    above, _dot, key = path.rpartition(".")
    place: Any = data
    for step in above.replace("[", ".").replace("]", "").split(".") if above else []:
        place = place[int(step) if step.isdigit() else step]
    del place[key]
    return data


@pytest.mark.parametrize(
    "path",
    [
        "version",
        "agency",
        "agency.slug",
        "staff[0].email",
        "agents[0].payee",
        "brands[0].code",
        "skus[0].name",
        "deals[0].brand",
        "anchors[0].payee.kind",
        "anchors[0].accounts[0].from",
        "anchors[0].contracts[0].number",
        f"{VERSION}.from",
        f"{VERSION}.splits[0].income",
        f"{STEPS}[0].rate",
        f"{VERSION}.overrides[0].basis",
        f"{VERSION}.guarantee.amount",
        "anchors[0].advances[0].paid_on",
        "sessions[0].ends_at",
        "sessions[0].hosts[0].weight",
        "entries[0].amount",
        "attendance[0].valid_days",
    ],
)
def test_what_is_required(path: str, tmp_path: Path) -> None:
    assert problems(tmp_path, missing(full(), path)) == {path: "is missing"}


def test_all_problems_are_told_up_to_a_bound(tmp_path: Path) -> None:
    data = full()
    data["brands"] = [{"code": f"B{number:02}", "name": "x", "colour": "red"} for number in range(SHOWN + 5)]
    with pytest.raises(AgencyFileError) as caught:
        load_data(tmp_path, data)
    lines = str(caught.value).splitlines()
    assert len(lines) == SHOWN + 1
    assert lines[0].endswith("agency.yaml: brands[0].colour: is not a key of the agency file here (line 27)")
    assert lines[-1].endswith("agency.yaml: and 5 more problems")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The file is empty."),
        ("a: [1", "The file is not YAML: what stands here cannot be read."),
        ("a: &x [*x]", "is nested too deeply"),
        ("- 1", "must hold keys and values"),
        ("version: 1\nversion: 1", "is given twice"),
        ("version: !!python/name:os.system x", "has the unknown tag tag:yaml.org,2002:python/name:os.system"),
        ("version: 1\n---\nversion: 1", "The file is not YAML: what stands here cannot be read."),
    ],
)
def test_what_is_no_agency_file(text: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(AgencyFileError) as caught:
        load_data(tmp_path, text)
    assert str(caught.value.problems[0].reason) == reason


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(FULL.encode("gb18030"))
    with pytest.raises(AgencyFileError, match=r"The file is not UTF-8 text\."):
        load(actor=None, path=path)


def test_errors_are_told_in_the_readers_language(tmp_path: Path) -> None:
    data = put(full(), "attendance[0].valid_days", "32")
    with pytest.raises(AgencyFileError) as caught:
        load_data(tmp_path, data)
    with translation.override("zh-hans"):
        assert "有效天数" in str(caught.value)
