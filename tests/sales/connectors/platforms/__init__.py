"""The platforms on this machine: a server that answers, refuses and fails as their documentation says.

It checks every signature by itself, knows the tokens it gave, refuses windows that are too long, and does what a test
puts into `troubles`, one after the other, at the next requests for orders.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.sales.connectors.platforms.douyin import Douyin
from tests.sales.connectors.platforms.jd import JD
from tests.sales.connectors.platforms.kuaishou import Kuaishou
from tests.sales.connectors.platforms.pinduoduo import Pinduoduo
from tests.sales.connectors.platforms.stock import (
    CHANGED,
    ENTERED,
    KEYS,
    ZONE,
    Answer,
    Platforms,
    Time,
    api_rows,
    changed_at,
    clones,
)
from tests.sales.connectors.platforms.taobao import Taobao
from tests.sales.connectors.platforms.wechat import WeChat

__all__ = ["CHANGED", "ENTERED", "KEYS", "ZONE", "Platforms", "Time", "api_rows", "changed_at", "clones", "platforms"]


class _Handler(BaseHTTPRequestHandler):
    platforms: Platforms
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer in two pieces would wait 40 ms for the first one's receipt

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a test's output is its own."""

    def _answer(self) -> None:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        status, content = self._route(address.path, query, body)
        data = (content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.platforms.address}/elsewhere?{address.query}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _route(self, path: str, query: dict[str, str], body: str) -> Answer:
        of = self.platforms
        if path == "/elsewhere":
            raise AssertionError("a redirect was followed")
        if path == "/oauth2/refresh_token":
            return Kuaishou(of).refresh(dict(parse_qsl(body)))
        if path == "/router/rest":
            return Taobao(of)(path, dict(parse_qsl(body)), body)
        if path == "/routerjson":
            return JD(of)(path, dict(parse_qsl(body)), body)
        if path == "/api/router":
            return Pinduoduo(of)(path, query, body)
        if path.startswith("/open/"):
            assert self.command == "GET"
            return Kuaishou(of)(path, query, body)
        if path.startswith(("/buyin/", "/token/")):
            return Douyin(of)(path, query, body)
        return WeChat(of)(path, query, body)


@pytest.fixture
def platforms(settings: Any) -> Iterator[Platforms]:
    """All platforms at one address of this machine, on 2026-06-04 at noon."""
    made = Platforms(Time("2026-06-04 12:00:00"))
    handler = type("Handler", (_Handler,), {"platforms": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    settings.SALES_API_ADDRESSES = dict.fromkeys(settings.SALES_API_ADDRESSES, made.address)
    yield made
    server.shutdown()
    server.server_close()
    thread.join()
