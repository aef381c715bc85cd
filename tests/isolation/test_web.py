"""Cross-site requests, cookies, templates: what keeps a page in the hands of the one who opened it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.isolation.addresses import addresses
from tests.isolation.twins import Twin


def guarded(user: object) -> Client:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_every_unsafe_request_needs_the_token(twins: tuple[Twin, Twin]) -> None:
    own, wrong = twins[0], []
    for area, role in (("a", "owner"), ("me", "anchor")):
        client = guarded(own.user(role))
        for address in addresses(area):
            path = f"/{area}/xinghe{address.fill(own)}"
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                status = client.generic(method, path).status_code
                if status != 403 and not (address.is_api and status == 405):
                    wrong.append((method, path, status))
    assert wrong == []


def test_every_unsafe_request_outside_of_agencies_needs_the_token(twins: tuple[Twin, Twin]) -> None:
    client, wrong = guarded(twins[0].user()), []
    for route in _routes(get_resolver("config.urls").url_patterns):
        path = "/" + re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>", "x", route).replace("^", "").replace("$", "")
        status = client.post(path).status_code
        if status not in (403, 405):
            wrong.append((path, status))
    assert wrong == []


def _routes(patterns: list[object], before: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        route = before + str(pattern.pattern)  # type: ignore[attr-defined]
        found += [route] if isinstance(pattern, URLPattern) else _routes(pattern.url_patterns, route)  # type: ignore[attr-defined]
    return found


def test_cookies_of_a_server_travel_encrypted_and_out_of_reach_of_scripts() -> None:
    shown = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE,"
        " s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0, s.DEBUG, s.ALLOWED_HOSTS, s.X_FRAME_OPTIONS)"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "MCN_HOSTS": "mcn.test",
        "MCN_SECRET_KEY": "k" * 60,
    }
    done = subprocess.run(
        [sys.executable, "-c", shown], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.stdout.strip() == "True True True Lax True True False ['mcn.test'] DENY", done.stderr


def test_a_server_answers_to_its_own_name_only(twins: tuple[Twin, Twin], settings: object) -> None:
    settings.ALLOWED_HOSTS = ["mcn.test"]  # type: ignore[attr-defined]
    client = twins[0].client()
    assert client.get("/a/xinghe/", HTTP_HOST="evil.test").status_code == 400
    assert client.get("/a/xinghe/", HTTP_HOST="mcn.test").status_code == 200


# Text that is not escaped, and why it may be so.
UNESCAPED = {("components/field.html", "field.help_text|safe"): "help texts are written by us, some with a link"}
RAW = re.compile(
    r"\{\{[^}]*\|\s*(?:safe|safeseq)\b|\{%\s*autoescape\s+off|mark_safe\(|\.innerHTML\s*=|\beval\(|hx-on|\son\w+=[\"']"
)


def test_no_text_of_people_is_shown_unescaped() -> None:
    root = Path(settings.BASE_DIR)
    found = []
    for start, pattern in (("templates", "*.html"), ("mcn", "*.html"), ("mcn", "*.py"), ("mcn", "*.js")):
        for path in (root / start).rglob(pattern):
            if "vendor" in path.parts:
                continue
            for line in path.read_text(encoding="utf-8").splitlines():
                allowed = any(str(path).endswith(name) and part in line for name, part in UNESCAPED)
                if RAW.search(line) and not allowed:
                    found.append(f"{path.relative_to(root)}: {line.strip()[:120]}")
    assert found == []


@pytest.mark.parametrize(
    "page", ["/", "/accounts/login/", "/nothing", "/a/nowhere/", "/join/xinghe/x/", "/accounts/2fa/", "/verify/"]
)
def test_every_page_carries_the_policy(twins: tuple[Twin, Twin], page: str) -> None:
    for client in (Client(), twins[0].client()):
        answer = client.get(page)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
