"""A PostgreSQL server with databases and roles of others, on which the set-up Job runs."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
import pytest
from jobs import ADMINISTRATOR, Jobs
from services import Postgres

REFUSED = 65
EARLIER_RELEASE = """
    CREATE ROLE mlflow LOGIN CONNECTION LIMIT 70 PASSWORD 'of-before';
    ALTER ROLE mlflow SET tcp_keepalives_idle = '10s';
    ALTER ROLE mlflow SET tcp_keepalives_interval = '5s';
    ALTER ROLE mlflow SET tcp_keepalives_count = 2;
    ALTER ROLE mlflow SET tcp_user_timeout = '20s';
    ALTER ROLE mlflow SET client_connection_check_interval = '10s'"""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """With an application of others: the role shop, which owns the database shop, and reader, who may connect to it and read."""
    postgres = Postgres({"log_statement": "all"})
    postgres.sql("CREATE ROLE owner2 LOGIN PASSWORD 'owner2' CONNECTION LIMIT 7")
    postgres.sql("CREATE ROLE reader LOGIN PASSWORD 'reader'")
    postgres.sql("ALTER ROLE owner2 SET work_mem = '8MB'")
    postgres.sql("COMMENT ON ROLE owner2 IS 'the shop''s'")
    postgres.sql("CREATE DATABASE datahub OWNER owner2")
    postgres.sql("COMMENT ON DATABASE datahub IS 'do not touch'")
    postgres.sql("CREATE TABLE orders (id int)", "datahub")
    postgres.sql("ALTER TABLE orders OWNER TO owner2", "datahub")
    postgres.sql("GRANT SELECT ON orders TO reader", "datahub")
    postgres.sql("CREATE ROLE plain LOGIN CREATEROLE CREATEDB PASSWORD 'plain'")
    yield postgres
    postgres.remove()


@pytest.fixture
def clean(server: Postgres) -> Iterator[Postgres]:
    """Without what an earlier test made."""
    yield server
    for database in ("mlflow", "mlflow_users"):
        server.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    server.sql("ALTER DATABASE datahub OWNER TO owner2")
    if server.sql("SELECT 1 FROM pg_roles WHERE rolname = 'mlflow'"):
        for database in ("datahub", "postgres"):
            server.sql("DROP OWNED BY mlflow", database)
        server.sql("DROP ROLE mlflow")


def jobs(server: Postgres, name: str = "test", **database: object) -> Jobs:
    return Jobs(server.port, {"administratorSecret": ADMINISTRATOR, "sslMode": "disable", **database}, name=name)


def in_datahub(server: Postgres, **database: object) -> Jobs:
    those = jobs(server, **database)
    those.database["name"] = "datahub"
    return those


def by_plain(server: Postgres, **database: object) -> Jobs:
    """By an administrator who is no superuser, as those of managed servers."""
    those = jobs(server, **database)
    those.secrets[ADMINISTRATOR] = {"username": "plain", "password": "plain"}
    return those


def may_connect(server: Postgres, user: str, password: str, database: str) -> bool:
    try:
        server.connect(database, user, password).close()
        return True
    except psycopg2.OperationalError:
        return False
