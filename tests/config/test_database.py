"""Addresses and roles of the database."""

from typing import Any

import psycopg
import pytest

from config.runtime import database
from config.runtime.problems import RuntimeProblem
from tests.workers import owner_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgres://ann:p%40ss@db.example:6432/mcn?sslmode=require",
            ("mcn", "ann", "p@ss", "db.example", "6432", {"sslmode": "require"}),
        ),
        ("postgresql://ann@/mcn?host=/run/pg&port=5433", ("mcn", "ann", "", "/run/pg", "5433", {})),
        ("postgresql://ann:x@localhost/mcn", ("mcn", "ann", "x", "localhost", "", {})),
    ],
)
def test_a_url_becomes_settings(url: str, expected: tuple[Any, ...]) -> None:
    settings = database.parse_url(url)
    assert tuple(settings[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == expected


@pytest.mark.parametrize("url", ["mysql://ann@db/mcn", "postgres://db.example/mcn", "postgres://ann@db.example/", "x"])
def test_another_kind_of_url_is_refused(url: str) -> None:
    with pytest.raises(RuntimeProblem, match="DATABASE_URL has to look like postgres://"):
        database.parse_url(url)


def test_a_server_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://ann:secret@127.0.0.1:1/mcn")
    with pytest.raises(RuntimeProblem, match=r"The database mcn on 127\.0\.0\.1 cannot be reached") as caught:
        database.prepare_roles()
    assert "secret" not in str(caught.value)


@pytest.mark.django_db
def test_a_role_that_lifts_row_level_security_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url())
    monkeypatch.setenv("DATABASE_APP_URL", "postgres://mcn_test_strong:x@/mcn")
    with database.connect(database.owner_settings()) as owner:
        with pytest.raises(RuntimeProblem, match="no role mcn_test_strong"):
            database.prepare_roles()
        owner.execute("CREATE ROLE mcn_test_strong LOGIN CREATEDB PASSWORD 'x'")
        try:
            with pytest.raises(RuntimeProblem, match="may bypass row-level security"):
                database.prepare_roles()
        finally:
            owner.execute("DROP ROLE mcn_test_strong")


@pytest.mark.django_db
def test_a_changed_secret_key_does_not_lock_the_application_out(monkeypatch: pytest.MonkeyPatch) -> None:
    before = database.app_settings()
    with monkeypatch.context() as patch:
        patch.setenv("MCN_SECRET_KEY", "another key")
        database.prepare_roles()
        with pytest.raises(psycopg.OperationalError):
            database.connect(before)
    database.prepare_roles()
    database.connect(before).close()
