"""Vouchers and their subjects on the console: what is shown, ordered, changed, and refused."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Payee
from mcn.console.settlement import vouchers as pages
from mcn.jobs import services as jobs
from mcn.jobs.models import Job
from mcn.settlements.models import Account, Period, VoucherSubject
from mcn.settlements.vouchers.subjects import DEFAULT_HEAD, head, subjects
from mcn.tenancy.scope import agency_scope
from tests.agencies import World, make_world
from tests.settlements.books import JULY, JUNE, Books

Clients = Callable[..., Client]


@pytest.fixture
def world(db: None) -> World:
    return make_world(anchor=True)


@pytest.fixture
def closed(world: World) -> World:
    """June is closed, with the advance of May; July is open."""
    with world.open():
        desk = Books(world)
        desk.roster()
        desk.event("1", 10000, JUNE)
        desk.close(JUNE)
        Period.objects.create(code=JULY)
    return world


@pytest.fixture
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.CELERY_BROKER_URL = ""


def plain(page: str) -> str:
    """What a reader reads, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def text(client: Client, world: World, path: str = "") -> str:
    answer = client.get(f"{world.console}/vouchers/{path}")
    assert answer.status_code == 200
    return plain(answer.text)


def test_without_postings_the_page_says_where_vouchers_come_from(world: World, client_of: Clients) -> None:
    page = text(client_of(Role.FINANCE), world)
    assert "Nothing is posted yet" in page
    assert "Vouchers are made of postings" in page


def test_the_vouchers_of_a_month(closed: World, client_of: Clients) -> None:
    page = text(client_of(Role.AUDITOR), closed)
    assert "记-1 · 2026-06 主播分成结算 not exported yet" in page
    assert "2202 应付账款 小鹿 A01 Payable to payees" in page
    assert page.count("¥135.00") == 3  # at the top, and both sides of the total
    assert "预支款 小鹿 ADV1" in text(client_of(Role.AUDITOR), closed, "?month=2026-05")
    empty = text(client_of(Role.AUDITOR), closed, "?month=2026-07")
    assert "Nothing is posted in Jul 2026" in empty
    assert "Jun 2026" in text(client_of(Role.AUDITOR), closed, "?month=2031-01")


def test_a_file_is_ordered_made_and_noted(closed: World, client_of: Clients, own_files: None) -> None:
    client = client_of(Role.FINANCE)
    answer = client.post(f"{closed.console}/vouchers/export/", {"month": JUNE, "file": "vouchers-u8.txt"})
    with closed.open():
        job = Job.objects.get(kind="export")
        assert job.parameters["what"] == ["vouchers-u8"]
    assert answer.url == f"{closed.console}/jobs/{job.pk}/"
    with agency_scope(closed.id):
        assert jobs.run(job.pk).state == "done"
    page = text(client, closed)
    assert "Vouchers for Yonyou U8" in page
    assert "not exported yet" not in page
    assert "Download" in page
    assert "2026-06-vouchers-u8.txt" in plain(client.get(answer.url).text)
    download = client.get(f"{closed.console}/jobs/{job.pk}/download/")
    assert b"".join(download).startswith("填制凭证,V800\r\n".encode("gbk"))
    assert "not exported yet" in text(client, closed, "?month=2026-05")


def test_the_table_is_for_people_and_exports_nothing(closed: World, client_of: Clients, own_files: None) -> None:
    client = client_of(Role.FINANCE)
    client.post(f"{closed.console}/vouchers/export/", {"month": JUNE, "file": "vouchers.xlsx"})
    with agency_scope(closed.id):
        with closed.open():
            job = Job.objects.get(kind="export")
        assert jobs.run(job.pk).state == "done"
    page = text(client, closed)
    assert "Vouchers as a table" in page
    assert "not exported yet" in page


@pytest.mark.parametrize("data", [{"month": JULY, "file": "vouchers-u8.txt"}, {"month": JUNE, "file": "x"}, {}])
def test_what_cannot_be_exported_is_said(closed: World, client_of: Clients, data: dict[str, str]) -> None:
    answer = client_of(Role.FINANCE).post(f"{closed.console}/vouchers/export/", data, follow=True)
    assert answer.status_code == 200
    page = plain(answer.text)
    assert "there are no vouchers to export yet" in page or "There is no export" in page
    with closed.open():
        assert not Job.objects.filter(kind="export").exists()


