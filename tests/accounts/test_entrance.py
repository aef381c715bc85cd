"""The start address, sign-in, and the way in by invitation."""

import re
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from mcn.accounts import services
from mcn.accounts.agencies import agency_set_active
from mcn.accounts.models import AuditEntry, Invitation, Membership, User
from mcn.core.errors import RuleError
from mcn.tenancy.scope import agency_scope, user_scope
from tests.agencies import PASSWORD, World


def invite(people: World, email: str, roles: list[str]) -> str:
    with agency_scope(people.id), transaction.atomic():
        return services.invite(actor=people.owner, email=email, name="新人", roles=roles)[1]


def roles_of(people: World, email: str) -> list[str] | None:
    with agency_scope(people.id), transaction.atomic():
        member = Membership.objects.filter(user__email=email).first()
        return member.roles if member else None


def test_start_leads_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/").headers["Location"].startswith("/accounts/login/")


def test_start_leads_to_the_only_place(client: Client, xinghe: World) -> None:
    client.force_login(xinghe.owner)
    assert client.get("/").headers["Location"] == "/a/xinghe/"
    client.force_login(xinghe.anchor)
    assert client.get("/").headers["Location"] == "/me/xinghe/"


def test_start_offers_every_place(client: Client, xinghe: World, beichen: World) -> None:
    with agency_scope(beichen.id), transaction.atomic():
        services.member_save(actor=beichen.owner, email=xinghe.owner.email, name="x", roles=["auditor", "anchor"])
    client.force_login(xinghe.owner)
    found = re.findall(r'href="(/(?:a|me|ops)/[^"]*)"', client.get("/").content.decode())
    assert found == ["/a/beichen/", "/me/beichen/", "/a/xinghe/"]


def test_a_person_without_an_agency_is_told_so(client: Client, stranger: User) -> None:
    client.force_login(stranger)
    response = client.get("/", headers={"accept-language": "en"})
    assert "belong to no agency" in response.content.decode()


