"""Anchors, contracts, sessions, settings and the operator's site: at the desk and on the phone, in both languages."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from mcn.accounts.models import User
from mcn.accounts.permissions import Role
from mcn.accounts.services import invite
from mcn.anchors.models import ContractVersion, PlatformAccount
from mcn.anchors.services import advance_save, attendance_save
from mcn.live.services import session_save
from mcn.settlements.models import Period, Statement
from tests.agencies import PASSWORD, World, make_world
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched
from tests.people import People, make_people

Opener = Callable[..., Watched]


@pytest.fixture
def people(world: World) -> People:
    """The small agency, with a session, an advance, attendance and a month's statement."""
    made = make_people(world)
    payee = made.anchor.payee
    with world.open():
        session_save(
            actor=world.user(),
            code="L01",
            title="周五专场",
            platform="douyin",
            account_id="10001",
            starts_at=datetime(2026, 7, 3, 11, tzinfo=UTC),
            ends_at=datetime(2026, 7, 3, 16, tzinfo=UTC),
            hosts=[(made.anchor, Decimal("0.6"))],
        )
        advance_save(
            actor=None,
            payee=payee,
            code="ADV1",
            amount_fen=600_000,
            paid_on=date(2026, 5, 10),
            recoup_rate=Decimal("0.3"),
        )
        attendance_save(
            actor=None,
            anchor=made.anchor,
            period="2026-07",
            valid_days=26,
            valid_hours=Decimal("160"),
            last_closed=None,
        )
        for month, earned in (("2026-06", 1_100_000), ("2026-07", 1_293_954)):
            Statement.objects.create(
                period=Period.objects.create(code=month),
                payee=payee,
                code="A01",
                name="小鹿",
                kind="labour",
                earned_fen=earned,
                net_pay_fen=earned // 2,
            )
    return made


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_user("operator@platform.test", PASSWORD, name="站长", is_staff=True)


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_every_page(world: World, people: People, open_as: Opener, language: str, size: str) -> None:
    with world.open():
        account = PlatformAccount.objects.get()
        advance = people.anchor.payee.advances.get()
        session = people.anchor.hosted.get().session_id
    anchor, contract = f"/anchors/{people.anchor.pk}/", f"/contracts/{people.contract.pk}/"
    watched = open_as(world.user(), language=language, size=size, dark=language == "en")
    tabs = ("platform-accounts", "contracts", "sessions", "earnings", "training-records", "advances", "attendance")
    for page in (
        "/anchors/",
        "/anchors/new/",
        anchor,
        *(f"{anchor}?tab={tab}" for tab in (*tabs, "history")),
        f"{anchor}sign-in/",
        "/platform-accounts/",
        f"/platform-accounts/{account.pk}/edit/",
        "/payees/",
        f"/payees/{people.anchor.payee.pk}/",
        f"/payees/{people.anchor.payee.pk}/edit/",
        "/contracts/",
        "/contracts/new/",
        contract,
        f"{contract}?tab=history",
        f"{contract}versions/new/",
        "/sessions/",
        "/sessions/new/",
        f"/sessions/{session}/",
        "/sessions/week/?from=2026-07-03",
        "/sessions/week/?from=2026-07-13",
        "/advances/",
        f"/advances/{advance.pk}/",
        "/attendance/",
        "/settings/",
        "/members/",
        "/members/new/",
        f"/members/{world.members[Role.FINANCE].pk}/edit/",
        "/invitations/",
        "/audit/",
        "/audit/?q=nothing-has-this",
    ):
        watched.visit(world.console + page)


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_a_version_is_edited_reviewed_and_saved(
    world: World, people: People, open_as: Opener, language: str, size: str
) -> None:
    watched = open_as(world.user(Role.TALENT), language=language, size=size)
    watched.expected_statuses.add(422)
    page = watched.visit(f"{world.console}/contracts/{people.contract.pk}/versions/new/")
    page.evaluate("() => { window.__same = true; }")
    page.locator("button[value=add-split]").click()
    page.locator("[name=split-2-income]").select_option("tips")
    page.locator("[name=split-2-pays]").select_option("tiers")
    page.locator("[name=split-2-step-0-up_to]").fill("1000")
    page.locator("button[value=add-step-2]").click()
    page.locator("[name=split-2-step-2-rate]").wait_for()
    assert page.locator("[name=split-2-step-0-up_to]").input_value() == "1000"
    assert page.evaluate("() => window.__same") is True  # rows came without loading the page again
    watched.check()
    page.locator("[name=split-2-step-1-up_to]").fill("900")
    for step, rate in enumerate(("40", "45", "50")):
        page.locator(f"[name=split-2-step-{step}-rate]").fill(rate)
    page.locator("button[value=review]").last.click()
    page.locator(".field-errors").wait_for()
    watched.check()
    page.locator("[name=split-2-step-1-up_to]").fill("2000")
    page.locator("button[value=remove-override-0]").click()
    page.locator("[name=override-0-rate]").wait_for(state="detached")
    page.locator("button[value=review]").last.click()
    page.locator(".diff").wait_for()
    assert page.locator(".diff > li").count() == 2
    watched.check()
    page.locator("button[value=save]").click()
    page.wait_for_url(f"**/contracts/{people.contract.pk}/")
    watched.check()
    with world.open():
        version = ContractVersion.objects.get(number=2)
        tips = version.splits.get(income="tips")
        assert [step.up_to for step in tips.steps.all()] == [100_000, 200_000, None]
        assert not version.overrides.exists()


