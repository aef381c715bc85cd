"""An agency with a member for each role, and a browser-less client for each."""

from collections.abc import Callable

import pytest
from django.test import Client

from mcn.accounts.permissions import Role
from tests.agencies import World


@pytest.fixture
def client_of(world: World) -> Callable[..., Client]:
    """`client_of(role)`: a client signed in as that role's member, reading English."""

    def client(role: str = Role.OWNER, of: World = world) -> Client:
        made = Client(headers={"accept-language": "en"})
        made.force_login(of.user(role))
        return made

    return client
