"""What holds for every page: the policy, the permission check, the icons, the pinned files."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client, override_settings
from django.urls import path
from django.views import View

from config.translations import ROOT
from mcn.console import checks, csp
from mcn.console.home.views import Home
from mcn.console.templatetags.interface import initials

STATIC = ROOT / "mcn" / "console" / "static"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_the_policy_is_strict_and_on_every_answer(db: None) -> None:
    for address, status in (("/accounts/login/", 200), ("/nothing-here/", 404)):
        response = Client().get(address)
        assert response.status_code == status
        assert response["Content-Security-Policy"] == csp.policy(address)
    assert "unsafe" not in csp.policy("/a/xinghe/")
    assert csp.policy("/a/xinghe/").startswith("default-src 'self'; ")


@override_settings(CSP_EXCEPTIONS={"/ops/": {"script-src": "'self' 'unsafe-eval'"}})
def test_exceptions_hold_for_their_path_only() -> None:
    assert "script-src 'self' 'unsafe-eval'" in csp.policy("/ops/agencies/")
    assert "unsafe" not in csp.policy("/a/ops/")


def test_a_view_without_permission_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nameless(View):
        __module__ = "mcn.console.views"

    class Misspelt(View):
        __module__ = "mcn.console.views"
        permission = "home.veiw"

    urls = SimpleNamespace(
        urlpatterns=[
            path("ok/", Home.as_view()),
            path("none/", Nameless.as_view()),
            path("wrong/", Misspelt.as_view()),
            path("half/", Home.as_view(change_permission="home.chnage")),
        ]
    )
    monkeypatch.setattr(checks, "import_module", lambda name: urls)
    monkeypatch.setattr(checks, "URLCONFS", ("only.one",))
    found = [message.msg.split()[3] for message in checks.every_view_names_a_permission()]
    assert found == ["/none/", "/wrong/", "/half/"]


def test_the_product_s_views_all_name_one() -> None:
    assert checks.every_view_names_a_permission() == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda found: str(found.relative_to(ROOT)))
def test_templates_have_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text)


def test_every_icon_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/tabler-icons-3.51.0/sprite.svg").read_text()))
    used: set[str] = set()
    for template in TEMPLATES:
        text = template.read_text("utf-8")
        used |= set(re.findall(r"""{% icon ["']([\w-]+)["']""", text))
        used |= set(re.findall(r"""\bicon=["']([\w-]+)["']""", text))
    for source in (ROOT / "mcn").rglob("*.py"):
        used |= set(re.findall(r'\bicon\s*=\s*"([\w-]+)"', source.read_text("utf-8")))
    from mcn.console.navigation import AREAS

    used |= {area.icon for area in AREAS.values()}
    assert used - known == set()


def test_vendored_files_carry_their_version_and_licence() -> None:
    for folder in (STATIC / "vendor").iterdir():
        assert re.fullmatch(r"[a-z-]+-\d+\.\d+\.\d+", folder.name)
        assert (folder / "LICENSE").stat().st_size > 100


@pytest.mark.parametrize(
    ("name", "short"), [("王敏", "王敏"), ("欧阳小敏", "小敏"), ("Ann Lee", "AL"), ("bob", "B"), ("", "?")]
)
def test_initials(name: str, short: str) -> None:
    assert initials(name) == short
