"""Whoever waits says for what from the first second and again and again, and a Job that waits for what cannot come ends as failed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from jobs import ADMINISTRATOR, ROLE_PASSWORD, Jobs
from platform_process import DATABASE
from pod import check, end, eventually
from services import Postgres, free_port

pytestmark = pytest.mark.long

FINAL = 65
RELEASE = os.environ["MLFLOW_RELEASE"]
IMPATIENT = {"WITHIN_S": 2, "SAY_AGAIN_S": 1, "POLL_S": 0.3}
JOBS = [("database-set-up", "set-up"), ("schema", "migrate-schema"), ("administrator", "wait-schema")]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    postgres = Postgres()
    postgres.sql(f"CREATE ROLE mlflow LOGIN PASSWORD $${ROLE_PASSWORD}$$")
    postgres.sql("CREATE ROLE other LOGIN PASSWORD 'other'")
    yield postgres
    postgres.remove()


def jobs(server: Postgres, **database: Any) -> Jobs:
    return Jobs(server.port, {"sslMode": "disable", **database}, {"access": {"mode": "basic"}}, patience=IMPATIENT)


def database(server: Postgres, *statements: str, owner: str = "superuser") -> str:
    name = server.name()
    server.sql(f"CREATE DATABASE {name} OWNER {owner}")
    for statement in statements:
        server.sql(statement.replace("THE_DATABASE", name), name)
    return name


def unknown(server: Postgres) -> tuple[Jobs, str]:
    those = jobs(server, administratorSecret=ADMINISTRATOR)
    those.hosts = {}
    return those, f'could not translate host name "{DATABASE}" to address'


def refused(server: Postgres) -> tuple[Jobs, str]:
    those = jobs(server, administratorSecret=ADMINISTRATOR)
    those.port = free_port()
    return those, "Connection refused"


def wrong_password(server: Postgres) -> tuple[Jobs, str]:
    those = jobs(server, administratorSecret=ADMINISTRATOR)
    those.secrets = {name: {"username": user, "password": "wrong"} for name, user in (("mlflow-database", "mlflow"), (ADMINISTRATOR, "superuser"))}
    return those, "password authentication failed for user"


def no_tls(server: Postgres) -> tuple[Jobs, str]:
    return jobs(server, administratorSecret=ADMINISTRATOR, sslMode="require"), "server does not support SSL, but SSL was required"


def empty_username(server: Postgres) -> tuple[Jobs, str]:
    those = jobs(server, administratorSecret=ADMINISTRATOR)
    those.secrets = {name: {"username": "\n", "password": "wrong"} for name in ("mlflow-database", ADMINISTRATOR)}
    return those, "/username is empty: write another username into the Secret"


@pytest.mark.parametrize("wrong", [unknown, refused, wrong_password, no_tls, empty_username])
def test_a_job_says_in_the_first_line_what_is_wrong_says_it_again_and_fails_for_good(server: Postgres, wrong: Any) -> None:
    those, why = wrong(server)
    with ThreadPoolExecutor() as at_once:
        ends = list(at_once.map(lambda job: those.run(*job), JOBS))
    for code, output in ends:
        assert code == FINAL
        lines = output.splitlines()
        assert "waiting: " in lines[0] and why in lines[0]
        assert len(lines) >= 3 and all(why in line for line in lines)
        assert "gave up" in lines[-1]


def no_database(server: Postgres) -> tuple[Jobs, str]:
    return jobs(server, name="nowhere"), 'database "nowhere" does not exist'


def no_connect(server: Postgres) -> tuple[Jobs, str]:
    name = database(server, "REVOKE CONNECT ON DATABASE THE_DATABASE FROM PUBLIC")
    return jobs(server, name=name), f'permission denied for database "{name}"'


def no_create(server: Postgres) -> tuple[Jobs, str]:
    name = database(server)
    return jobs(server, name=name), f'may not make tables in the database {name}: run GRANT CREATE ON SCHEMA "public" TO "mlflow" in it'


def no_schema(server: Postgres) -> tuple[Jobs, str]:
    name = database(server, "DROP SCHEMA public")
    return jobs(server, name=name), f"finds no schema in the database {name}: run CREATE SCHEMA public AUTHORIZATION"


def tables_of_another(server: Postgres) -> tuple[Jobs, str]:
    name = database(server, "CREATE TABLE alembic_version (version_num text)", "ALTER TABLE alembic_version OWNER TO other",
                    "GRANT SELECT ON alembic_version TO mlflow", owner="mlflow")
    return jobs(server, name=name), 'belong to the role other: write its name and password into the Secret of database.secret, or run REASSIGN OWNED BY "other" TO "mlflow"'


@pytest.mark.parametrize("wrong", [no_database, no_connect, no_create, no_schema, tables_of_another])
def test_without_an_administrator_the_schema_job_says_what_the_role_lacks_and_fails_for_good(server: Postgres, wrong: Any) -> None:
    those, why = wrong(server)
    code, output = those.migrate()
    assert code == FINAL
    assert why in output.splitlines()[0] and why in output.splitlines()[-1]


def test_what_it_asks_for_lets_it_through(server: Postgres) -> None:
    those, _ = no_create(server)
    those.patience = {}
    process, log = those.start("schema", "migrate-schema")
    eventually(10, lambda: check("run GRANT CREATE" in log.read_text()))
    server.sql(log.read_text().split("run ")[1].split(" in it")[0], those.database["name"])
    eventually(20, lambda: check("migrating the schema from nothing" in log.read_text()))
    end(process)


@pytest.mark.parametrize(("component", "container"), [("schema", "migrate-schema"), ("tracking-server", "wait-schema")])
def test_a_server_that_restarts_is_waited_for(server: Postgres, component: str, container: str) -> None:
    those = jobs(server, name=database(server, owner="mlflow"))
    those.environment = {}
    those.patience = {}
    server.stop()
    process, log = those.start(component, container)
    eventually(10, lambda: check("Connection refused" in log.read_text()))
    server.start()
    eventually(20, lambda: check("the schema" in log.read_text()))
    end(process)


def test_the_gate_of_a_server_says_that_an_empty_database_is_not_migrated_and_waits_on(server: Postgres) -> None:
    those = jobs(server, name=database(server, owner="mlflow"))
    process, log = those.start("tracking-server", "wait-schema")
    try:
        eventually(10, lambda: check(f"waiting: the schema is at nothing, and MLflow {RELEASE} needs" in log.read_text()))
        time.sleep(4)
        assert process.poll() is None
        assert len(log.read_text().splitlines()) >= 3
    finally:
        end(process)


def test_the_gate_of_a_server_waits_by_a_schema_that_it_does_not_know_and_that_of_a_job_fails(server: Postgres) -> None:
    name = database(server, "CREATE TABLE alembic_version AS SELECT 'f0f0f0' AS version_num", "ALTER TABLE alembic_version OWNER TO mlflow", owner="mlflow")
    those = jobs(server, name=name)
    for component, container in JOBS[1:]:
        code, output = those.run(component, container)
        assert code == FINAL and f"f0f0f0, which MLflow {RELEASE} does not know" in output
    process, log = those.start("tracking-server", "wait-schema")
    try:
        eventually(10, lambda: check(f"f0f0f0, which MLflow {RELEASE} does not know" in log.read_text()))
        time.sleep(4)
        assert process.poll() is None
    finally:
        end(process)


def test_the_gate_of_a_job_fails_when_nobody_migrates_and_waits_while_somebody_does(server: Postgres) -> None:
    those = jobs(server, name=database(server, owner="mlflow"))
    with server.connect(those.database["name"]) as session, session.cursor() as cursor:
        cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(b"mlflow", "big"),))
        process, log = those.start("administrator", "wait-schema")
        eventually(10, lambda: check("works on it" in log.read_text()))
        time.sleep(4)
        assert process.poll() is None
        assert "of role superuser" in log.read_text() and "works on it" in log.read_text()
        session.rollback()
    assert process.wait(15) == FINAL
    assert "the Job schema has not migrated it" in log.read_text().splitlines()[-1]


def test_a_job_that_waits_for_the_lock_ends_so_that_it_tries_again(server: Postgres) -> None:
    those = jobs(server, name=database(server, owner="mlflow"))
    those.patience = {"LOCKED_WITHIN_S": 2, "POLL_S": 0.3}
    with server.connect(those.database["name"]) as session, session.cursor() as cursor:
        cursor.execute("BEGIN; SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(b"mlflow", "big"),))
        code, output = those.migrate()
        session.rollback()
    assert code not in (0, FINAL)
    assert "gave up" in output.splitlines()[-1] and "holds the lock of this database" in output.splitlines()[-1]
