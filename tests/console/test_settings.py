"""Settings: the agency's data, members and invitations, the audit trail."""

from collections.abc import Callable
from datetime import time
from decimal import Decimal

from django.core import mail
from django.test import Client

from mcn.accounts.models import AuditEntry, Invitation, Membership
from mcn.accounts.permissions import Role
from mcn.settlements.models import Period
from mcn.tenancy.models import Agency, PlatformFeeRate
from tests.agencies import World, make_world
from tests.people import make_people

Clients = Callable[..., Client]
AGENCY = {
    "name": "星河传媒",
    "timezone": "Asia/Shanghai",
    "day_starts_at": "04:00",
    "first_period": "2026-07",
    "labour_tax": "cumulative_platform",
    "labour_gap_months": "calendar",
    "labour_income_item": "劳务报酬",
    "minimum_payout_fen": "100.50",
    "dispute_days": "10",
    "dispute_answer_days": "2",
    "fee_douyin": "10",
    "fee_kuaishou": "",
}


def stored(world: World) -> Agency:
    with world.open():
        return Agency.objects.get(pk=world.agency.pk)


def test_agency_data_is_changed_with_an_audit_entry(world: World, client_of: Clients) -> None:
    page = client_of().post(f"{world.console}/settings/", AGENCY, follow=True)
    assert "The settings have been saved" in page.text
    agency = stored(world)
    assert (agency.day_starts_at, agency.first_period) == (time(4), "2026-07")
    assert (agency.labour_tax, agency.labour_gap_months) == ("cumulative_platform", "calendar")
    assert agency.labour_income_item == "劳务报酬"
    assert agency.minimum_payout_fen == 10_050
    assert (agency.dispute_days, agency.dispute_answer_days) == (10, 2)
    with world.open():
        assert list(PlatformFeeRate.objects.values_list("platform", "fee_rate")) == [("douyin", Decimal("0.1"))]
        entry = AuditEntry.objects.get(target="tenancy.agency")
        assert entry.before is not None and entry.before["day_starts_at"] == "00:00:00"
        assert entry.actor == world.user()
        count = AuditEntry.objects.count()
    again = client_of().post(f"{world.console}/settings/", AGENCY, follow=True)
    assert "Nothing has changed" in again.text
    with world.open():
        assert AuditEntry.objects.count() == count


def test_what_the_agency_s_data_may_not_be(world: World, client_of: Clients) -> None:
    def errors(**typed: str) -> list[str]:
        answer = client_of().post(f"{world.console}/settings/", AGENCY | typed)
        assert answer.status_code == 422
        return list(answer.context["form"].errors)

    assert errors(timezone="Moon/Base") == ["timezone"]
    assert errors(first_period="2026-13") == ["first_period"]
    assert errors(minimum_payout_fen="-1") == ["minimum_payout_fen"]
    assert errors(fee_douyin="101") == ["fee_douyin"]
    assert errors(dispute_days="366") == ["dispute_days"]
    assert errors(dispute_answer_days="-1") == ["dispute_answer_days"]
    with world.open():
        Period.objects.create(code="2026-06", state=Period.State.CLOSED)
    assert errors() == ["day_starts_at"]
    assert stored(world).minimum_payout_fen == 0


def test_only_the_owner_changes_settings_and_the_auditor_reads(world: World, client_of: Clients) -> None:
    auditor = client_of(Role.AUDITOR)
    for page in ("settings/", "members/", "invitations/", "audit/"):
        assert auditor.get(f"{world.console}/{page}").status_code == 200
        assert client_of(Role.FINANCE).get(f"{world.console}/{page}").status_code == 403
    assert auditor.post(f"{world.console}/settings/", AGENCY).status_code == 403
    assert auditor.get(f"{world.console}/members/new/").status_code == 403


def test_inviting_a_member_shows_the_link_once_and_mails_it(world: World, client_of: Clients) -> None:
    client = client_of()
    values = {"email": "New@Example.test", "name": "新人", "roles": ["finance", "operations"]}
    answer = client.post(f"{world.console}/members/new/", values)
    link = answer.context["link"]
    assert link in mail.outbox[0].body and link in answer.text
    path = link.removeprefix("http://testserver")
    assert path.startswith(f"/join/{world.agency.slug}/")
    assert link not in client.get(f"{world.console}/invitations/").text
    Client().post(path, {"password": "a long enough secret"})
    with world.open():
        assert Membership.objects.get(user__email="new@example.test").roles == ["finance", "operations"]
    known = client.post(f"{world.console}/members/new/", values)
    assert list(known.context["form"].errors) == ["email"]
    nobody = client.post(f"{world.console}/members/new/", {"email": "x@example.test", "name": "x", "roles": ["anchor"]})
    assert list(nobody.context["form"].errors) == ["roles"]


def test_a_revoked_invitation_opens_nothing(world: World, client_of: Clients) -> None:
    client = client_of()
    values = {"email": "new@example.test", "name": "新人", "roles": ["finance"]}
    link = client.post(f"{world.console}/members/new/", values).context["link"]
    with world.open():
        invitation = Invitation.objects.get()
    page = f"{world.console}/invitations/{invitation.pk}/"
    assert "Revoke" in client.get(page).text
    client.post(f"{page}revoke/")
    assert "Revoke</button>" not in client.get(page).text
    assert Client().get(link.removeprefix("http://testserver")).status_code == 404


def test_roles_are_changed_and_a_member_is_deactivated(world: World, client_of: Clients) -> None:
    client = client_of()
    finance = world.members[Role.FINANCE]
    page = f"{world.console}/members/{finance.pk}/"
    client.post(f"{page}edit/", {"name": "小周", "roles": ["finance", "auditor"], "is_active": "on"})
    assert "Finance" in client.get(page).text
    client.post(f"{page}edit/", {"name": "小周", "roles": ["finance", "auditor"]})
    assert client_of(Role.FINANCE).get(f"{world.console}/").status_code == 404
    history = client.get(f"{page}?tab=history").text
    assert "Finance, Auditor" in history or "Auditor, Finance" in history
    owner = world.members[Role.OWNER]
    refused = client.post(f"{world.console}/members/{owner.pk}/edit/", {"name": "x", "roles": ["finance"]})
    assert "at least one active owner" in str(refused.context["form"].errors["roles"])


def test_the_audit_trail_is_filtered_by_person_record_and_time(world: World, client_of: Clients) -> None:
    people = make_people(world)
    client = client_of()
    client_of(Role.FINANCE).post(f"{world.console}/payees/{people.agent.pk}/reveal/")

    def told(query: str) -> list[tuple[str, str]]:
        page = client.get(f"{world.console}/audit/?{query}")
        return [(entry["action"], entry["name"]) for entry in page.context["entries"]]

    finance = world.members[Role.FINANCE]
    assert told(f"actor={finance.pk}") == [("Looked at personal data", "G01 李强")]
    assert told("target=anchors.anchor") == [("Created", "A01 小鹿")]
    assert told("q=XH-01 v1") == [("Created", "XH-01 v1")]
    assert told("since=2999-01-01") == [] == told("until=2000-01-01")
    everything = client.get(f"{world.console}/audit/")
    assert f'href="{world.console}/contracts/{people.contract.pk}/"' in everything.text
    assert "330106199901010019" not in everything.text
    assert told("actor=nonsense") == []


def test_the_audit_trail_of_another_agency_is_not_shown(world: World, client_of: Clients) -> None:
    other = make_world("beichen", "北辰直播")
    make_people(other)
    entries = client_of().get(f"{world.console}/audit/").context["entries"]
    assert "A01 小鹿" not in {entry["name"] for entry in entries}
