"""The agency is told of disputes twice at most: before their time is over, and after."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail

from mcn.settlements.disputes import reminders, services
from mcn.settlements.models import Dispute
from mcn.settlements.places import of_statement
from mcn.settlements.tasks import remind_of_disputes
from mcn.tenancy.models import Agency
from tests.agencies import World
from tests.settlements.books import JUNE, Books


@pytest.fixture
def dispute(inside: World) -> Dispute:
    """Filed today, to be answered within three days."""
    books = Books(inside)
    books.roster()
    books.event("1001", 10000, JUNE)
    books.calculate(JUNE)
    return services.dispute_file(actor=inside.anchor, place=of_statement(books.statement(JUNE)), reason="我的秘密")


def remind(monkeypatch: pytest.MonkeyPatch, commits: Any, day: date) -> list[str]:
    """Run on this day; the addresses that got a mail."""
    monkeypatch.setattr(Agency, "today", lambda agency: day)
    mail.outbox.clear()
    with commits(execute=True):
        reminders.remind()
    return sorted(message.to[0] for message in mail.outbox)


def test_once_before_and_once_after(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told = ["approver@xinghe.test", "finance@xinghe.test", "owner@xinghe.test"]
    due = dispute.answer_by
    days = {-2: [], -1: told, 0: [], 1: told, 2: []}
    for after, expected in days.items():
        day = due + timedelta(days=after)
        assert remind(monkeypatch, django_capture_on_commit_callbacks, day) == expected, after
    dispute.refresh_from_db()
    assert dispute.reminded_at is not None and dispute.overdue_at is not None


def test_a_dispute_that_is_first_seen_when_it_is_overdue_is_told_of_once(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    late = dispute.answer_by + timedelta(days=5)
    assert len(remind(monkeypatch, django_capture_on_commit_callbacks, late)) == 3
    assert remind(monkeypatch, django_capture_on_commit_callbacks, late + timedelta(days=1)) == []


def test_what_is_answered_is_not_told_of(
    dispute: Dispute, inside: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    services.dispute_reject(actor=inside.finance, dispute_id=dispute.pk, answer="x")
    assert remind(monkeypatch, django_capture_on_commit_callbacks, dispute.answer_by + timedelta(days=1)) == []


def test_the_mail_is_a_link_in_the_readers_language_and_names_nobody(
    dispute: Dispute,
    inside: World,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.SITE_URL = "https://mcn.example"
    finance = inside.finance
    finance.language = "en"
    finance.save()
    remind(monkeypatch, django_capture_on_commit_callbacks, dispute.answer_by + timedelta(days=1))
    texts = {message.to[0]: f"{message.subject}\n{message.body}" for message in mail.outbox}
    assert "1 dispute is overdue." in texts["finance@xinghe.test"]
    assert "1 条异议已逾期" in texts["owner@xinghe.test"]
    for text in texts.values():
        assert "https://mcn.example/a/xinghe/disputes/" in text
        assert "我的秘密" not in text and "小鹿" not in text and "35" not in text


def test_a_mail_server_that_refuses_stops_nothing(
    dispute: Dispute, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*_args: Any) -> int:
        raise OSError

    monkeypatch.setattr("mcn.accounts.mailing.send_mail", refuse)
    assert remind(monkeypatch, django_capture_on_commit_callbacks, dispute.answer_by + timedelta(days=1)) == []
    dispute.refresh_from_db()
    assert dispute.overdue_at is not None


def test_members_who_left_get_no_mail(
    dispute: Dispute, inside: World, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    for key in ("owner", "approver"):
        inside.members[key].is_active = False
        inside.members[key].save()
    told = remind(monkeypatch, django_capture_on_commit_callbacks, dispute.answer_by + timedelta(days=1))
    assert told == ["finance@xinghe.test"]


@pytest.mark.django_db(transaction=True)
def test_the_task_looks_into_every_agency(xinghe: World, beichen: World) -> None:
    with beichen.open():
        books = Books(beichen)
        books.roster()
        books.event("1001", 10000, JUNE)
        books.calculate(JUNE)
        made = services.dispute_file(actor=beichen.anchor, place=of_statement(books.statement(JUNE)), reason="x")
        Dispute.objects.filter(pk=made.pk).update(answer_by=date(2026, 1, 1))
    assert (remind_of_disputes(), remind_of_disputes()) == (1, 0)
    assert {message.to[0].partition("@")[2] for message in mail.outbox} == {"beichen.test"}
