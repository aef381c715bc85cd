"""Anchors, payees and their personal data, accounts, sign-in, advances, attendance."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client

from mcn.accounts.models import AuditEntry, Membership
from mcn.accounts.permissions import Role
from mcn.anchors.models import Advance, Anchor, Attendance, Payee, PlatformAccount
from mcn.anchors.services import account_save, advance_save
from mcn.settlements.models import Period, Recoupment, Statement
from tests.agencies import World, make_world
from tests.people import People, make_people

Clients = Callable[..., Client]
ACCOUNT = {"platform": "douyin", "account_id": "10001", "nickname": "", "collected_by": "agency"}


@pytest.fixture
def people(world: World) -> People:
    return make_people(world)


def test_a_new_anchor_brings_a_payee_of_the_same_code(world: World, client_of: Clients) -> None:
    values = {"code": "A07", "stage_name": "老白", "status": "active", "kind": "company", "legal_name": "白白科技"}
    page = client_of(Role.TALENT).post(f"{world.console}/anchors/new/", values, follow=True)
    assert "A07 老白 has been saved" in page.text
    with world.open():
        anchor = Anchor.objects.select_related("payee").get(code="A07")
        assert (anchor.payee.code, anchor.payee.kind, anchor.payee.legal_name) == ("A07", "company", "白白科技")


def test_an_account_has_one_holder_at_a_time_and_is_ended_and_corrected(
    world: World, people: People, client_of: Clients
) -> None:
    client = client_of(Role.OPERATIONS)
    other = client.post(
        f"{world.console}/anchors/new/",
        {"code": "A02", "stage_name": "阿木", "status": "active", "kind": "labour", "legal_name": "木"},
        follow=True,
    ).context["record"]
    new = f"{world.console}/platform-accounts/new/"
    refused = client.post(new, ACCOUNT | {"anchor": other.pk, "starts_on": "2026-07-01", "ends_on": ""})
    assert "held by A01 小鹿" in refused.context["form"].errors["account_id"][0]
    with world.open():
        account = PlatformAccount.objects.get()
    end = ACCOUNT | {"nickname": "小鹿", "starts_on": "2026-01-02", "ends_on": "2026-07-01"}
    client.post(f"{world.console}/platform-accounts/{account.pk}/edit/", end)
    made = client.post(new, ACCOUNT | {"anchor": other.pk, "starts_on": "2026-07-01", "ends_on": ""})
    assert made.status_code == 302
    with world.open():
        rows = PlatformAccount.objects.order_by("starts_on").values_list("anchor__code", "starts_on", "ends_on")
        assert list(rows) == [
            ("A01", date(2026, 1, 2), date(2026, 7, 1)),
            ("A02", date(2026, 7, 1), None),
        ]


def test_every_tab_of_an_anchor_opens(world: World, people: People, client_of: Clients) -> None:
    with world.open():
        advance_save(
            actor=None,
            payee=people.anchor.payee,
            code="ADV1",
            amount_fen=600_000,
            paid_on=date(2026, 5, 10),
            recoup_rate=Decimal("0.3"),
        )
        period = Period.objects.create(code="2026-07")
        Statement.objects.create(
            period=period, payee=people.anchor.payee, code="A01", name="小鹿", kind="labour", earned_fen=1_293_954
        )
    client = client_of()
    page = f"{world.console}/anchors/{people.anchor.pk}/"
    assert "10001" in client.get(page).text
    expected = {
        "platform-accounts": "10001",
        "contracts": "XH-01",
        "sessions": "Nothing here yet",
        "earnings": "¥12,939.54",
        "training-records": "Nothing here yet",
        "advances": "ADV1",
        "attendance": "Nothing here yet",
        "history": "Created",
    }
    for tab, words in expected.items():
        assert words in client.get(f"{page}?tab={tab}").text
    assert f"advances/new/?payee={people.anchor.payee.pk}" in client.get(f"{page}?tab=advances").text
    assert "tab=earnings" not in client_of(Role.OPERATIONS).get(page).text


def test_personal_data_is_masked_and_shown_once_on_record(world: World, people: People, client_of: Clients) -> None:
    page = f"{world.console}/payees/{people.anchor.payee.pk}/"
    secrets = ("330106199901010019", "13800000019", "6222020200011234567")
    finance = client_of(Role.FINANCE)
    for address in (page, f"{page}edit/", f"{page}?tab=history"):
        assert not any(secret in client_of().get(address).text for secret in secrets)
    assert "••••0019" in finance.get(page).text
    with world.open():
        before = AuditEntry.objects.count()
    assert finance.get(f"{page}reveal/").status_code == 405
    assert client_of(Role.TALENT).post(f"{page}reveal/").status_code == 403
    with world.open():
        assert AuditEntry.objects.count() == before
    answer = finance.post(f"{page}reveal/")
    assert all(secret in answer.text for secret in secrets)
    assert "no-store" in answer["Cache-Control"]
    with world.open():
        entry = AuditEntry.objects.latest("at")
        assert (entry.action, entry.target_id, entry.actor) == (
            "reveal",
            people.anchor.payee.pk,
            world.user(Role.FINANCE),
        )
        assert entry.after == {"fields": ["id_number", "phone", "bank"]}


def test_the_personal_data_of_another_agency_is_not_found(people: People, client_of: Clients) -> None:
    other = make_world("beichen", "北辰直播")
    client = client_of(Role.OWNER, other)
    assert client.post(f"{other.console}/payees/{people.agent.pk}/reveal/").status_code == 404


def test_empty_personal_data_is_kept_and_typed_replaces_it(world: World, people: People, client_of: Clients) -> None:
    values = {
        "code": "A01",
        "name": "小鹿",
        "kind": "labour",
        "legal_name": "林小鹿",
        "social_insurance_fen": "0",
        "special_deductions_fen": "0",
        "phone": "13911112222",
        "bank_branch": "杭州滨江支行",
    }
    client_of(Role.TALENT).post(f"{world.console}/payees/{people.anchor.payee.pk}/edit/", values)
    with world.open():
        payee = Payee.objects.get(code="A01")
        assert (payee.id_number, payee.phone) == ("330106199901010019", "13911112222")
        assert payee.bank == {
            "account": "6222020200011234567",
            "name": "林小鹿",
            "bank": "工商银行",
            "branch": "杭州滨江支行",
        }
        entry = AuditEntry.objects.filter(target="anchors.payee", action="change").latest("at")
        assert "13911112222" not in str(entry.after)


def test_an_invited_anchor_is_linked_and_comes_in(world: World, people: People, client_of: Clients) -> None:
    page = f"{world.console}/anchors/{people.anchor.pk}/sign-in/"
    answer = client_of().post(page, {"do": "invite", "email": " Deer@Example.test "})
    link = answer.context["link"]
    assert link in mail.outbox[0].body
    assert mail.outbox[0].to == ["deer@example.test"]
    assert "Invited or deactivated" in client_of().get(page).text
    joined = Client().post(link.removeprefix("http://testserver"), {"password": "a long enough secret"})
    assert joined.status_code == 302
    with world.open():
        anchor = Anchor.objects.select_related("member__user").get(pk=people.anchor.pk)
        assert anchor.member is not None and anchor.member.is_active
        assert (anchor.member.user.email, anchor.member.roles) == ("deer@example.test", ["anchor"])
    again = client_of().post(page, {"do": "invite", "email": "other@example.test"})
    assert "can already sign in" in str(again.context["invite"].errors)


def test_a_member_is_linked_and_unlinked(world: World, people: People, client_of: Clients) -> None:
    page = f"{world.console}/anchors/{people.anchor.pk}/sign-in/"
    trainer = world.members[Role.TRAINER]
    assert client_of(Role.TALENT).post(page, {"do": "link", "member": trainer.pk}).status_code == 403
    client = client_of()
    known = client.post(page, {"do": "invite", "email": trainer.user.email})
    assert "is a member already" in str(known.context["invite"].errors)
    client.post(page, {"do": "link", "member": trainer.pk})
    with world.open():
        assert Anchor.objects.get().member_id == trainer.pk
        assert Membership.objects.get(pk=trainer.pk).roles == ["anchor", "trainer"]
    client.post(page, {"do": "unlink"})
    with world.open():
        assert Anchor.objects.get().member_id is None


def test_an_advance_tells_what_is_outstanding(world: World, people: People, client_of: Clients) -> None:
    values = {"payee": people.anchor.payee.pk, "code": "ADV1", "amount_fen": "6000", "paid_on": "2026-05-10"}
    client = client_of(Role.FINANCE)
    refused = client.post(f"{world.console}/advances/new/", values | {"recoup_rate": "130"})
    assert refused.status_code == 422
    client.post(f"{world.console}/advances/new/", values | {"recoup_rate": "30"})
    with world.open():
        advance = Advance.objects.get()
        statement = Statement.objects.create(
            period=Period.objects.create(code="2026-07"),
            payee=people.anchor.payee,
            code="A01",
            name="小鹿",
            kind="labour",
        )
        Recoupment.objects.create(statement=statement, advance=advance, amount_fen=388_186)
    page = client.get(f"{world.console}/advances/{advance.pk}/")
    found = page.context["advance"]
    assert (found.in_draft, found.outstanding) == (388_186, 211_814)


def test_attendance_of_a_closed_month_stays(world: World, people: People, client_of: Clients) -> None:
    new = f"{world.console}/attendance/new/"
    client = client_of(Role.OPERATIONS)
    values = {"anchor": people.anchor.pk, "period": "2026-07", "valid_days": "32", "valid_hours": "160"}
    assert list(client.post(new, values).context["form"].errors) == ["valid_days"]
    client.post(new, values | {"valid_days": "26"})
    with world.open():
        row = Attendance.objects.get()
        Period.objects.create(code="2026-07", state=Period.State.CLOSED)
    refused = client.post(f"{world.console}/attendance/{row.pk}/edit/", {"valid_days": "20", "valid_hours": "160"})
    assert "2026-07 is closed" in str(refused.context["form"].errors)


def test_an_account_s_page_links_to_its_anchor(world: World, people: People, client_of: Clients) -> None:
    with world.open():
        account, _outcome = account_save(
            actor=None, anchor=people.anchor, platform="taobao", account_id="tb1", starts_on=date(2026, 1, 1)
        )
    page = client_of().get(f"{world.console}/platform-accounts/{account.pk}/")
    assert f'href="{world.console}/anchors/{people.anchor.pk}/"' in page.text


def test_a_foreign_document_is_asked_for_hidden_and_kept(world: World, people: People, client_of: Clients) -> None:
    page = f"{world.console}/payees/{people.anchor.payee.pk}/"
    talent, finance = client_of(Role.TALENT), client_of(Role.FINANCE)
    values = {
        "code": "A01",
        "name": "小鹿",
        "kind": "labour",
        "legal_name": "Ana Souza",
        "social_insurance_fen": "0",
        "special_deductions_fen": "0",
        "id_number": "FX1234567",
        "non_resident": "on",
        "document_kind": "foreign_passport",
        "document_country": "巴西",
        "document_born_on": "1992-03-04",
        "bank_province": "浙江省",
        "bank_city": "杭州市",
    }
    assert talent.post(f"{page}edit/", values).status_code == 302
    with world.open():
        payee = Payee.objects.get(code="A01")
        assert payee.document == {"kind": "foreign_passport", "country": "巴西", "born_on": "1992-03-04"}
        assert (payee.bank["province"], payee.bank["city"]) == ("浙江省", "杭州市")
    shown = talent.get(page).text
    assert "still asks for: Sex, First entry into China." in shown
    assert "浙江省" in shown
    for secret in ("FX1234567", "巴西", "1992-03-04", "Foreign passport"):
        assert secret not in shown
        assert secret not in talent.get(f"{page}?tab=history").text
    assert "巴西" not in talent.get(f"{page}edit/").text
    revealed = finance.post(f"{page}reveal/").text
    for secret in ("巴西", "1992-03-04", "Foreign passport"):
        assert secret in revealed
    with world.open():
        entry = AuditEntry.objects.filter(action="reveal").latest("at")
        assert entry.after == {"fields": ["id_number", "document", "phone", "bank"]}
    early = values | {"document_entered_on": "1992-03-03"}
    answer = talent.post(f"{page}edit/", early)
    assert answer.status_code == 422
    assert "ame to China on 1992-03-03, before being born on 1992-03-04." in answer.text
    values |= {
        "document_kind": "",
        "document_country": "",
        "document_sex": "female",
        "document_entered_on": "2025-09-10",
    }
    talent.post(f"{page}edit/", values)
    with world.open():
        assert Payee.objects.get(code="A01").document == {
            "kind": "foreign_passport",
            "country": "巴西",
            "sex": "female",
            "born_on": "1992-03-04",
            "entered_on": "2025-09-10",
        }
    assert "still asks for" not in talent.get(page).text