def test_nobody_signs_up_without_an_invitation(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"email": "a@b.test", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(email="a@b.test").exists()


def test_sign_in_is_throttled(client: Client, xinghe: World) -> None:
    wrong = {"login": xinghe.owner.email, "password": "wrong"}
    answers = [client.post("/accounts/login/", wrong) for _ in range(12)]
    assert client.post("/accounts/login/", wrong | {"password": PASSWORD}).status_code != 302
    assert {answer.status_code for answer in answers} <= {200, 429}


def test_an_invited_person_sets_a_password_and_is_in(client: Client, xinghe: World) -> None:
    token = invite(xinghe, "new@xinghe.test", ["talent"])
    assert client.get(f"/join/xinghe/{token}/").status_code == 200
    response = client.post(f"/join/xinghe/{token}/", {"password": PASSWORD}, follow=False)
    assert response.status_code == 302
    assert roles_of(xinghe, "new@xinghe.test") == ["talent"]
    assert client.get("/").headers["Location"] == "/a/xinghe/"
    assert Client().post(f"/join/xinghe/{token}/", {"password": PASSWORD}).status_code == 404


def test_a_weak_password_is_refused_and_nothing_is_made(client: Client, xinghe: World) -> None:
    token = invite(xinghe, "new@xinghe.test", ["talent"])
    assert client.post(f"/join/xinghe/{token}/", {"password": "123"}).status_code == 422
    assert not User.objects.filter(email="new@xinghe.test").exists()
    assert roles_of(xinghe, "new@xinghe.test") is None


def test_an_invitation_for_somebody_with_an_account_needs_their_sign_in(
    client: Client, xinghe: World, beichen: World
) -> None:
    token = invite(xinghe, beichen.finance.email, ["finance"])
    assert client.get(f"/join/xinghe/{token}/").headers["Location"].startswith("/accounts/login/")
    client.force_login(beichen.owner)
    assert client.post(f"/join/xinghe/{token}/").headers["Location"].startswith("/accounts/login/")
    assert roles_of(xinghe, beichen.finance.email) is None
    client.force_login(beichen.finance)
    assert client.post(f"/join/xinghe/{token}/").headers["Location"] == "/"
    assert roles_of(xinghe, beichen.finance.email) == ["finance"]
    assert roles_of(beichen, beichen.finance.email) == ["finance"]


def test_a_token_opens_its_own_agency_only(client: Client, xinghe: World, beichen: World) -> None:
    token = invite(xinghe, "new@xinghe.test", ["talent"])
    for slug in ("beichen", "nowhere"):
        assert client.post(f"/join/{slug}/{token}/", {"password": PASSWORD}).status_code == 404
    assert roles_of(beichen, "new@xinghe.test") is None


def test_an_invitation_expires(client: Client, xinghe: World) -> None:
    token = invite(xinghe, "new@xinghe.test", ["talent"])
    with agency_scope(xinghe.id), transaction.atomic():
        Invitation.objects.update(expires_at=timezone.now())
    assert client.get(f"/join/xinghe/{token}/").status_code == 404


def test_the_token_itself_is_not_kept(xinghe: World) -> None:
    token = invite(xinghe, "new@xinghe.test", ["talent"])
    with agency_scope(xinghe.id), transaction.atomic():
        kept: dict[str, Any] = Invitation.objects.values().get()
        trail = AuditEntry.objects.get(action="invite")
    assert token not in str(kept)
    assert trail.actor == xinghe.owner


@pytest.mark.parametrize("roles", [[], ["king"], ["owner", "king"]])
def test_roles_come_from_the_list(inside: World, roles: list[str]) -> None:
    with pytest.raises(RuleError):
        services.invite(actor=inside.owner, email="x@x.test", name="x", roles=roles)
    with pytest.raises(RuleError):
        services.member_save(actor=inside.owner, email="x@x.test", name="x", roles=roles)


def test_an_agency_keeps_an_owner(inside: World) -> None:
    with pytest.raises(RuleError):
        services.member_save(actor=inside.owner, email=inside.owner.email, name="xinghe-owner", roles=["finance"])


def test_a_changed_member_leaves_a_trail_of_what_changed(inside: World) -> None:
    email, roles = inside.finance.email, ["finance", "auditor"]
    services.member_save(actor=inside.owner, email=email, name="xinghe-finance", roles=roles)
    entry = AuditEntry.objects.get(action="change")
    assert entry.before == {"roles": ["finance"]}
    assert entry.after == {"roles": ["auditor", "finance"]}
    assert entry.actor_name == "xinghe-owner"


# ── Somebody with an account accepts after sign-in, without the link ──────────────────────────────


def waiting(client: Client) -> list[str]:
    """The invitations on the start page; empty where it leads straight on."""
    return re.findall(r'href="(/join/[^"]*)"', client.get("/").content.decode())


def test_the_start_page_shows_an_invitation_and_it_is_accepted_there(
    client: Client, xinghe: World, beichen: World
) -> None:
    invite(xinghe, beichen.finance.email, ["finance"])
    client.force_login(beichen.finance)
    assert waiting(client) == ["/join/xinghe/"]
    assert "/a/beichen/" in client.get("/").content.decode()
    page = client.get("/join/xinghe/")
    assert (page.status_code, xinghe.agency.name in page.content.decode()) == (200, True)
    assert roles_of(xinghe, beichen.finance.email) is None
    assert client.post("/join/xinghe/").headers["Location"] == "/"
    assert roles_of(xinghe, beichen.finance.email) == ["finance"]
    assert waiting(client) == []
    assert client.post("/join/xinghe/").status_code == 404


def test_somebody_who_belongs_nowhere_yet_sees_the_invitation(client: Client, xinghe: World, stranger: User) -> None:
    invite(xinghe, stranger.email, ["talent"])
    client.force_login(stranger)
    assert waiting(client) == ["/join/xinghe/"]
    assert "belong to no agency" not in client.get("/", headers={"accept-language": "en"}).content.decode()


def test_an_invitation_is_shown_to_and_accepted_by_the_invited_person_only(
    client: Client, xinghe: World, beichen: World
) -> None:
    invite(xinghe, beichen.finance.email, ["finance"])
    client.force_login(beichen.owner)
    assert waiting(client) == []
    for slug in ("xinghe", "nowhere"):  # the same answer as for an agency that does not exist
        assert client.get(f"/join/{slug}/").status_code == 404
        assert client.post(f"/join/{slug}/").status_code == 404
        assert Client().get(f"/join/{slug}/").headers["Location"] == f"/accounts/login/?next=/join/{slug}/"
    assert roles_of(xinghe, beichen.owner.email) is None


def test_what_cannot_be_accepted_any_more_is_not_shown(client: Client, xinghe: World, beichen: World) -> None:
    client.force_login(beichen.finance)
    for change in ("expire", "revoke", "shut the agency"):
        invite(xinghe, beichen.finance.email, ["finance"])
        assert waiting(client) == ["/join/xinghe/"]
        with agency_scope(xinghe.id), transaction.atomic():
            if change == "expire":
                Invitation.objects.update(expires_at=timezone.now())
            elif change == "revoke":
                revoked = services.invitation_revoke(actor=xinghe.owner, invitation=Invitation.objects.latest("pk"))
                assert revoked.revoked_at is not None
            else:
                agency_set_active(actor=None, agency=xinghe.agency, is_active=False)
        assert waiting(client) == []
        assert client.post("/join/xinghe/").status_code == 404


def test_a_person_reads_own_invitations_in_the_database_and_no_others(xinghe: World, beichen: World) -> None:
    invite(xinghe, beichen.finance.email, ["finance"])
    invite(xinghe, beichen.owner.email, ["owner"])
    with user_scope(beichen.finance.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select email from accounts_invitation")
        assert cursor.fetchall() == [(beichen.finance.email,)]
    with agency_scope(beichen.id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts_invitation")
        assert cursor.fetchall() == [(0,)]
        cursor.execute("update accounts_invitation set accepted_at = now()")
        assert cursor.rowcount == 0
