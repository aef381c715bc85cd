"""The description of the API is valid and whole, and its page keeps the strict policy."""

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from mcn.api.urls import router
from tests.api.conftest import Api


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the command writes; it fails on any warning and on an invalid description."""
    file = tmp_path_factory.mktemp("api") / "schema.yaml"
    call_command("spectacular", file=str(file), fail_on_warn=True, validate=True)
    found: dict = yaml.safe_load(file.read_text())
    return found


def test_every_address_is_described(description: dict) -> None:
    assert {path.split("/")[3] for path in description["paths"]} == {prefix for prefix, *_rest in router.registry}
    assert "/api/v1/statements/{statement_id}/lines/" in description["paths"]
    assert description["servers"][0]["url"] == "/a/{agency}"
    for operations in description["paths"].values():
        assert list(operations) == ["get"]
        assert {"200", "401", "403", "404"} <= operations["get"]["responses"].keys()


def test_amounts_are_whole_fen_and_rates_are_text(description: dict) -> None:
    for name, schema in description["components"]["schemas"].items():
        for field, kind in schema.get("properties", {}).items():
            if field.endswith("_fen"):
                assert kind["type"] == "integer", (name, field)
            if field == "rate":
                assert kind["type"] == "string", (name, field)


def test_no_personal_data_is_described(description: dict) -> None:
    fields = {
        field for schema in description["components"]["schemas"].values() for field in schema.get("properties", {})
    }
    assert not fields & {"id_number", "id_fingerprint", "phone", "bank", "alipay", "legal_name", "email", "password"}


@pytest.mark.django_db
def test_the_agencys_own_description_names_its_own_server(api: Api) -> None:
    assert api.get("schema/?format=json")["servers"] == [{"url": "/a/xinghe"}]


@pytest.mark.django_db
def test_the_page_has_own_files_and_no_inline_script(api: Api) -> None:
    response = api.client.get("/a/xinghe/api/v1/docs/", headers={"Accept": "text/html"})
    text = response.content.decode()
    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert "style=" not in text
    addresses = re.findall(r'(?:src|href|data-address)="([^"]+)"', text)
    assert all(address.startswith(("/static/", "/a/xinghe/")) for address in addresses)
    assert "/a/xinghe/api/v1/schema/?format=json" in addresses


def test_the_guide_names_every_list() -> None:
    guide = (Path(__file__).parents[2] / "docs/api.md").read_text()
    assert [prefix for prefix, *_rest in router.registry if f"`{prefix}/`" not in guide] == []