def test_the_editor_works_without_scripts(
    world: World, people: People, browser: object, live_server: object, open_as: Opener
) -> None:
    signed_in = open_as(world.user(Role.TALENT))
    cookies = signed_in.page.context.cookies()
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)  # type: ignore[attr-defined]
    try:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"{world.console}/contracts/{people.contract.pk}/versions/new/")
        page.locator("button[value=add-override]").click()
        page.locator("[name=override-1-rate]").wait_for()
        page.locator("button[value=remove-split-1]").click()
        page.locator("[name=split-1-rate]").wait_for(state="detached")
        page.locator("[name=split-0-pays]").select_option("tiers")
        page.locator("button[value=refresh]").first.click()
        page.locator("[name=split-0-step-1-rate]").wait_for()
    finally:
        context.close()


def test_personal_data_is_revealed_after_a_question(world: World, people: People, open_as: Opener) -> None:
    watched = open_as(world.user(Role.FINANCE))
    page = watched.visit(f"{world.console}/payees/{people.anchor.payee.pk}/")
    assert page.get_by_text("330106199901010019").count() == 0
    page.get_by_role("button", name="查看").click()
    page.locator("dialog[open]").get_by_role("button", name="查看").click()
    page.get_by_text("330106199901010019").wait_for()
    watched.check()
    page.go_back()
    assert page.get_by_text("330106199901010019").count() == 0


def test_weights_are_added_up_while_typing(world: World, people: People, open_as: Opener) -> None:
    watched = open_as(world.user(Role.OPERATIONS), size="phone")
    page = watched.visit(f"{world.console}/sessions/new/")
    page.locator("[name=weight_0]").fill("60.5")
    page.locator("[name=weight_1]").fill("30")
    assert page.locator("[data-sum]").text_content() == "90.5 %"
    page.locator("[name=weight_2]").fill("20")
    assert "is-wrong" in (page.locator("[data-sum]").get_attribute("class") or "")
    watched.check()


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_the_operator_s_site(
    world: World, people: People, operator: User, open_as: Opener, language: str, size: str
) -> None:
    watched = open_as(operator, language=language, size=size, dark=language == "en")
    for page in (
        "/ops/health/",
        "/ops/tenancy/agency/",
        "/ops/tenancy/agency/add/",
        f"/ops/tenancy/agency/{world.agency.pk}/change/",
        "/ops/accounts/user/",
        f"/ops/accounts/user/{operator.pk}/change/",
    ):
        watched.visit(page)
    opened = watched.visit(f"/ops/agencies/{world.agency.pk}/jobs/")
    opened.locator("#reason").fill("导入卡住")
    opened.locator("#reason").press("Enter")
    opened.locator("#reason").wait_for(state="detached")
    watched.check()


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_somebody_with_an_account_accepts_an_invitation_after_sign_in(
    world: World, open_as: Opener, language: str, size: str
) -> None:
    other = make_world("beichen", "北辰直播")
    with other.open():
        invite(actor=other.user(), email=world.user(Role.FINANCE).email, name="王敏", roles=[Role.FINANCE])
    watched = open_as(world.user(Role.FINANCE), language=language, size=size)
    page = watched.visit("/")
    page.locator("a[href='/join/beichen/']").click()
    page.wait_for_url("**/join/beichen/")
    watched.check()
    page.locator("button.btn-primary").click()
    page.locator("a[href='/a/beichen/']").wait_for()
    assert page.locator("a[href='/join/beichen/']").count() == 0
    watched.check()
