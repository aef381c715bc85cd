"""A file makes nobody with an account a member: such a person is invited, and accepts or does not."""

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone, translation

from mcn.accounts import selectors, services
from mcn.accounts.models import AuditEntry, Invitation, Membership, User
from mcn.settlements.agency_file import AgencyFileError, Report
from mcn.tenancy.rls import tenant_models
from mcn.tenancy.scope import agency_scope
from tests.agencies import World

from .files import agency, full, load_data, put, write

pytestmark = pytest.mark.django_db

SLUG = "newcomer"


def file_with(email: str, *, roles: tuple[str, ...] = ("finance",), name: str = "王敏") -> dict[str, Any]:
    """The full file of another agency; its first member of staff is this person, its second has no account yet."""
    data = put(full(), "agency.slug", SLUG)
    data["staff"] = [
        {"email": email, "name": name, "roles": list(roles)},
        {"email": "boss@newcomer.test", "name": "陈星", "roles": ["owner"]},
    ]
    return data


def members() -> dict[str, list[str]]:
    """E-mails and roles of the agency of the file."""
    with agency_scope(agency(SLUG).pk):
        return dict(Membership.objects.values_list("user__email", "roles"))


def invitations() -> list[tuple[str, str, list[str], User | None]]:
    with agency_scope(agency(SLUG).pk):
        found = Invitation.objects.order_by("pk").select_related("invited_by")
        return [(row.email, row.name, row.roles, row.invited_by) for row in found]


def everything(people: World) -> dict[str, list[Any]]:
    """All rows of an agency."""
    with agency_scope(people.id):
        return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in tenant_models()}


def test_a_person_of_another_agency_is_invited_and_a_new_one_is_a_member(tmp_path: Path, beichen: World) -> None:
    before = everything(beichen)
    report = load_data(tmp_path, file_with(beichen.finance.email.upper()))
    assert report.sections["staff"] == {"created": 2}
    assert members() == {"boss@newcomer.test": ["owner"]}
    assert invitations() == [(beichen.finance.email, "王敏", ["finance"], None)]
    assert everything(beichen) == before
    assert User.objects.get(email=beichen.finance.email).name == beichen.finance.name
    with agency_scope(agency(SLUG).pk):
        assert AuditEntry.objects.get(action="invite").actor is None


def test_a_new_person_sets_a_password_by_mail(tmp_path: Path, client: Client) -> None:
    load_data(tmp_path, file_with("somebody@newcomer.test"))
    client.post("/accounts/password/reset/", {"email": "somebody@newcomer.test"})
    assert re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)


def test_an_account_without_any_agency_is_invited_as_well(tmp_path: Path, stranger: User) -> None:
    load_data(tmp_path, file_with(stranger.email))
    assert stranger.email not in members()
    assert len(invitations()) == 1


def test_a_second_load_changes_nothing_before_and_after_acceptance(
    tmp_path: Path, client: Client, beichen: World
) -> None:
    data = file_with(beichen.finance.email)
    client.force_login(beichen.finance)

    def unchanged() -> Report:
        with agency_scope(agency(SLUG).pk):
            before = [AuditEntry.objects.count(), list(Invitation.objects.values()), list(Membership.objects.values())]
        report = load_data(tmp_path, data)
        assert report.sections["staff"] == {"unchanged": 2}
        assert report.total("created") == report.total("changed") == 0
        with agency_scope(agency(SLUG).pk):
            after = [AuditEntry.objects.count(), list(Invitation.objects.values()), list(Membership.objects.values())]
        assert after == before
        return report

    load_data(tmp_path, data)
    assert client.get(f"/a/{SLUG}/").status_code == 404
    assert len(unchanged().waiting()) == 1
    assert client.post(f"/join/{SLUG}/").status_code == 302
    assert members()[beichen.finance.email] == ["finance"]
    assert client.get(f"/a/{SLUG}/").status_code == 200
    assert unchanged().waiting() == []


