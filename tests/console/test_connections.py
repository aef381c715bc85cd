"""Connections are entered, paused and ended by those who import; nobody reads the credentials again."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mcn.accounts.models import AuditEntry
from mcn.accounts.permissions import Role
from mcn.jobs.models import Job
from mcn.sales.connectors import APIS
from mcn.sales.models import Connection
from mcn.sales.services import connections
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.console.sold import run_jobs
from tests.sales.connectors.platforms import ENTERED

Clients = Callable[..., Client]
KEYS = ENTERED["douyin_institution"]


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.SALES_API_ADDRESSES = dict.fromkeys(settings.SALES_API_ADDRESSES, "http://127.0.0.1:9")


def today() -> Any:
    return timezone.localdate()


def filled(**values: Any) -> dict[str, Any]:
    return {
        "name": "星河抖音",
        "since": str(today() - timedelta(days=3)),
        "every_hours": 6,
        "overlap_days": 2,
        **KEYS,
    } | values


def new(client: Client, world: World, api: str = "douyin_institution", **values: Any) -> Any:
    return client.post(f"{world.console}/sales/connections/new/?api={api}", filled(**values))


def only(world: World) -> Connection:
    with world.open():
        return Connection.objects.get()


def test_an_agency_without_connections_is_told_what_can_be_connected(world: World, client_of: Clients) -> None:
    page = client_of(Role.OPERATIONS).get(f"{world.console}/sales/connections/").text
    assert "Nothing is connected" in page
    assert all(f"?api={code}" in page and api.method in page for code, api in APIS.items())
    assert "?api=" not in client_of(Role.AUDITOR).get(f"{world.console}/sales/connections/").text


@pytest.mark.parametrize("api", APIS)
def test_each_form_asks_for_what_its_platform_wants(api: str, world: World, client_of: Clients) -> None:
    page = client_of(Role.OPERATIONS).get(f"{world.console}/sales/connections/new/?api={api}").text
    for key in APIS[api].gateway.keys:
        assert f'name="{key.name}"' in page
    assert ('name="account_id"' in page) == (api in ("jd_union", "pdd_duoduo", "taobao_api"))


def test_credentials_are_entered_and_never_shown_again(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    answer = new(client, world)
    page = client.get(answer.url)
    assert "Fetches by itself" in page.text and "••••3333" in page.text
    edit = client.get(f"{answer.url}edit/").text
    assert "Entered: ••••-0" not in edit and "Entered: ••••sh-0. Leave it empty to keep it." in edit
    for text in (page.text, edit, client.get(f"{world.console}/sales/connections/").text):
        assert not any(value in text for value in KEYS.values())
    connection = only(world)
    assert connection.credentials == KEYS
    with world.open():
        told = str(list(AuditEntry.objects.values()))
    assert not any(value in told for value in KEYS.values())


def test_a_wrong_entry_is_told_at_its_field_and_what_was_typed_of_credentials_is_not_sent_back(
    world: World, client_of: Clients
) -> None:
    client = client_of(Role.FINANCE)
    for values, sentence in (
        ({"since": str(today() + timedelta(days=1))}, "Choose a day of the last 89"),
        ({"since": str(today() - timedelta(days=200))}, "Choose a day of the last 89"),
        ({"every_hours": 0}, "greater than or equal to 1"),
        ({"overlap_days": 31}, "less than or equal to 30"),
        ({"app_secret": ""}, "This field is required"),
        ({"name": "  "}, "This field is required"),
    ):
        answer = new(client, world, **values)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert not any(value in answer.text for value in KEYS.values())
    assert "This field is required" in new(client, world, api="jd_union", app_key="1", account_id="").text
    new(client, world)
    assert "There is a connection with this name already." in new(client, world).text


def test_empty_credentials_keep_what_there_is_and_a_new_one_asks_for_new_tokens(
    world: World, client_of: Clients
) -> None:
    client = client_of(Role.OPERATIONS)
    url = new(client, world).url
    pk = only(world).pk
    with agency_scope(world.agency.pk):
        connections.keep_tokens(pk, dict(KEYS), {**KEYS, "access_token": "t", "refresh_token": "r"})
    kept = dict.fromkeys(KEYS, "")
    assert client.post(f"{url}edit/", filled(name="新名", **kept)).status_code == 302
    assert only(world).credentials == {**KEYS, "access_token": "t", "refresh_token": "r"}
    assert only(world).name == "新名"
    client.post(f"{url}edit/", filled(**{**kept, "app_secret": "another-secret"}))
    assert only(world).credentials == {**KEYS, "app_secret": "another-secret", "refresh_token": "r"}


def test_a_run_is_begun_by_hand_and_its_error_says_what_to_do(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    url = new(client, world).url
    assert client.post(f"{url}pull/").status_code == 302
    assert f'hx-get="{url}progress/" hx-trigger="every 1s"' in client.get(url).text
    assert "HX-Refresh" not in client.get(f"{url}progress/")
    assert "星河抖音 is fetching already." in client.post(f"{url}pull/", follow=True).text
    assert "is fetching just now" in client.post(f"{url}edit/", filled()).text
    (job,) = run_jobs(world)
    assert job.state == "failed"
    assert client.get(f"{url}progress/")["HX-Refresh"] == "true"
    page = client.get(url).text
    assert "The last run ended early" in page and "Douyin could not be reached" in page
    listed = client.get(f"{world.console}/sales/connections/").text
    assert "Douyin could not be reached" in listed
    assert "星河抖音" in client.get(f"{world.console}/jobs/{job.pk}/").text


def test_a_connection_is_paused_and_goes_on(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    url = new(client, world).url
    assert "Paused" in client.post(f"{url}pause/", {"paused": "1"}, follow=True).text
    assert not only(world).is_active
    assert "fetches by itself again" in client.post(f"{url}pause/", {"paused": "0"}, follow=True).text
    assert only(world).is_active


def test_deleted_credentials_are_gone_and_nothing_is_fetched(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    url = new(client, world).url
    page = client.post(f"{url}end/", follow=True).text
    assert "Nothing is fetched until they are entered." in page and "Fetch now" not in page
    assert "has no credentials" in client.post(f"{url}pull/", follow=True).text
    assert only(world).credentials == {}
    with world.open():
        assert not Job.objects.exists()


def test_who_only_sees_changes_nothing(world: World, client_of: Clients) -> None:
    url = new(client_of(Role.OPERATIONS), world).url
    auditor = client_of(Role.AUDITOR)
    page = auditor.get(url).text
    assert "Fetch now" not in page and "Delete the credentials" not in page
    assert auditor.get(f"{url}edit/").status_code == 403
    for action in ("pull", "pause", "end", "edit"):
        assert auditor.post(f"{url}{action}/").status_code == 403
    assert new(auditor, world).status_code == 403
    assert client_of(Role.BRAND).get(url).status_code == 403


def test_nothing_changes_on_get_and_an_unknown_api_leads_back(world: World, client_of: Clients) -> None:
    client = client_of(Role.OPERATIONS)
    url = new(client, world).url
    for action in ("pull", "pause", "end"):
        assert client.get(f"{url}{action}/").status_code == 405
    for path in ("new/", "new/?api=elsewhere"):
        answer = client.get(f"{world.console}/sales/connections/{path}")
        assert (answer.status_code, answer.url) == (302, f"{world.console}/sales/connections/")


def test_no_field_takes_an_address(world: World, client_of: Clients) -> None:
    client = client_of(Role.OWNER)
    new(client, world, address="http://169.254.169.254/", base_url="http://elsewhere", host="elsewhere")
    assert not any("elsewhere" in str(value) or "169" in str(value) for value in vars(only(world)).values())
