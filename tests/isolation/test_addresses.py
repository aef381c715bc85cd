"""Every address × everyone who has no business there: nothing is shown, nothing is changed.

The addresses are generated (`addresses.py`). A page that the generator cannot fill fails
`test_every_address_is_filled`, so that no new page stays out.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client

from mcn.accounts.models import User
from mcn.accounts.permissions import PERMISSIONS, STAFF, Role
from mcn.console.generic.views import RecordDetail, RecordList
from tests.isolation.addresses import Address, NotFilled, addresses
from tests.isolation.twins import PROBE, Twin, contents, signed_in

CONSOLE, PORTAL = addresses("a"), addresses("me")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", *UNSAFE)


@pytest.fixture(autouse=True)
def unchanged(twins: tuple[Twin, Twin], stranger: User) -> Iterator[set[str]]:
    """No test of this module may change a row of either agency, but for the tables that it adds to the set."""
    before, allowed = [contents(twin) for twin in twins], set[str]()
    yield allowed
    for twin, then in zip(twins, before, strict=True):
        now = contents(twin)
        assert {name for name in then if now[name] != then[name]} <= allowed


def ask(client: Client, method: str, path: str) -> HttpResponse:
    """The answer; every page carries the strict policy, whatever it says."""
    response = client.generic(method, path)
    if "text/html" in response.headers.get("Content-Type", ""):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe-eval" not in policy, path
    return response


def prefix(area: str, twin: Twin) -> str:
    return f"/{area}/{twin.slug}"


def test_every_address_is_filled(twins: tuple[Twin, Twin]) -> None:
    problems = []
    for address in [*CONSOLE, *PORTAL]:
        try:
            address.fill(twins[0])
        except NotFilled as error:
            problems.append(str(error))
    assert problems == []


def test_every_page_opens_for_its_own_people_and_shows_nobody_elses(
    twins: tuple[Twin, Twin], unchanged: set[str]
) -> None:
    unchanged.add("accounts_auditentry")  # who took a file away is written down
    wrong, escaped = [], 0
    for twin, other in (twins, twins[::-1]):
        for area, role, found in (("a", Role.OWNER, CONSOLE), ("me", Role.ANCHOR, PORTAL)):
            client = twin.client(role)
            for address in found:
                path = prefix(area, twin) + address.fill(twin)
                response = ask(client, "GET", path)
                body = _body(response)
                expected = (200 if address.name else 404) if address.takes("GET") else 405
                elsewhere = response.headers.get("Location", "").startswith(prefix(area, twin))
                if response.status_code != expected and not (response.status_code == 302 and elsewhere):
                    wrong.append((path, response.status_code))
                if other.mark in body or other.agency.name in body:
                    wrong.append((path, "shows the other agency"))
                if "text/html" in response.headers.get("Content-Type", "") and (PROBE in body or "<img src=x" in body):
                    wrong.append((path, "runs a stranger's script"))
                if "49秘密" in body:
                    wrong.append((path, "evaluates a stranger's template"))
                if response.status_code == 200 and "no-store" not in response.headers.get("Cache-Control", ""):
                    wrong.append((path, "may be kept by a cache"))
                escaped += "&lt;img src=x onerror=alert(1)&gt;" in body
    assert wrong == []
    assert escaped > 40


def _anonymous(response: HttpResponse) -> str:
    """The body without what differs from request to request: its own address and the form's token."""
    body = _body(response).replace(quote(response.wsgi_request.path), "…")
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "", body)


def _body(response: HttpResponse) -> str:
    content = b"".join(response) if response.streaming else response.content
    return content.decode("utf-8", "replace")


def test_signed_out_visitors_are_sent_to_sign_in(twins: tuple[Twin, Twin]) -> None:
    client, wrong = signed_in(None), []
    for address in [*CONSOLE, *PORTAL]:
        path = prefix(address.area, twins[0]) + address.fill(twins[0])
        for method in METHODS:
            response = ask(client, method, path)
            if address.is_api:
                right = response.status_code == 401 and response.json()["code"] == "not_authenticated"
            else:
                right = response.status_code == 302 and response.headers["Location"].startswith("/accounts/login/?")
            if not right:
                wrong.append((method, path, response.status_code))
    assert wrong == []


