"""The page of the API's description works under the strict policy."""

from collections.abc import Callable

import pytest

from tests.agencies import World
from tests.browser.watch import Watched


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_description_is_shown_and_can_be_tried(world: World, open_as: Callable[..., Watched], size: str) -> None:
    watched = open_as(world.user(), size=size)
    page = watched.page
    page.goto(f"{world.console}/api/v1/docs/")
    place = page.locator("#operations-anchors-anchors_list")
    place.locator(".opblock-summary-control").click()
    place.get_by_role("button", name="Try it out").click()
    place.get_by_role("button", name="Execute").click()
    place.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
    assert f"{world.console}/api/v1/anchors/" in place.locator(".request-url").inner_text()
    watched.data.add("code")  # the name of a filter
    watched.check()
