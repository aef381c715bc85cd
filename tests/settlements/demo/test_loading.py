"""The demo is loaded as people would do it: one month closed by two persons, the next calculated and open."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from mcn.accounts.models import User
from mcn.anchors.models import Anchor, Payee
from mcn.commissions.models import Unmatched
from mcn.sales.models import EarningEvent, SalesImport
from mcn.settlements import demo
from mcn.settlements.bank.statements import suggested
from mcn.settlements.demo import agencies, running
from mcn.settlements.demo.people import DEMO_SIGN_INS, PASSWORD
from mcn.settlements.models import BankLine, Correction, Dispute, PayingAccount, Period, Statement
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"


def id_of(slug: str) -> int:
    with operator_scope(), transaction.atomic():
        return Agency.objects.get(slug=slug).pk


def counts(slug: str) -> list[int]:
    with agency_scope(id_of(slug)), transaction.atomic():
        return [model.objects.count() for model in (SalesImport, EarningEvent, Statement, Anchor, Period)]


def planner_knows() -> list[bool]:
    """Whether the statistics of order lines were taken: without them the load takes twice as long."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select reltuples > 0 from pg_class where relname = 'sales_orderline'")
        return [known for (known,) in cursor.fetchall()]


def test_an_interrupted_load_is_continued_and_a_complete_one_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AGENCIES", [agencies.BEICHEN])
    assert not demo.begun()

    def interrupt(text: str) -> None:
        if "20260731" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.load_demo(tell=interrupt)
    assert demo.begun()
    demo.load_demo()
    loaded = counts("beichen-demo")
    assert loaded[0] == len(agencies.BEICHEN.platform_files())
    demo.load_demo()
    assert counts("beichen-demo") == loaded
    assert planner_knows() == [True]
    with agency_scope(id_of("beichen-demo")), transaction.atomic():
        june, july = Period.objects.order_by("code")
        assert (june.code, june.state) == ("2026-06", Period.State.CLOSED)
        assert (july.code, july.state) == ("2026-07", Period.State.CALCULATED)
        assert (june.submitted_by.email, june.approved_by.email) == (
            "finance@beichen-demo.test",
            "approver@beichen-demo.test",
        )


def test_the_larger_agency_shows_every_payee_kind_and_every_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AGENCIES", [agencies.XINGHE])
    demo.load_demo()
    with agency_scope(id_of("xinghe-demo")), transaction.atomic():
        assert set(Payee.objects.values_list("kind", flat=True)) == set(Payee.Kind.values)
        assert set(Unmatched.objects.exclude(reason="").values_list("reason", flat=True)) == set(
            Unmatched.Reason.values
        )
        assert set(EarningEvent.objects.values_list("kind", flat=True)) >= {"settled", "clawback"}
        statements = Statement.objects.filter(period__code="2026-06")
        for column in (
            "commission_share_fen",
            "clawback_share_fen",
            "slot_fee_share_fen",
            "tips_share_fen",
            "ads_share_fen",
            "override_share_fen",
            "bonus_fen",
            "guarantee_top_up_fen",
            "penalties_fen",
            "paid_by_platform_fen",
            "tax_fen",
            "advance_recouped_fen",
            "net_pay_fen",
        ):
            assert statements.exclude(**{column: 0}).exists(), column
        # One line of the bank waits for somebody to say what it is of; a fee and what a brand paid are of no payout.
        lines = BankLine.objects.order_by("row_number")
        assert [line.payout_id is None for line in lines][-3:] == [True, True, True]
        assert lines.filter(payout__isnull=False).count() == len(lines) - 3
        account = PayingAccount.objects.get(channel="bank")
        assert [one.is_sure for one in suggested(account)] == [True]
        assert (Dispute.objects.get().state, Correction.objects.get().state) == ("open", "requested")


def test_everybody_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_bring_in", lambda agency, tell: None)
    demo.load_demo()
    assert User.objects.count() == len(DEMO_SIGN_INS)
    for sign_in in DEMO_SIGN_INS:
        assert Client().login(username=sign_in.email, email=sign_in.email, password=PASSWORD), sign_in.email
    with agency_scope(id_of("xinghe-demo")), transaction.atomic():
        assert Anchor.objects.get(code="A01").member.user.email == "a01@xinghe-demo.test"
