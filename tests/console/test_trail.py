"""The audit trail says in words what every kind of work did, and with what."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.accounts.services import invite
from mcn.anchors.models import Anchor, Payee
from mcn.anchors.services.privacy import payee_reveal
from mcn.console import trail
from mcn.ops.entry import enter
from mcn.sales.models import SalesImport
from mcn.sales.services.entries import entry_save
from mcn.settlements.exports import jobs as export_jobs
from mcn.settlements.models import Period
from mcn.settlements.services import periods
from tests.agencies import World
from tests.console.sold import plain, run_jobs, sold

MONTH = "2026-05"
CODE = re.compile(r"[A-Za-z_ ]+")


@pytest.fixture
def busy(world: World, client_of: Callable[..., Client], settings: Any, tmp_path: Path) -> World:
    """An agency in which people did one of everything that leaves more than fields behind."""
    settings.MEDIA_ROOT = tmp_path / "files"
    finance = client_of(Role.FINANCE)
    sold(world, holds_account=False)
    finance.post(f"{world.console}/months/{MONTH}/calculate/")
    run_jobs(world)
    person = world.user(Role.FINANCE)
    with world.open():
        periods.submit(actor=person, period=MONTH)
        periods.send_back(actor=person, period=MONTH, reason="坑位费缺失")
        export_jobs.start(actor=person, period=MONTH, what=["lines"], formats=["csv"])
        payee_reveal(actor=person, payee=Payee.objects.get())
        invite(actor=person, email="new@nowhere.test", name="新人", roles=[Role.TALENT])
        entry_save(
            actor=person,
            code="E01",
            anchor=Anchor.objects.get(),
            income="bonus",
            date=date(2026, 5, 1),
            amount_fen=100,
            last_closed=None,
        )
    operator = world.user(Role.AUDITOR)
    operator.is_staff = True
    enter(actor=operator, session={}, agency=world.agency, reason="任务卡住")
    return world


def test_nothing_on_the_page_is_a_code(busy: World) -> None:
    reader = Client(headers={"accept-language": "zh-hans"})
    reader.force_login(busy.user())
    page = reader.get(f"{busy.console}/audit/")
    entries = page.context["entries"]
    assert {"导入", "已计算", "已提交", "已退回", "已导出", "查看了个人信息", "平台运营方进入"} <= {
        entry["action"] for entry in entries
    }
    assert [entry["action"] for entry in entries if CODE.fullmatch(entry["action"])] == []
    labels = {label for entry in entries for label, _old, _new in entry["changes"]}
    assert [label for label in labels if CODE.fullmatch(label)] == []
    assert not re.search(r"\{&#x27;|\[&#x27;|\{'|\['", page.text)


def details(world: World, **found: Any) -> dict[str, str]:
    """The details of one entry, each with its new value as people read it in English."""
    with world.open(), translation.override("en"):
        entry = AuditEntry.objects.get(**found)
        model = {"sales.salesimport": SalesImport, "settlements.period": Period}.get(entry.target, type(world.agency))
        return {label: plain(str(new)) for label, _old, new in trail.changes(model, entry)}


def test_an_import_tells_its_counts(busy: World) -> None:
    assert details(busy, action="import") == {
        "Rows": "2",
        "New lines": "2",
        "Earning events": "1",
        "Kinds of event": "Settled 1",
        "Months": "May 2026 1",
    }


def test_a_calculation_tells_its_totals_in_money(busy: World) -> None:
    told = details(busy, action="calculate")
    assert told["Unmatched money"] == "¥31.82"
    assert told["Unmatched lines"] == "The account is not in anyone's hands 1"
    assert "Net pay" not in told


def test_an_entry_of_the_operator_tells_why_and_until_when(busy: World) -> None:
    told = details(busy, action="operator entered")
    assert told["Reason"] == "任务卡住"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", told["Entered until"])
