"""Which database the product talks to, as whom, and how it is made ready.

Two roles share one database: the owner migrates; the application's role, `mcn_app`, is neither owner nor
superuser, so that row-level security binds everything that serves a request.
"""

import hashlib
import hmac
import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

from config.runtime.paths import data_dir, secret_key
from config.runtime.postgres import DATABASE, OWNER, PORT, EmbeddedPostgres
from config.runtime.problems import RuntimeProblem

APP_ROLE = "mcn_app"
OLDEST_SERVER = 15
ROLES_LOCK = 0x6D636E02  # beside the other advisory locks of the product


def parse_url(url: str) -> dict[str, Any]:
    """A PostgreSQL URL as Django's database settings; query parameters become connection options.

    Raises RuntimeProblem for anything that is not postgres://user:password@host:port/name.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name or not parts.username:
        raise RuntimeProblem("DATABASE_URL has to look like postgres://user:password@host:5432/name.")
    return {
        "NAME": name,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or options.pop("port", "")),
        "OPTIONS": options,
    }


def embedded() -> EmbeddedPostgres | None:
    """The embedded server of this data folder, or None where `DATABASE_URL` names another."""
    return None if os.environ.get("DATABASE_URL") else EmbeddedPostgres(data_dir())


def owner_settings() -> dict[str, Any]:
    """Connection settings of the owner."""
    server = embedded()
    if server is None:
        return parse_url(os.environ["DATABASE_URL"])
    return {
        "NAME": DATABASE,
        "USER": OWNER,
        "PASSWORD": server.password(),
        "HOST": str(server.socket_dir),
        "PORT": str(PORT),
        "OPTIONS": {},
    }


def app_settings() -> dict[str, Any]:
    """Connection settings of the restricted role; its password comes from the secret key unless
    `DATABASE_APP_URL` names the role."""
    if os.environ.get("DATABASE_URL") and os.environ.get("DATABASE_APP_URL"):
        return parse_url(os.environ["DATABASE_APP_URL"])
    password = hmac.new(secret_key().encode(), APP_ROLE.encode(), hashlib.sha256).hexdigest()
    return {**owner_settings(), "USER": APP_ROLE, "PASSWORD": password}


def connect(settings: dict[str, Any]) -> psycopg.Connection:
    """An autocommit connection with such settings, outside Django."""
    return psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"],
        autocommit=True,
        **{name: value for name, value in settings["OPTIONS"].items() if name != "pool"},
    )


def prepare_roles() -> None:
    """Make the application's role if it is missing, and check that it is as restricted as it must be.

    Raises RuntimeProblem if the database cannot be reached, is too old, the role has powers that would
    lift row-level security, or the owner may not make it.
    """
    owner, app = owner_settings(), app_settings()
    try:
        with connect(owner) as connection:
            if connection.info.server_version < OLDEST_SERVER * 10_000:
                raise RuntimeProblem(f"The database server is too old: PostgreSQL {OLDEST_SERVER} or newer.")
            # Processes that start together would change the role at the same moment, which the server refuses.
            connection.execute("SELECT pg_advisory_lock(%s)", (ROLES_LOCK,))
            _prepare_role(connection, app["USER"], app["PASSWORD"])
            connection.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    sql.Identifier(owner["NAME"]), sql.Identifier(app["USER"])
                )
            )
    except psycopg.OperationalError as error:
        where = owner["HOST"] or "this machine"
        said = str(error).strip().splitlines()[-1].strip()
        raise RuntimeProblem(f"The database {owner['NAME']} on {where} cannot be reached: {said}") from error
    try:
        connect(app).close()
    except psycopg.OperationalError as error:
        said = str(error).strip().splitlines()[-1].strip()
        raise RuntimeProblem(f"The role {app['USER']} cannot sign in to the database: {said}") from error


def _prepare_role(connection: psycopg.Connection, name: str, password: str) -> None:
    role = sql.Identifier(name)
    found = connection.execute(
        "SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = %s",
        (name,),
    ).fetchone()
    if found and found[0]:
        raise RuntimeProblem(
            f"The database role {name} may bypass row-level security: "
            "it must be NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE."
        )
    if os.environ.get("DATABASE_URL") and os.environ.get("DATABASE_APP_URL"):
        if not found:
            raise RuntimeProblem(f"The database has no role {name}, which DATABASE_APP_URL names.")
        return
    try:
        if not found:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE").format(role)
            )
        # Always, so that a changed secret key does not lock the application out.
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise RuntimeProblem(
            f"The database's owner may not make the role {name}: make it by hand and set DATABASE_APP_URL, "
            "or grant CREATEROLE to the owner."
        ) from error


def is_empty() -> bool:
    """Whether no migration ever ran in the database."""
    with connect(owner_settings()) as connection:
        row = connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
        return bool(row and row[0])
