"""Both agencies, filled once for all tests here; every test gives back what it changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings

from mcn.tenancy.scope import NOBODY, current
from tests.isolation.twins import Twin, contents, make_twin


@pytest.fixture(scope="package")
def filled(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Twin, Twin]]:
    """xinghe and beichen, in one transaction that is taken back after the last of these tests."""
    folder: Path = tmp_path_factory.mktemp("twins")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=folder / "files", CELERY_BROKER_URL=""),
        transaction.atomic(),
    ):
        yield make_twin("xinghe", folder), make_twin("beichen", folder)
        transaction.set_rollback(True)


@pytest.fixture
def twins(filled: tuple[Twin, Twin], db: None) -> tuple[Twin, Twin]:
    """Both; what the test changes is taken back to the savepoint it began at."""
    return filled


@pytest.fixture
def other_unchanged(twins: tuple[Twin, Twin]) -> Iterator[set[str]]:
    """Whatever is tried from xinghe, not one byte of beichen changes, and no reference into it stays.

    A test that itself prepares something in beichen adds the table to the set.
    """
    allowed = {"users"}  # people belong to no agency
    before = contents(twins[1])
    yield allowed
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
    after = contents(twins[1])
    assert {name for name in before if before[name] != after[name]} <= allowed
    assert current() == NOBODY
