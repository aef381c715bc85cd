"""A client for the API, signed in as a member of an agency with a calculated month."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from mcn.accounts.models import User
from mcn.tenancy.scope import agency_scope
from tests.agencies import World
from tests.month import Month, make_month


@dataclass
class Api:
    """Reads addresses below `/a/<slug>/api/v1/`."""

    client: Client
    slug: str

    def get(self, address: str, status: int = 200, **data: Any) -> Any:
        """The JSON of an address, which has to answer with `status`."""
        path = address if address.startswith("http") else f"/a/{self.slug}/api/v1/{address}"
        response = self.client.get(path, data or None, headers={"Accept-Language": "en"})
        assert response.status_code == status, response.content
        return response.json()

    def rows(self, address: str, **data: Any) -> list[dict[str, Any]]:
        """The records of a list's first page."""
        found: list[dict[str, Any]] = self.get(address, **data)["results"]
        return found


@pytest.fixture
def api_as(xinghe: World) -> Callable[[User | None], Api]:
    """`api_as(user)` reads xinghe's API as that user; None is signed out."""

    def make(user: User | None, slug: str = "xinghe") -> Api:
        client = Client()
        if user is not None:
            client.force_login(user)
        return Api(client, slug)

    return make


@pytest.fixture
def month(xinghe: World) -> Month:
    with agency_scope(xinghe.id), transaction.atomic():
        return make_month()


@pytest.fixture
def api(xinghe: World, api_as: Callable[[User | None], Api], month: Month) -> Api:
    """The owner reads the month."""
    return api_as(xinghe.owner)