def test_a_failing_file_names_its_place_and_leaves_nothing(closed: World, client_of: Clients, own_files: None) -> None:
    with closed.open():
        Payee.objects.update(code="A😀")
    client = client_of(Role.FINANCE)
    client.post(f"{closed.console}/vouchers/export/", {"month": JUNE, "file": "vouchers-u8.txt"})
    with agency_scope(closed.id):
        with closed.open():
            job = Job.objects.get(kind="export")
        assert jobs.run(job.pk).state == "failed"
    assert "the payee's code “A😀” holds “😀”" in plain(client.get(f"{closed.console}/jobs/{job.pk}/").text)


def test_exports_begin_with_a_month_that_was_calculated(
    closed: World, client_of: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcn.settlements.vouchers.making.months", lambda: [JUNE, "2026-11"])  # paid in November
    form = client_of(Role.FINANCE).get(f"{closed.console}/jobs/").context["form"]
    assert [code for code, _label in form.fields["period"].choices] == ["2026-11", JUNE]
    assert form["period"].value() == JUNE
    asked = client_of(Role.FINANCE).get(f"{closed.console}/jobs/?period=2026-11").context["form"]
    assert asked["period"].value() == "2026-11"


def test_many_vouchers_have_pages(closed: World, client_of: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "A_PAGE", 1)
    shown = pages.Vouchers.shown(["first", "second", "third"], "2")  # type: ignore[list-item]
    assert shown == {"shown": ["second"], "before": 1, "after": 3}
    for start in ("", "0", "9", "-1", "x", "9" * 30):
        assert pages.Vouchers.shown(["first", "second"], start)["shown"] == ["first"]  # type: ignore[list-item]


def test_the_export_form_knows_months_that_have_postings_only(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    page = client.get(f"{closed.console}/jobs/").text
    assert 'value="2026-05"' in page
    answer = client.post(
        f"{closed.console}/jobs/export/", {"period": "2026-05", "what": "statements", "formats": "csv"}
    )
    assert (answer.status_code, "2026-05 has not been calculated" in plain(answer.text)) == (422, True)
    chosen = [answer.context["form"][name].value() for name in ("period", "what", "formats")]
    assert chosen == ["2026-05", ["statements"], ["csv"]]  # it stays chosen


# ── Subjects ─────────────────────────────────────────────────────────────────────────────────────────


def typed(**changes: str) -> dict[str, str]:
    """The form as it stands, with changes."""
    form = pages.SubjectsForm.initial_of(DEFAULT_HEAD, subjects())
    return {name: str(getattr(value, "value", value)) for name, value in form.items()} | changes


def test_finance_changes_subjects(closed: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    with closed.open():
        data = typed(code_bank="1002.01", name_bank="银行存款-招行", auxiliary_anchor_cost="employee", preparer="王芳")
    answer = client.post(f"{closed.console}/vouchers/subjects/", data, follow=True)
    assert "The subjects have been saved." in plain(answer.text)
    with closed.open():
        assert (subjects()[Account.BANK].code, head().preparer) == ("1002.01", "王芳")
        assert VoucherSubject.objects.count() == 2
    assert "Nothing has changed." in plain(client.post(f"{closed.console}/vouchers/subjects/", data, follow=True).text)
    page = text(client, closed)
    assert "6401 主营业务成本 小鹿 A01" in page
    trail = plain(client_of(Role.OWNER).get(f"{closed.console}/audit/").text)
    assert "Subject of vouchers" in trail


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code_bank": ""}, "This field is required."),
        ({"code_bank": "10\t02"}, "Bank: a subject code has digits"),
        ({"name_payable": "应付\n账款"}, "Tabs and line breaks cannot stand here"),
        ({"word": "=x"}, "“=” cannot stand first"),
        ({"auxiliary_bank": "nobody"}, "Select a valid choice"),
    ],
)
def test_bad_subjects_are_refused_at_their_field(
    closed: World, client_of: Clients, changes: dict[str, str], sentence: str
) -> None:
    with closed.open():
        data = typed(preparer="王芳", **changes)
    answer = client_of(Role.FINANCE).post(f"{closed.console}/vouchers/subjects/", data)
    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    with closed.open():
        assert head() == DEFAULT_HEAD
        assert not VoucherSubject.objects.exists()


def test_the_auditor_sees_subjects_and_changes_nothing(closed: World, client_of: Clients) -> None:
    client = client_of(Role.AUDITOR)
    page = client.get(f"{closed.console}/vouchers/subjects/")
    assert page.status_code == 200
    assert "Save" not in plain(page.text)
    assert client.post(f"{closed.console}/vouchers/subjects/", {}).status_code == 403
