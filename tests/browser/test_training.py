"""A trainer keeps courses, in both languages, at the desk and on the phone."""

from collections.abc import Callable

import pytest

from mcn.accounts.permissions import Role
from mcn.training.services import course_save
from tests.agencies import World
from tests.browser.conftest import VIEWS
from tests.browser.watch import Watched


@pytest.mark.parametrize(("language", "size"), VIEWS)
def test_pages_of_courses(world: World, open_as: Callable[..., Watched], language: str, size: str) -> None:
    with world.open():
        for number in range(30):
            course, _outcome = course_save(
                actor=world.user(), code=f"C{number:03d}", title=f"直播合规第 {number} 讲", required=number % 2 == 0
            )
    watched = open_as(world.user(Role.OWNER), language=language, size=size)
    for path in ("/", "/courses/", "/courses/?q=nothing-has-this", f"/courses/{course.pk}/", "/courses/new/"):
        watched.visit(world.console + path)
    for tab in ("training-records", "history"):
        watched.visit(f"{world.console}/courses/{course.pk}/?tab={tab}")
    watched.visit(f"{world.console}/training-records/")


def test_search_and_pages_without_loading_the_page_again(world: World, open_as: Callable[..., Watched]) -> None:
    with world.open():
        for number in range(30):
            course_save(actor=world.user(), code=f"C{number:03d}", title=f"第 {number} 讲")
    watched = open_as(world.user(Role.TRAINER))
    page = watched.visit(f"{world.console}/courses/")
    page.evaluate("() => { window.__same = true; }")
    page.get_by_role("link", name="下一页").click()
    page.get_by_role("link", name="C029").wait_for()
    page.get_by_role("link", name="编号").click()  # sorted by code already: the other way round now
    page.locator("tbody tr").first.get_by_role("link", name="C029").wait_for()
    page.get_by_role("searchbox").fill("C017")
    page.get_by_role("link", name="C016").wait_for(state="detached")
    assert page.locator("tbody tr").count() == 1
    assert "q=C017" in page.url
    assert page.evaluate("() => window.__same") is True
    watched.check()


def test_a_course_is_made_and_edited(world: World, open_as: Callable[..., Watched]) -> None:
    watched = open_as(world.user(Role.TRAINER))
    watched.expected_statuses.add(422)
    page = watched.visit(f"{world.console}/courses/new/")
    page.get_by_label("标题").fill("开播安全")
    page.get_by_role("button", name="保存").click()
    page.locator(".field-errors").wait_for()
    page.get_by_label("编号").fill("SAFE")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/courses/*/")
    page.get_by_role("heading", name="SAFE 开播安全").wait_for()
    watched.check()
    page.get_by_role("link", name="编辑").click()
    assert page.get_by_label("编号").is_disabled()
    page.get_by_label("及格分").fill("101")
    page.get_by_role("button", name="保存").click()
    page.locator(".field-errors").wait_for()
    watched.check()
    page.get_by_label("及格分").fill("80")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**/courses/*/")
    page.get_by_role("definition").filter(has_text="80").wait_for()
    watched.check()
