"""A database that is away is no fault of the product: visitors and programmes are told to come again."""

import logging
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DataError, InterfaceError, OperationalError
from django.test import Client
from django.urls import path
from django.utils import translation

from config import urls

pytestmark = pytest.mark.django_db
RAISED: list[Exception] = []


def failing(request: Any) -> None:
    raise RAISED[0]


# This module is the tests' own list of addresses, with the product's answer to faults.
handler500 = urls.handler500
urlpatterns = [path("a/x/api/v1/things/", failing), path("page/", failing)]


def caused(error: Exception, cause: Exception | None) -> Exception:
    error.__cause__ = cause
    return error


@pytest.fixture
def answer(settings: Any, caplog: pytest.LogCaptureFixture) -> Callable[[Exception, str], Any]:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]
    caplog.set_level(logging.CRITICAL, "django.request")

    def get(error: Exception, address: str) -> Any:
        RAISED[:] = [error]
        with translation.override("en"):
            return Client(raise_request_exception=False).get(address, headers={"accept-language": "en"})

    return get


AWAY = [
    caused(OperationalError(), psycopg.errors.CannotConnectNow()),
    caused(OperationalError(), psycopg.errors.AdminShutdown()),
    caused(OperationalError(), psycopg.errors.ConnectionTimeout()),
    caused(OperationalError(), psycopg.OperationalError("the connection is closed")),
    caused(InterfaceError(), psycopg.InterfaceError("the connection is closed")),
]
FAULTS = [
    ZeroDivisionError(),
    caused(DataError(), psycopg.errors.NumericValueOutOfRange()),
    caused(OperationalError(), psycopg.errors.DeadlockDetected()),
    caused(OperationalError(), psycopg.errors.DiskFull()),
]


@pytest.mark.parametrize("error", AWAY, ids=repr)
def test_while_the_database_is_away_it_says_so(answer: Callable[[Exception, str], Any], error: Exception) -> None:
    page = answer(error, "/page/")
    assert (page.status_code, page["Retry-After"]) == (503, "10")
    assert "The database does not answer just now" in page.text
    told = answer(error, "/a/x/api/v1/things/")
    assert (told.status_code, told["Retry-After"], told.json()["code"]) == (503, "10", "unavailable")


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_every_other_fault_is_one(answer: Callable[[Exception, str], Any], error: Exception) -> None:
    for address in ("/page/", "/a/x/api/v1/things/"):
        page = answer(error, address)
        assert page.status_code == 500
        assert "Retry-After" not in page
        assert "Something went wrong on our side" in page.text
