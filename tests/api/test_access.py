"""Who may read what: every address, every kind of person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from mcn.accounts.models import Membership, User
from mcn.accounts.permissions import PERMISSIONS
from mcn.api import checks, urls
from mcn.api.views.anchors import Anchors
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.api.conftest import Api
from tests.month import Month, make_month

pytestmark = pytest.mark.django_db
LISTS = [prefix for prefix, _view, _name in urls.router.registry]
PERMISSION = {prefix: view.permission for prefix, view, _name in urls.router.registry}
ADDRESSES = [*(f"{prefix}/" for prefix in LISTS), "statements/1/lines/", "schema/", "docs/", "nothing/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_signed_out(api_as: Callable[..., Api], address: str) -> None:
    assert api_as(None).get(address, 401)["code"] == "not_authenticated"


def test_the_message_is_in_the_readers_language(api_as: Callable[..., Api]) -> None:
    client = api_as(None).client
    answers = {
        language: client.get("/a/xinghe/api/v1/jobs/", headers={"Accept-Language": language}).json()["message"]
        for language in ("en", "zh-hans")
    }
    assert answers == {"en": "Sign in first.", "zh-hans": "请先登录。"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_other_staff_and_anchors_find_nothing(
    api_as: Callable[..., Api], xinghe: World, beichen: World, stranger: User, address: str
) -> None:
    for user in (stranger, beichen.owner, xinghe.anchor):
        response = api_as(user).client.get(f"/a/xinghe/api/v1/{address}")
        assert response.status_code == 404


@pytest.mark.parametrize("prefix", LISTS)
def test_a_role_reads_what_its_permission_allows(api_as: Callable[..., Api], xinghe: World, prefix: str) -> None:
    for role in ("operations", "finance", "talent", "selection", "brand", "trainer", "auditor"):
        with agency_scope(xinghe.id), transaction.atomic():
            Membership.objects.filter(user=xinghe.approver).update(roles=[role])
        allowed = role in PERMISSIONS[PERMISSION[prefix]].roles
        answer = api_as(xinghe.approver).get(f"{prefix}/", 200 if allowed else 403)
        assert allowed or answer == {
            "code": "permission_denied",
            "message": "You do not have permission to perform this action.",
        }


def test_another_agencys_records_are_not_found(
    api_as: Callable[..., Api], xinghe: World, beichen: World, month: Month
) -> None:
    own = api_as(xinghe.owner)
    with agency_scope(beichen.id), transaction.atomic():
        make_month()
    other = api_as(beichen.owner, "beichen")
    for prefix in LISTS:
        found = {row.get("id", row.get("code")) for row in own.rows(f"{prefix}/")}
        theirs = {row.get("id", row.get("code")) for row in other.rows(f"{prefix}/")}
        if prefix == "periods":
            assert found == theirs == {"2026-07"}
            continue
        assert not found & theirs
        for key in found:
            own.get(f"{prefix}/{key}/")
            assert other.get(f"{prefix}/{key}/", 404)["code"] == "not_found"
    statement = own.rows("statements/")[0]["id"]
    assert other.get(f"statements/{statement}/lines/", 404)["code"] == "not_found"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(api: Api, method: str) -> None:
    for address in ("anchors/", "statements/1/", "schema/", "nothing/"):
        response = getattr(api.client, method)(f"/a/xinghe/api/v1/{address}")
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_unknown_addresses_answer_in_json(api: Api) -> None:
    assert api.get("payouts/", 404) == {"code": "not_found", "message": "Not found."}


class Nameless(APIView):
    http_method_names = ("get",)


class Open(APIView):
    permission = "home.view"
    permission_classes = (AllowAny,)
    http_method_names = ("get",)


class Writing(APIView):
    permission = "home.view"

    def post(self) -> None: ...


@pytest.mark.parametrize(
    ("view", "codes"),
    [
        (Nameless.as_view(), ["mcn.E102"]),
        (Open.as_view(), ["mcn.E103"]),
        (Writing.as_view(), ["mcn.E104"]),
        (Anchors.as_view({"get": "list"}, permission="anchors.see"), ["mcn.E102"]),
        (lambda request: None, ["mcn.E101"]),
        (Anchors.as_view({"get": "list"}), []),
    ],
)
def test_an_address_that_breaks_the_rules_does_not_start(
    view: Any, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urls, "urlpatterns", [path("x/", view)])
    assert [problem.id for problem in checks.every_address_names_a_permission()] == codes