def people_outside(twins: tuple[Twin, Twin], area: str, stranger: User) -> dict[str, User]:
    """Everyone who must not even learn that the first agency exists."""
    own, other = twins
    found = {"stranger": stranger, "other owner": other.user(Role.OWNER), "other anchor": other.user(Role.ANCHOR)}
    return found | ({"own anchor": own.user(Role.ANCHOR)} if area == "a" else {"own owner": own.user(Role.OWNER)})


@pytest.mark.parametrize("method", METHODS)
def test_outsiders_meet_an_agency_that_does_not_exist(twins: tuple[Twin, Twin], stranger: User, method: str) -> None:
    wrong = []
    for area, found in (("a", CONSOLE), ("me", PORTAL)):
        for who, user in people_outside(twins, area, stranger).items():
            client = signed_in(user)
            nowhere = ask(client, method, f"/{area}/nowhere/")
            for address in found:
                response = ask(client, method, prefix(area, twins[0]) + address.fill(twins[0]))
                if (response.status_code, _anonymous(response)) != (404, _anonymous(nowhere)):
                    wrong.append((who, method, str(address), response.status_code))
    assert wrong == []


def test_a_role_without_the_permission_is_refused(twins: tuple[Twin, Twin]) -> None:
    wrong, asked = [], 0
    for role in sorted(STAFF - {Role.OWNER}):
        client = twins[0].client(role)
        for address in CONSOLE:
            path = prefix("a", twins[0]) + address.fill(twins[0])
            for method in METHODS:
                if role in PERMISSIONS[address.permission(method)].roles or (method != "GET" and role != "auditor"):
                    continue
                asked += 1
                status = ask(client, method, path).status_code
                if status != 403:
                    wrong.append((role, method, path, status))
    assert wrong == []
    assert asked > 100


def test_another_agencys_rows_are_not_found_under_the_own_address(twins: tuple[Twin, Twin]) -> None:
    wrong, asked = [], 0
    for own, other in (twins, twins[::-1]):
        for area, role, found in (("a", Role.OWNER, CONSOLE), ("me", Role.ANCHOR, PORTAL)):
            client = own.client(role)
            for address in found:
                if not address.of_rows:
                    continue
                path = prefix(area, own) + address.fill(other)
                for method in METHODS:
                    response = ask(client, method, path)
                    asked += 1
                    expected = 404 if address.takes(method) else 405
                    if response.status_code != expected and not (address.is_api and response.status_code == 404):
                        wrong.append((method, path, response.status_code))
                    if other.mark in _body(response):
                        wrong.append((method, path, "shows the other agency"))
    assert wrong == []
    assert asked > 100


def test_an_anchor_does_not_find_another_anchors_rows(twins: tuple[Twin, Twin], unchanged: set[str]) -> None:
    unchanged.add("accounts_auditentry")  # the anchor's own statement is taken away, and that is written down
    client = signed_in(twins[0].second_anchor)
    for address in PORTAL:
        status = ask(client, "GET", "/me/xinghe" + address.fill(twins[0])).status_code
        assert status == (404 if address.of_rows else 200 if address.takes("GET") else 405), address


def resource_of(address: Address) -> Any:
    return getattr(address.callback, "view_initkwargs", {}).get("resource")


@pytest.mark.parametrize("address", [*filter(resource_of, CONSOLE)], ids=str)
def test_lists_never_mix(twins: tuple[Twin, Twin], address: Address) -> None:
    """Search, filters by the other agency's rows, csv, fragments, and every tab."""
    own, other = twins
    resource, client, wrong = resource_of(address), own.client(), []
    queries = [""]
    if address.callback.view_class is RecordList:
        queries += ["?q=秘密", f"?q={other.mark}", "?export=csv", "?sort=-pk&size=100&page=2"]
        queries += [f"?{name}={number}" for name in resource.filters if isinstance(name, str) for number in (1, 99999)]
    elif address.callback.view_class is RecordDetail:
        queries += [f"?tab={tab}" for tab in ("history", *(tab.slug for tab in resource.tabs))]
    for query in queries:
        path = prefix("a", own) + address.fill(own) + query
        for headers in ({}, {"HX-Request": "true", "HX-Target": "list"}):
            response = client.get(path, headers=headers)
            body = _body(response)
            shown = body.replace(f'value="{other.mark}"', "").replace(f"q={other.mark}", "")
            if response.status_code not in (200, 302) or (other.mark in shown and other.mark not in query):
                wrong.append((path, response.status_code))
            if "text/html" in response.headers.get("Content-Type", "") and "<img src=x" in body:
                wrong.append((path, "runs a stranger's script"))
    assert wrong == []
