"""An operator beside an agency."""

from collections.abc import Callable

import pytest
from django.test import Client

from mcn.accounts.models import User
from tests.agencies import PASSWORD


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_user("operator@platform.test", PASSWORD, name="运营", is_staff=True)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """`client_of(user)`: a client signed in as that user, reading English."""

    def client(user: User) -> Client:
        made = Client(headers={"accept-language": "en"})
        made.force_login(user)
        return made

    return client
