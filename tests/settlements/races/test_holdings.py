"""Holds, deposits, exits and scheduled reports, each by two at once."""

from datetime import date
from typing import Any

import pytest

from mcn.anchors.models import Advance, Anchor, Deposit, Payee
from mcn.anchors.services import deposit_save
from mcn.core.errors import Conflict, RuleError
from mcn.jobs.models import Job
from mcn.settlements import deposits, exits
from mcn.settlements.holds import active, hold_place, hold_release
from mcn.settlements.models import (
    ScheduledReport,
)
from mcn.settlements.places import Place
from mcn.settlements.reports import schedule
from mcn.tenancy.models import Agency
from tests.races import in_turn
from tests.settlements.paying import Paying
from tests.settlements.races.outcomes import balanced, refused

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_hold_and_release_a_payee(paying: Paying) -> None:
    people = paying.people

    def hold() -> Any:
        return hold_place(actor=people.finance, place=Place(Payee.objects.get(code="A01")), reason="核对")

    first, second = in_turn(people, hold, hold)
    refused(second, Conflict, "This is held back already.")
    release = lambda: hold_release(actor=people.finance, hold_id=first.pk)  # noqa: E731
    _first, second = in_turn(people, release, release)
    refused(second, Conflict, "This is released already.")
    with people.open():
        assert not active().exists()


def deposit_of_a01(desk: Paying) -> Deposit:
    payee = Payee.objects.get(code="A01")
    deposit = deposit_save(actor=desk.people.finance, payee=payee, code="DEP1", purpose="设备押金")[0]
    deposits.deposit_move(
        actor=desk.people.finance, deposit=deposit, kind="received", amount_fen=5000, dated_on=date(2026, 6, 1)
    )
    return deposit


def test_a_deposit_is_given_back_once(paying: Paying) -> None:
    people = paying.people
    with people.open():
        deposit = deposit_of_a01(paying)
    give_back = lambda: deposits.deposit_move(  # noqa: E731
        actor=people.finance, deposit=deposit, kind="given_back", amount_fen=5000, dated_on=date(2026, 7, 1)
    )
    _first, second = in_turn(people, give_back, give_back)
    refused(second, RuleError, "Only ¥0.00 of DEP1 is held.")
    balanced(paying)


def test_an_advance_is_set_off_once(paying: Paying) -> None:
    people = paying.people
    with people.open():
        deposit, advance = deposit_of_a01(paying), Advance.objects.get()
        set_off = lambda: deposits.deposit_move(  # noqa: E731
            actor=people.finance,
            deposit=deposit,
            kind="set_off",
            amount_fen=2000,
            dated_on=date(2026, 7, 1),
            advance=advance,
        )
    _first, second = in_turn(people, set_off, set_off)
    assert isinstance(second, RuleError)
    balanced(paying)


def test_two_settle_an_exit(paying: Paying) -> None:
    people = paying.people
    with people.open():
        deposit_of_a01(paying)
        sheet = exits.draw_up(
            actor=people.user("talent"),
            anchor=Anchor.objects.get(code="A01"),
            ends_on=date(2026, 7, 31),
            reason="合约到期",
        )
    settle = [lambda who=who: exits.settle(actor=people.user(who), sheet_id=sheet.pk) for who in ("finance", "owner")]
    first, second = in_turn(people, settle[0], settle[1])
    refused(second, Conflict, "has left already.")
    assert first.settled_by == people.finance
    balanced(paying)


def test_two_schedulers_order_one_report(paying: Paying, monkeypatch: pytest.MonkeyPatch) -> None:
    people = paying.people
    monkeypatch.setattr(Agency, "today", lambda agency: date(2026, 8, 5))
    with people.open():
        schedule.schedule_save(actor=people.finance, day=3, members=[])
    assert in_turn(people, schedule.order_due, schedule.order_due) == (True, False)
    with people.open():
        assert (ScheduledReport.objects.count(), Job.objects.filter(kind="export").count()) == (1, 1)