def test_an_open_invitation_takes_over_what_the_file_says_now(tmp_path: Path, client: Client, beichen: World) -> None:
    load_data(tmp_path, file_with(beichen.finance.email))
    report = load_data(tmp_path, file_with(beichen.finance.email, roles=("finance", "auditor"), name="王敏敏"))
    assert report.sections["staff"] == {"changed": 1, "unchanged": 1}
    assert invitations() == [(beichen.finance.email, "王敏敏", ["auditor", "finance"], None)]
    client.force_login(beichen.finance)
    client.post(f"/join/{SLUG}/")
    assert members()[beichen.finance.email] == ["auditor", "finance"]


def test_an_invitation_that_ran_out_is_made_anew(tmp_path: Path, beichen: World) -> None:
    load_data(tmp_path, file_with(beichen.finance.email))
    with agency_scope(agency(SLUG).pk):
        Invitation.objects.update(expires_at=timezone.now())
    report = load_data(tmp_path, file_with(beichen.finance.email))
    assert report.sections["staff"] == {"created": 1, "unchanged": 1}
    with agency_scope(agency(SLUG).pk):
        newest = Invitation.objects.latest("pk")
        assert newest.is_open and newest.expires_at - timezone.now() < timedelta(days=7)


def test_a_revoked_invitation_stays_revoked(tmp_path: Path, beichen: World) -> None:
    load_data(tmp_path, file_with(beichen.finance.email))
    with agency_scope(agency(SLUG).pk):
        boss = Membership.objects.get(user__email="boss@newcomer.test").user
        services.invitation_revoke(actor=boss, invitation=Invitation.objects.get())
    report = load_data(tmp_path, file_with(beichen.finance.email, roles=("owner",)))
    assert report.sections["staff"] == {"unchanged": 2}
    with translation.override("en"):
        assert report.waiting() == [f"{beichen.finance.email}: the invitation was revoked and stays so."]
    assert len(invitations()) == 1


def test_an_agency_does_not_pass_to_an_owner_who_has_not_accepted(tmp_path: Path, beichen: World) -> None:
    load_data(tmp_path, file_with(beichen.finance.email))
    data = file_with(beichen.finance.email, roles=("owner",))
    data["staff"][1]["roles"] = ["auditor"]
    with translation.override("en"), pytest.raises(AgencyFileError, match="at least one active owner"):
        load_data(tmp_path, data)
    assert invitations()[0][2] == ["finance"]


def test_a_load_that_fails_invites_nobody(tmp_path: Path, beichen: World) -> None:
    with pytest.raises(AgencyFileError):
        load_data(tmp_path, put(file_with(beichen.finance.email), "skus[0].brand", "B99"))
    assert selectors.invitations(beichen.finance) == []
    assert not User.objects.filter(email="boss@newcomer.test").exists()


def test_the_command_tells_who_has_to_accept(tmp_path: Path, beichen: World) -> None:
    path = write(tmp_path, file_with(beichen.finance.email))
    for _time in range(2):
        out, err = StringIO(), StringIO()
        with translation.override("en"):
            call_command("load_agency", str(path), stdout=out, stderr=err)
        assert beichen.finance.email not in out.getvalue()
        (line,) = err.getvalue().splitlines()
        assert line.startswith(f"{beichen.finance.email} has an account and becomes a member by accepting")
        assert "beichen" not in line.replace(beichen.finance.email, "") and beichen.agency.name not in line


def test_the_operator_vouches_for_whom_they_name_on_the_command_line(tmp_path: Path, beichen: World) -> None:
    load_data(tmp_path, file_with(beichen.finance.email))
    with agency_scope(agency(SLUG).pk):
        assert services.invitation_vouch(email="nobody@elsewhere.test") is None
        member = services.invitation_vouch(email=beichen.finance.email.upper())
        assert member is not None and (member.user, member.roles) == (beichen.finance, ["finance"])
        assert services.invitation_vouch(email=beichen.finance.email) is None
        assert Invitation.objects.get().accepted_at is not None
