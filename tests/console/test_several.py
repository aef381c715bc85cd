"""Several causes of unmatched money are mended at once, all or none; and it is kept who mended what."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from mcn.accounts.permissions import Role
from mcn.anchors.models import Anchor, PlatformAccount
from mcn.commissions.models import Mending, Unmatched
from tests.agencies import World
from tests.console.sold import ACCOUNT, bring, make_anchor, orders, run_jobs
from tests.sales.platform_files import as_csv, rows_of, with_cell

pytestmark = pytest.mark.django_db(transaction=True)
Clients = Callable[..., Client]
OTHER = "10000000009"


@pytest.fixture
def waiting(world: World) -> World:
    """Money waits on two accounts; A01 held one of them until May and is called like the other."""
    with world.open():
        anchor = make_anchor(holds_account=False, rate="0.5")
        PlatformAccount.objects.create(
            anchor=anchor, platform="douyin", account_id=OTHER, starts_on="2026-01-01", ends_on="2026-04-01"
        )
    content = orders().decode()
    bring(world, content.encode())
    bring(world, content.replace("69900000000000001", "69900000000000009").replace(ACCOUNT, OTHER).encode(), "b.csv")
    return world


def page(client: Client, world: World) -> Any:
    return client.get(f"{world.console}/sales/unmatched/several/")


def send(client: Client, world: World, **rows: dict[str, str]) -> Any:
    data = {
        f"unknown_account-douyin:{account}-{name}": value
        for account, values in rows.items()
        for name, value in {"starts_on": "2026-04-01", "collected_by": "agency", **values}.items()
    }
    return client.post(f"{world.console}/sales/unmatched/several/", data, follow=True)


def test_what_is_likely_is_filled_in_and_all_is_mended_with_one_match(waiting: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    rows = {group.what.account: (form, words) for group, _name, form, words in page(client, waiting).context["rows"]}
    assert rows[OTHER][0]["anchor"].value() == "A01"
    assert rows[OTHER][1] == ["A01 小鹿 held this account at another time"]
    assert str(rows[OTHER][0]["starts_on"].value()) == "2026-05-01"
    assert rows[ACCOUNT][0]["anchor"].value() == ""
    answer = send(client, waiting, **{OTHER: {"anchor": "A01"}, ACCOUNT: {"anchor": "A01 小鹿"}})
    assert answer.status_code == 200
    assert [job.kind for job in run_jobs(waiting)] == ["match"]
    with waiting.open():
        assert PlatformAccount.objects.filter(starts_on="2026-04-01").count() == 2
        assert not Unmatched.objects.exclude(reason="").exists()
    mended = client.get(f"{waiting.console}/sales/unmatched/mended/")
    assert {(name, row.answer, row.lines) for row, name, _reason in mended.context["rows"]} == {
        (f"Account {account} on Douyin", "A01 小鹿 · 2026-04-01", 1) for account in (OTHER, ACCOUNT)
    }
    assert {row.actor for row, *_ in mended.context["rows"]} == {waiting.user(Role.OPERATIONS)}
    assert "¥31.82" in mended.text


def test_an_account_is_proposed_from_the_first_payment_that_waits(world: World, client_of: Clients) -> None:
    with world.open():
        make_anchor(holds_account=False, rate="0.5")
    for order, paid in (("1", "2026-05-17 02:00:00"), ("2", "2026-04-28 23:30:00")):
        header, row = with_cell(rows_of("douyin_alliance"), 4, "付款时间", paid)[::3][:2]
        bring(world, as_csv([header, [row[0].replace("104", f"90{order}"), *row[1:]]]).encode(), f"{order}.csv")
    client = client_of(Role.OPERATIONS)
    ((_group, _name, row_form, _words),) = page(client, world).context["rows"]
    (card,) = client.get(f"{world.console}/sales/unmatched/?period=2026-05").context["cards"]
    assert {str(form["starts_on"].value()) for form in (row_form, card["form"])} == {"2026-04-28"}


def test_a_holding_ends_where_the_next_one_begins(waiting: World, client_of: Clients) -> None:
    with waiting.open():
        PlatformAccount.objects.create(
            anchor=Anchor.objects.get(), platform="douyin", account_id=OTHER, starts_on="2026-06-01"
        )
    client = client_of(Role.OPERATIONS)
    send(client, waiting, **{OTHER: {"anchor": "A01", "starts_on": "2026-05-01"}})
    run_jobs(waiting)
    with waiting.open():
        assert str(PlatformAccount.objects.get(starts_on="2026-05-01").ends_on) == "2026-06-01"
        assert Mending.objects.get().answer == "A01 小鹿 · 2026-05-01 – 2026-06-01"
        assert list(Unmatched.objects.exclude(reason="").values_list("cause", flat=True)) == [f"douyin:{ACCOUNT}"]


def test_all_or_none_with_the_reason_at_its_row(waiting: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    early = {"anchor": "A01", "starts_on": "2026-03-01"}  # A01 still held it then
    answer = send(client, waiting, **{ACCOUNT: {"anchor": "A01"}, OTHER: early})
    assert answer.status_code == 422
    assert "is held by A01 小鹿" in answer.text
    with waiting.open():
        assert PlatformAccount.objects.count() == 1
        assert not Mending.objects.exists()
    assert run_jobs(waiting) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"anchor": "A77"}, "There is no anchor with this code."),
        ({"anchor": "A01", "starts_on": ""}, "This field is required."),
        ({"anchor": ""}, "Nothing is filled in"),
    ],
)
def test_what_is_wrong_is_said(waiting: World, client_of: Clients, values: dict[str, str], said: str) -> None:
    answer = send(client_of(Role.OPERATIONS), waiting, **{OTHER: values})
    assert answer.status_code == 422
    assert said in answer.text


def test_only_those_who_may_mend_see_rows(waiting: World, client_of: Clients) -> None:
    client = client_of(Role.FINANCE)
    assert page(client, waiting).context["rows"] == []
    assert send(client, waiting, **{OTHER: {"anchor": "A01"}}).status_code == 422
    desk = client.get(f"{waiting.console}/sales/unmatched/")
    assert not desk.context["several"]
    with waiting.open():
        assert PlatformAccount.objects.count() == 1


def test_the_desk_shows_who_is_meant_and_leads_to_the_pages(waiting: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    desk = client.get(f"{waiting.console}/sales/unmatched/")
    assert "A01 小鹿 held this account at another time" in desk.text
    assert f"{waiting.console}/sales/unmatched/several/" in desk.text
    assert f"{waiting.console}/sales/unmatched/mended/" not in desk.text
    assert "Nothing was mended yet" in client.get(f"{waiting.console}/sales/unmatched/mended/").text
    send(client, waiting, **{OTHER: {"anchor": "A01"}})
    assert f"{waiting.console}/sales/unmatched/mended/" in client.get(f"{waiting.console}/sales/unmatched/").text


def test_a_record_of_a_mending_stays_as_it_is(waiting: World, client_of: Clients) -> None:
    send(client_of(Role.OPERATIONS), waiting, **{OTHER: {"anchor": "A01"}})
    for statement in (lambda rows: rows.update(answer="x"), lambda rows: rows.delete()):
        with waiting.open(), pytest.raises(DatabaseError), transaction.atomic():
            statement(Mending.objects.all())
    with waiting.open():
        assert Mending.objects.get().answer == f"{Anchor.objects.get()} · 2026-04-01"
