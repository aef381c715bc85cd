"""The columns of a file are named on one page, which shows what would be read; then the file comes in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.sales.models import ColumnMapping, MappingVersion, OrderLine, SalesImport, UnmappedFile
from tests.agencies import World
from tests.console.sold import plain, run_jobs
from tests.sales.platform_files import as_csv, rows_of

Clients = Callable[..., Client]
ROWS = [
    ["七月订单"],
    ["店铺订单号", "主播号", "付款日期", "结算日期", "状态", "成交金额(元)", "佣金比例", "买家手机"],
    ["D1", "acc-1", "01/07/2026 10:00", "20/07/2026", "已结清", "100.00", "12.5%", "13800000000"],
    ["D2", "acc-1", "02/07/2026 10:00", "", "待结算", "50.00", "12.5%", "13800000000"],
    ["D3", "acc-1", "32/07/2026 10:00", "", "待结算", "50.00", "12.5%", "13800000000"],
]
CHOSEN = {
    "platform": "other",
    "times": "dmy",
    "column-order_key": "店铺订单号",
    "column-account_key": "主播号",
    "column-paid_at": "付款日期",
    "column-settled_at": "结算日期",
    "column-status": "状态",
    "column-set_base": "成交金额(元)",
    "unit-set_base": "yuan",
    "column-set_gross": "佣金比例",
    "unit-set_gross": "percent",
}


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def file(rows: list[list[str]] = ROWS, name: str = "自有.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, as_csv(rows).encode())


def unrecognised(world: World, client: Client, rows: list[list[str]] = ROWS) -> str:
    """The page of a file whose import failed; the path is the one that the failed import links to."""
    answer = client.post(f"{world.console}/sales/upload/", {"upload": [file(rows)]})
    run_jobs(world)
    page = client.get(answer["Location"]).text
    with world.open():
        path = f"{world.console}/sales/mappings/files/{UnmappedFile.objects.get().pk}/"
    assert f'href="{path}"' in page
    return path


def with_words(client: Client, path: str, **words: str) -> dict[str, str]:
    """What is chosen, with the meaning of each status word."""
    fields = client.post(path, CHOSEN).context["form"].word_fields()
    return CHOSEN | {field.html_name: words[field.label] for field, _count in fields}


def test_from_a_file_that_is_not_recognised_to_its_lines(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    path = unrecognised(world, client)
    chosen = with_words(client, path, 已结清="settled", 待结算="received")

    page = client.post(path, chosen)
    trial = page.context["trial"]
    assert (trial["found"].lines, trial["found"].settled, trial["refused_rows"]) == (2, 1, 1)
    assert [(row["number"], "line" in row) for row in trial["rows"]] == [(3, True), (4, True), (5, False)]
    assert trial["rows"][2]["reason"] == "“32/07/2026 10:00” is no date and time."
    assert {str(label): fen for label, fen in trial["sums"]} == {
        "Settled base": 10000,
        "Settled commission": 1250,
    }
    assert "13800000000" not in page.text

    answer = client.post(path, chosen | {"do": "save", "name": "自有商城"})
    assert answer.status_code == 302
    assert [job.state for job in run_jobs(world)] == ["done"]
    with world.open():
        version = MappingVersion.objects.get()
        line = OrderLine.objects.get(order_key="D1")
        assert (line.platform, line.settled_gross_fen, line.account_key) == ("other", 1250, "acc-1")
        assert not UnmappedFile.objects.exists()
        assert version.created_by == world.user(Role.OPERATIONS)
    detail = plain(client.get(f"{world.console}/sales/mappings/{version.mapping_id}/").text)
    assert "自有商城" in detail and "% of the base" in detail and "自有.csv" in detail
    assert "自有商城 · v1" in client.get(f"{world.console}/sales/imports/").text


def test_the_next_file_is_recognised_without_asking(world: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    path = unrecognised(world, client)
    chosen = with_words(client, path, 已结清="settled", 待结算="received")
    client.post(path, chosen | {"do": "save", "name": "自有商城"})
    client.post(f"{world.console}/sales/upload/", {"upload": [file([*ROWS[:2], ["D9", *ROWS[2][1:]]], "八月.csv")]})
    assert [job.state for job in run_jobs(world)] == ["done", "done"]
    upload = client.get(f"{world.console}/sales/upload/").text
    assert "自有商城" in upload


def test_what_is_missing_is_said_at_its_field_and_nothing_is_saved(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    path = unrecognised(world, client)
    empty = client.post(path, {"do": "save", "name": "x"})
    assert empty.status_code == 422
    errors = empty.context["form"].errors
    assert errors.keys() == {"platform", "column-order_key", "column-paid_at", "column-set_gross", "column-status"}
    unnamed = client.post(path, with_words(client, path, 已结清="settled", 待结算="paid") | {"do": "save", "name": ""})
    assert unnamed.status_code == 422
    assert "Give the mapping a name" in unnamed.context["errors"]["name"]
    with world.open():
        assert not ColumnMapping.objects.exists()
        assert SalesImport.objects.count() == 1


def test_the_page_opens_with_what_is_probable(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    page = client.get(unrecognised(world, client))
    assert page.context["header"] == 1
    layout = page.context["form"].layout()
    assert layout.columns["order_key"] == "店铺订单号"
    assert layout.states == {"已结清": "settled", "待结算": "received"}
    assert "买家手机" not in [value for value, _label in page.context["form"].fields["column-order_key"].choices]


def test_another_row_and_another_table_may_be_the_header(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    path = unrecognised(world, client)
    assert client.get(f"{path}?header=2&table=0").context["form"].sample.columns[0] == "D1"
    assert client.get(f"{path}?header=99&table=7").context["header"] == 1
    assert client.get(f"{path}?header=x").context["header"] == 1


@pytest.mark.parametrize("name", ["column-order_key", "unit-set_gross", "times", "platform"])
def test_a_value_that_was_not_offered_is_refused(world: World, client_of: Clients, name: str) -> None:
    client = client_of(Role.OPERATIONS)
    path = unrecognised(world, client)
    answer = client.post(path, CHOSEN | {name: "买家手机", "do": "save", "name": "x"})
    assert answer.status_code == 422
    assert name in answer.context["form"].errors


def test_a_column_of_many_values_is_no_status(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    many = [[f"D{n}", *ROWS[2][1:4], f"状态{n}", *ROWS[2][5:]] for n in range(61)]
    path = unrecognised(world, client, [*ROWS[:2], *many])
    assert "column-status" in client.post(path, CHOSEN).context["form"].errors


def test_a_file_without_accounts_needs_one(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    path = unrecognised(world, client)
    chosen = with_words(client, path, 已结清="settled", 待结算="paid") | {"column-account_key": ""}
    assert client.post(path, chosen).context["account_is_needed"]
    client.post(path, chosen | {"do": "save", "name": "自有商城", "account_id": "acc-7"})
    assert [job.state for job in run_jobs(world)] == ["done"]
    with world.open():
        assert set(OrderLine.objects.values_list("account_key", flat=True)) == {"acc-7"}


def test_a_mapping_is_changed_with_a_file_of_its_own(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    path = unrecognised(world, client)
    client.post(path, with_words(client, path, 已结清="settled", 待结算="paid") | {"do": "save", "name": "自有商城"})
    run_jobs(world)
    with world.open():
        mapping = ColumnMapping.objects.get()
    rows = [ROWS[0], [*ROWS[1], "新列"], *([*row, "x"] for row in ROWS[2:])]
    path = unrecognised(world, client, rows)
    assert [mapping.name for mapping, _same in client.get(path).context["near"]] == ["自有商城"]
    page = client.get(f"{path}?mapping={mapping.pk}")
    assert page.context["form"].layout().columns["set_gross"] == "佣金比例"
    data = {name: page.context["form"].data[name] for name in page.context["form"].data}
    answer = client.post(f"{path}?mapping={mapping.pk}", data | {"do": "save", "platform": "douyin"})
    assert answer.status_code == 302
    with world.open():
        newest = MappingVersion.objects.order_by("-number").first()
        assert (newest.number, newest.headers[-1], newest.mapping.platform) == (2, "新列", "other")


def test_a_mapping_is_retired_and_used_again(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    path = unrecognised(world, client)
    client.post(path, with_words(client, path, 已结清="settled", 待结算="paid") | {"do": "save", "name": "自有商城"})
    with world.open():
        pk = ColumnMapping.objects.get().pk
    for to, active in (("retired", False), ("active", True)):
        client.post(f"{world.console}/sales/mappings/{pk}/state/", {"to": to})
        with world.open():
            assert ColumnMapping.objects.get().is_active is active
    assert client_of(Role.AUDITOR).post(f"{world.console}/sales/mappings/{pk}/state/").status_code == 403
    assert "自有商城" in client_of(Role.AUDITOR).get(f"{world.console}/sales/mappings/").text


def test_a_file_is_brought_in_to_be_mapped_and_removed(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    answer = client.post(f"{world.console}/sales/mappings/files/new/", {"upload": file()})
    assert answer.status_code == 302
    assert client.get(answer["Location"]).status_code == 200
    assert "自有.csv" in client.get(f"{world.console}/sales/mappings/").text
    client.post(f"{answer['Location']}remove/")
    assert client.get(answer["Location"]).status_code == 404
    with world.open():
        assert not UnmappedFile.objects.exists()


def test_what_cannot_be_read_is_refused_where_it_is_brought_in(world: World, client_of: Clients) -> None:
    path = f"{world.console}/sales/mappings/files/new/"
    for content in (b"", b"PK\x03\x04 damaged"):
        answer = client_of(Role.OPERATIONS).post(path, {"upload": SimpleUploadedFile("x.xlsx", content)})
        assert answer.status_code == 422
    with world.open():
        assert not UnmappedFile.objects.exists()


def test_a_file_of_a_known_format_is_said_to_be_one(world: World, client_of: Clients) -> None:
    known = file(rows_of("kuaishou_orders"))
    answer = client_of(Role.OPERATIONS).post(f"{world.console}/sales/mappings/files/new/", {"upload": known})
    page = client_of(Role.OPERATIONS).get(answer["Location"])
    assert page.context["built_in"].code == "kuaishou_orders"
    assert "without a mapping" in page.text
