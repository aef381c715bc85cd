"""Invitations, members and sign-in open the agencies that they are for, and no other."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import get_script_prefix

from mcn.accounts import services
from mcn.accounts.models import User
from mcn.accounts.permissions import Role
from mcn.console.generic.resource import Resource
from mcn.jobs import services as jobs
from mcn.tenancy.scope import NOBODY, agency_scope, current
from tests.agencies import PASSWORD
from tests.isolation.test_jobs import make_job
from tests.isolation.twins import PERIOD, Twin, inside, signed_in

pytestmark = pytest.mark.usefixtures("other_unchanged")


def invited(twin: Twin, email: str, roles: list[str]) -> str:
    with inside(twin):
        return services.invite(actor=twin.user(), email=email, name="x", roles=roles)[1]


def test_an_invitation_does_not_open_the_other_agencies_of_the_invited(
    twins: tuple[Twin, Twin], other_unchanged: set[str]
) -> None:
    """The one who invites sees the link. A member of another agency who has no password yet stays theirs."""
    own, other = twins
    other_unchanged |= {"accounts_membership", "accounts_auditentry"}
    with inside(other):
        services.member_save(actor=None, email="chief@beichen.test", name="chief", roles=[Role.OWNER])
    token = invited(own, "chief@beichen.test", [Role.TRAINER])
    client = signed_in(None)
    answer = client.post(f"/join/xinghe/{token}/", {"password": PASSWORD})
    assert answer.status_code == 422
    assert not User.objects.get(email="chief@beichen.test").has_usable_password()
    assert client.get("/a/beichen/").status_code == 302


def test_a_person_without_password_joins_after_proving_the_address(twins: tuple[Twin, Twin]) -> None:
    own = twins[0]
    User.objects.create_user("alone@nowhere.test", name="alone")
    token = invited(own, "alone@nowhere.test", [Role.TRAINER])
    assert signed_in(None).post(f"/join/xinghe/{token}/", {"password": PASSWORD}).status_code == 302
    assert Client().post("/accounts/password/reset/", {"email": own.user().email}).status_code == 302
    assert re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)


def test_nobody_takes_an_address_that_was_not_proved(twins: tuple[Twin, Twin]) -> None:
    """An e-mail names a person in every agency, so it does not change by typing another one."""
    user = twins[0].user(Role.TRAINER)
    client = signed_in(user)
    victim = "victim@beichen.test"
    client.post("/accounts/email/", {"action_add": "", "email": victim})
    client.post("/accounts/email/", {"action_primary": "", "email": victim})
    user.refresh_from_db()
    assert user.email != victim
    assert client.get("/accounts/email/").status_code == 404


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": [Role.TRAINER]}, {"roles": [Role.ANCHOR]}])
def test_who_loses_a_role_loses_the_pages_at_once(twins: tuple[Twin, Twin], change: dict[str, Any]) -> None:
    own = twins[0]
    finance, client = own.user(Role.FINANCE), own.client(Role.FINANCE)
    assert client.get("/a/xinghe/payees/").status_code == 200
    assert client.get("/a/xinghe/api/v1/statements/").status_code == 200
    with inside(own):
        services.member_save(actor=own.user(), email=finance.email, name="x", **({"roles": [Role.FINANCE]} | change))
    expected = 403 if change.get("roles") == [Role.TRAINER] else 404
    assert client.get("/a/xinghe/payees/").status_code == expected
    assert client.get("/a/xinghe/api/v1/statements/").status_code == expected
    job = make_job(own, "calculate", {"period": PERIOD}, actor=finance)
    with agency_scope(own.agency.pk):
        assert jobs.run(job.pk).state == "failed"


def test_a_deactivated_account_or_agency_is_out_at_once(twins: tuple[Twin, Twin]) -> None:
    own = twins[0]
    client = own.client()
    User.objects.filter(pk=own.user().pk).update(is_active=False)
    assert client.get("/a/xinghe/").status_code == 302
    other_client = own.client(Role.FINANCE)
    with inside(own):
        type(own.agency).objects.filter(pk=own.agency.pk).update(is_active=False)
    assert other_client.get("/a/xinghe/").status_code == 404


def test_the_scope_ends_with_a_page_that_breaks(twins: tuple[Twin, Twin], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("秘密xinghe in a message")

    client = twins[0].client()
    monkeypatch.setattr(Resource, "rows", broken)
    answer = client.get("/a/xinghe/brands/")
    assert answer.status_code == 500
    assert "秘密" not in answer.content.decode() and "RuntimeError" not in answer.content.decode()
    assert current() == NOBODY
    assert get_script_prefix() == "/"
