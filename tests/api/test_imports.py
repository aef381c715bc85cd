"""Imports with their money difference, to the fen; and the index of the lists."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from mcn.accounts.models import Membership, User
from mcn.anchors.services import anchor_save, payee_save
from mcn.sales.models import ImportDifference, SalesImport
from mcn.settlements.models import Period
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.api.conftest import Api
from tests.sales.platform_files import rows_of, with_cell
from tests.settlements.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)
Reader = Callable[..., Api]


@pytest.fixture
def desk(xinghe: World, settings: Any, tmp_path: Path) -> Desk:
    settings.MEDIA_ROOT = tmp_path / "files"
    made = Desk(xinghe)
    with made.reading():
        for code in ("A01", "A02"):
            payee, _outcome = payee_save(actor=None, code=code, name=code, kind="labour", legal_name=code)
            anchor_save(actor=None, code=code, stage_name=code, payee=payee)
    return made


def test_an_import_says_who_brought_what_and_when(desk: Desk, api_as: Reader, xinghe: World) -> None:
    desk.bring(rows_of("douyin_alliance"), exported_at="2026-06-01 00:00")
    api = api_as(xinghe.finance)
    (listed,) = api.rows("imports/")
    counts, created_at = listed.pop("counts"), listed.pop("created_at")
    (row,) = desk.imports()
    assert listed == {
        "id": row.pk,
        "file_name": "orders.csv",
        "sha256": row.sha256,
        "size": row.size,
        "format": "douyin_alliance",
        "account_id": "",
        "exported_at": "2026-05-31T16:00:00Z",
        "state": "done",
        "months": ["2026-05"],
        "created_by": xinghe.finance.name,
        "recorded_at": f"{row.recorded_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "job": row.job_id,
    }
    assert created_at.endswith("Z") and (counts["created"], counts["events"], counts["rejected"]) == (5, 1, 0)


def test_a_single_one_has_its_difference(desk: Desk, api_as: Reader, xinghe: World) -> None:
    desk.bring(rows_of("douyin_alliance"))
    (row,) = desk.imports()
    told = api_as(xinghe.finance).get(f"imports/{row.pk}/")["difference"]
    assert (told["estimated_gross_fen"], told["settled_base_fen"], told["settled_pool_fen"]) == (13448, 15153, 3182)
    assert (told["entries_fen"], told["payment_months"], told["entries"]) == (0, ["2026-05"], [])
    assert told["events"] == [
        {
            "settle_period": "2026-05",
            "original_period": "2026-05",
            "kind": "settled",
            "count": 1,
            "base_fen": 15153,
            "pool_fen": 3182,
        }
    ]
    assert told["accounts"][0] == {
        "platform": "douyin",
        "account": "10000000001",
        "dated": True,
        "new_lines": 2,
        "changed_lines": 0,
        "estimated_gross_fen": 6929,
        "settled_base_fen": 15153,
        "settled_pool_fen": 3182,
        "estimated_gross_before_fen": 0,
        "settled_base_before_fen": 0,
        "settled_pool_before_fen": 0,
        "others": None,
    }
    assert told["anchors"][0] == {
        "anchor": None,
        "reason": "unknown_account",
        "platform": "douyin",
        "account": "10000000001",
        "new_lines": 2,
        "changed_lines": 0,
        "pool_fen": 3182,
        "entries": 0,
        "entries_fen": 0,
        "others": None,
    }


def test_entries_are_told_by_income_and_the_anchors_code(desk: Desk, api_as: Reader, xinghe: World) -> None:
    desk.bring(rows_of("other_income"))
    with desk.reading():
        Period.objects.update_or_create(code="2026-06", defaults={"state": Period.State.CLOSED})
    less = with_cell(rows_of("other_income"), 2, "金额", "1.00")
    job = desk.job(less, preview=True, exported_at="2026-07-10 00:00")
    assert job.state == "done", job.error_text()
    api = api_as(xinghe.finance)
    (looked,) = api.rows("imports/", state="previewed")
    assert (looked["format"], looked["months"], looked["recorded_at"]) == ("other_income", ["2026-07"], None)
    told = api.get(f"imports/{looked['id']}/")["difference"]
    (entry,), (anchor,) = told["entries"], told["anchors"]
    change = entry["amount_fen"]
    assert entry == {
        "settle_period": "2026-07",
        "original_period": "2026-06",
        "income": "tips",
        "anchor": "A01",
        "new_entries": 0,
        "changed_entries": 1,
        "amount_fen": 100 - 200000,
        "others": None,
    }
    assert (anchor["anchor"], anchor["entries"], anchor["entries_fen"], told["entries_fen"]) == (
        "A01",
        1,
        change,
        change,
    )


def test_rows_of_others_and_of_earlier_versions_are_whole(desk: Desk, api_as: Reader, xinghe: World) -> None:
    desk.bring(rows_of("douyin_alliance"))
    with desk.reading():
        one = ImportDifference.objects.get()
        one.anchors = [{"new_lines": 1, "changed_lines": 0, "pool_fen": 5, "others": 2}]
        one.save()
        waiting = SalesImport.objects.get()
        waiting.pk, waiting.state, waiting.counts, waiting.format = None, "failed", {}, ""
        waiting.save()
    api = api_as(xinghe.finance)
    failed, done = api.rows("imports/")
    (others,) = api.get(f"imports/{done['id']}/")["difference"]["anchors"]
    assert others == {
        "anchor": None,
        "reason": None,
        "platform": None,
        "account": None,
        "new_lines": 1,
        "changed_lines": 0,
        "pool_fen": 5,
        "entries": None,
        "entries_fen": None,
        "others": 2,
    }
    assert (failed["state"], failed["months"], api.get(f"imports/{failed['id']}/")["difference"]) == (
        "failed",
        [],
        None,
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"format": "other_income"}, ["income.csv"]),
        ({"format": "douyin_alliance"}, ["orders.csv"]),
        ({"file_name": "orders.csv"}, ["orders.csv"]),
        ({"account_id": "4"}, []),
        ({"period": "2026-05"}, ["orders.csv"]),
        ({"period": "2026-06", "state": "previewed"}, ["income.csv"]),
        ({"created_until": "2026-01-01T00:00:00Z"}, []),
        ({"created_from": "2026-01-01T00:00:00Z"}, ["income.csv", "orders.csv"]),
    ],
)
def test_imports_are_narrowed(
    desk: Desk, api_as: Reader, xinghe: World, asked: dict[str, str], found: list[str]
) -> None:
    desk.bring(rows_of("douyin_alliance"))
    desk.job(rows_of("other_income"), preview=True, name="income.csv")
    api = api_as(xinghe.finance)
    assert [row["file_name"] for row in api.rows("imports/", **asked)] == found
    assert api.get("imports/", 400, period="June")["fields"]


def test_imports_page_by_key(desk: Desk, api_as: Reader, xinghe: World) -> None:
    for code in ("douyin_alliance", "other_income", "taobao_union"):
        desk.bring(rows_of(code), name=code)
    api = api_as(xinghe.finance)
    first = api.get("imports/", page_size=2)
    second = api.get(first["next"])
    assert [row["file_name"] for page in (first, second) for row in page["results"]] == [
        "taobao_union",
        "other_income",
        "douyin_alliance",
    ]
    assert second["next"] is None


def test_another_agency_and_who_may_not_see_sales_read_no_import(
    desk: Desk, api_as: Reader, xinghe: World, beichen: World
) -> None:
    desk.bring(rows_of("other_income"))
    address = f"imports/{desk.imports()[0].pk}/"
    assert api_as(beichen.owner, "beichen").get(address, 404)["code"] == "not_found"
    assert api_as(beichen.owner, "beichen").rows("imports/") == []
    with agency_scope(xinghe.id), transaction.atomic():
        Membership.objects.filter(user=xinghe.finance).update(roles=["trainer"])
    assert api_as(xinghe.finance).get(address, 403)["code"] == "permission_denied"


def test_the_index_names_the_lists_that_one_may_read(api_as: Reader, xinghe: World) -> None:
    base = "http://testserver/a/xinghe/api/v1/"
    names = ["anchors", "contracts", "imports", "order-lines", "earning-events", "unmatched"]
    names += ["periods", "statements", "jobs"]
    found = api_as(xinghe.owner).get("")
    assert found == {
        "lists": {name: f"{base}{name}/" for name in names},
        "schema": f"{base}schema/",
        "docs": f"{base}docs/",
    }
    for address in found["lists"].values():
        assert "results" in api_as(xinghe.owner).get(address)
    with agency_scope(xinghe.id), transaction.atomic():
        Membership.objects.filter(user=xinghe.approver).update(roles=["trainer"])
    trainers = api_as(xinghe.approver).get("")["lists"]
    assert set(trainers) < set(names) and "imports" not in trainers and "anchors" in trainers
    for address in trainers.values():
        api_as(xinghe.approver).get(address)


def test_the_index_is_for_staff(api_as: Reader, xinghe: World, beichen: World, stranger: User) -> None:
    assert api_as(None).get("", 401)["code"] == "not_authenticated"
    for user in (stranger, beichen.owner, xinghe.anchor):
        assert api_as(user).client.get("/a/xinghe/api/v1/").status_code == 404
