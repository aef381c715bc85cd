"""The operator's site: who gets in, agencies with their first owner, users without passwords."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client

from mcn.accounts.models import AuditEntry, Membership, User
from mcn.accounts.permissions import Role
from mcn.tenancy.models import Agency
from mcn.tenancy.scope import agency_scope, operator_scope
from tests.agencies import World

Clients = Callable[[User], Client]
PAGES = ("", "health/", "tenancy/agency/", "tenancy/agency/add/", "accounts/user/", "search/?s=x", "jsi18n/")
NEW = {
    "name": "新城传媒",
    "slug": "xincheng",
    "timezone": "Asia/Shanghai",
    "owner_name": "王新",
    "owner_email": "wang@xincheng.test",
}


@pytest.mark.parametrize("page", PAGES)
def test_only_operators_come_in(world: World, operator: User, client_of: Clients, page: str) -> None:
    assert client_of(operator).get(f"/ops/{page}", follow=True).status_code == 200
    assert client_of(world.user(Role.OWNER)).get(f"/ops/{page}").status_code == 404
    assert client_of(world.user(Role.ANCHOR)).get(f"/ops/{page}").status_code == 404
    signed_out = Client().get(f"/ops/{page}")
    assert signed_out.status_code == 302 and "/ops/" in signed_out["Location"] or "login" in signed_out["Location"]


def test_an_agency_is_made_with_an_invitation_for_its_owner(operator: User, client_of: Clients) -> None:
    answer = client_of(operator).post("/ops/tenancy/agency/add/", NEW, follow=True)
    link = mail.outbox[0].body.split()[-1]
    assert link.startswith("http://testserver/join/xincheng/")
    assert link in answer.text
    joined = Client().post(link.removeprefix("http://testserver"), {"password": "a long enough secret"})
    assert joined.status_code == 302
    with operator_scope(), transaction.atomic():
        agency = Agency.objects.get(slug="xincheng")
    with agency_scope(agency.pk), transaction.atomic():
        owner = Membership.objects.get()
        assert (owner.user.email, owner.roles) == ("wang@xincheng.test", ["owner"])
        actions = list(AuditEntry.objects.order_by("at").values_list("action", "actor_name"))
        assert actions[:2] == [("create", "运营"), ("invite", "运营")]


@pytest.mark.parametrize(("field", "value"), [("slug", "xinghe"), ("slug", "Über"), ("timezone", "Moon/Base")])
def test_what_an_agency_may_not_be(world: World, operator: User, client_of: Clients, field: str, value: str) -> None:
    answer = client_of(operator).post("/ops/tenancy/agency/add/", NEW | {field: value})
    assert answer.status_code == 200
    assert list(answer.context["errors"].data) != []
    assert field in answer.context["adminform"].form.errors
    with operator_scope(), transaction.atomic():
        assert Agency.objects.count() == 1
    assert mail.outbox == []


def test_a_deactivated_agency_is_shut_and_knows_by_whom(world: World, operator: User, client_of: Clients) -> None:
    page = f"/ops/tenancy/agency/{world.agency.pk}/change/"
    client = client_of(operator)
    client.post(page, {"name": "星河"})
    assert client_of(world.user()).get(f"{world.console}/").status_code == 404
    client.post(page, {"name": "星河", "is_active": "on"})
    assert client_of(world.user()).get(f"{world.console}/").status_code == 200
    with world.open():
        told = AuditEntry.objects.filter(target="tenancy.agency").order_by("at").values_list("after", flat=True)
        assert list(told) == [{"name": "星河"}, {"is_active": False}, {"is_active": True}]


def test_nothing_is_deleted_and_no_password_is_shown(world: World, operator: User, client_of: Clients) -> None:
    client = client_of(operator)
    owner = world.user()
    page = client.get(f"/ops/accounts/user/{owner.pk}/change/")
    assert owner.password not in page.text and "password" not in page.context["adminform"].form.fields
    for model, pk in (("accounts/user", owner.pk), ("tenancy/agency", world.agency.pk)):
        assert client.post(f"/ops/{model}/{pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/ops/accounts/user/add/").status_code == 403


def test_an_operator_makes_another_and_never_shuts_oneself_out(
    world: World, operator: User, client_of: Clients
) -> None:
    client = client_of(operator)
    other = world.user(Role.AUDITOR)
    client.post(f"/ops/accounts/user/{other.pk}/change/", {"name": "审计", "is_active": "on", "is_staff": "on"})
    assert client_of(other).get("/ops/health/").status_code == 200
    client.post(f"/ops/accounts/user/{operator.pk}/change/", {"name": "运营"})
    operator.refresh_from_db()
    assert operator.is_active and operator.is_staff
