"""A real browser on a live server; every page it opens is watched for faults."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import chromium
from tests.agencies import World, make_world
from tests.browser.watch import SIZES, Watched

# Playwright's synchronous API runs an event loop in this thread; the tests' queries are synchronous all the same.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
HERE = Path(__file__).parent
# In which language a page is opened at which size; every check looks at it in the other size too.
VIEWS = (("zh-hans", "desktop"), ("en", "phone"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    args = browser_type_launch_args | {"args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]}
    path = chromium.find()
    return args | {"executable_path": path} if path else args


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder drive a browser, and the live server has to see what they wrote: no rollback."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "owner"]))


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def open_as(browser: Any, live_server: Any) -> Iterator[Callable[..., Watched]]:
    """`open_as(user, language=…, size=…, dark=…)`: a watched page, signed in (None: signed out).

    All pages are checked at the end of the test; what a page says about itself fails it.
    """
    opened: list[Watched] = []

    def start(user: Any, *, language: str = "zh-hans", size: str = "desktop", dark: bool = False) -> Watched:
        context = browser.new_context(
            viewport=SIZES[size], locale=language, color_scheme="dark" if dark else "light", base_url=live_server.url
        )
        cookies = [{"name": "django_language", "value": language, "url": live_server.url}]
        if user is not None:
            client = Client()
            client.force_login(user)
            cookies.append({"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url})
        context.add_cookies(cookies)
        context.set_default_timeout(20_000)
        watched = Watched(context.new_page(), language)
        opened.append(watched)
        return watched

    yield start
    faults = [fault for watched in opened for fault in watched.faults]
    for watched in opened:
        watched.page.context.close()
    assert not faults, "\n".join(faults)
