"""Two agencies at once in one process, through the server's own entrance and a pool of connections."""

import threading
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections, transaction
from django.test import Client
from django.urls import get_script_prefix

from mcn.brands.services import brand_save
from mcn.tenancy.scope import NOBODY, agency_scope, current
from tests.agencies import World, make_world
from tests.isolation.twins import mark

THREADS, REQUESTS = 12, 10


@pytest.fixture
def pooled(django_db_blocker: Any) -> Any:
    """Connections of the web server's kind: fewer than threads, handed from one request to the next."""
    options = connections["default"].settings_dict["OPTIONS"]
    connections["default"].close()
    options["pool"] = {"min_size": 1, "max_size": 3, "timeout": 30}
    yield
    connections["default"].close()
    connections["default"].close_pool()
    del options["pool"]


def ask(application: WSGIHandler, path: str, cookie: str) -> tuple[str, str]:
    """Status and body of one request, as the server makes it."""
    started: list[str] = []
    environment = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "", "SERVER_NAME": "testserver",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(), "HTTP_COOKIE": cookie, "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    answer = application(environment, lambda status, headers, *_more: started.append(status))
    try:
        return started[0], b"".join(answer).decode()
    finally:
        answer.close()


@pytest.mark.django_db(transaction=True)
def test_no_thread_meets_another_agency(pooled: None) -> None:
    worlds = [make_world("xinghe", "星河传媒"), make_world("beichen", "北辰直播")]
    cookies: dict[str, str] = {}
    for world in worlds:
        with agency_scope(world.agency.pk), transaction.atomic():
            brand_save(actor=None, code="B01", name=mark(world.agency.slug))
        client = Client()
        client.force_login(world.user())
        cookies[world.agency.slug] = f"sessionid={client.cookies['sessionid'].value}"
    application = WSGIHandler()
    together = threading.Barrier(THREADS)

    def work(number: int) -> list[str]:
        own, other = (worlds[number % 2], worlds[1 - number % 2])
        together.wait(timeout=60)
        return [problem for turn in range(REQUESTS) for problem in visit(application, own, other, cookies, turn)]

    with ThreadPoolExecutor(THREADS) as pool:
        assert [problem for found in pool.map(work, range(THREADS)) for problem in found] == []


def visit(application: WSGIHandler, own: World, other: World, cookies: dict[str, str], turn: int) -> list[str]:
    """Own pages, the other's pages, and pages that break, in turns; what is wrong with the answers."""
    slug, foreign = own.agency.slug, other.agency.slug
    path, expected = [
        (f"/a/{slug}/brands/", "200"),
        (f"/a/{foreign}/brands/", "404"),
        (f"/a/{slug}/brands/999999/", "404"),
        (f"/a/{slug}/api/v1/anchors/", "200"),
        ("/healthz", "200"),
    ][turn % 5]
    status, body = ask(application, path, cookies[slug])
    wrong = [] if status.startswith(expected) else [f"{path}: {status}"]
    if mark(foreign) in body or f"/a/{foreign}/" in body.replace(path, ""):
        wrong.append(f"{path} shows {foreign}")
    if turn % 5 == 0 and mark(slug) not in body:
        wrong.append(f"{path} lacks its own rows")
    if current() != NOBODY or get_script_prefix() != "/":
        wrong.append(f"{path} left {current()} {get_script_prefix()} behind")
    return wrong
