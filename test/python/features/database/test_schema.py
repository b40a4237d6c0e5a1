"""Who migrates MLflow's schemas, who waits for that, and what is not touched."""
from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
import schema
import sqlalchemy.exc
import waiting
from clock import Clock
from fake_postgres import Answer, Connection
from sqlalchemy.engine import Engine


class Database:
    """A database whose schema is at a revision, which a migration changes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.revision: str | None = None
        self.missing: list[str | None] = [None]
        self.migrating: str | None = None
        self.upgrade: Callable[[], None] = lambda: None
        self.locks: list[str] = []
        self.refuses = 0
        self.holders: list[list[tuple[str, str]]] = [[]]
        self.answers: dict[str, Answer] = {
            "to_regclass": lambda _: [[self.revision is not None]],
            "version_num": lambda _: [[self.revision]] if self.revision else [],
            "locktype = 'relation'": lambda _: self.holders.pop(0) if len(self.holders) > 1 else self.holders[0],
        }

        @contextlib.contextmanager
        def locked(uri: str, _: Any) -> Iterator[None]:
            self.locks.append(uri)
            yield

        monkeypatch.setattr(schema, "locked", locked)
        monkeypatch.setattr(schema, "connected", self.connect)
        monkeypatch.setattr(schema, "connect", self.connect)
        monkeypatch.setattr(schema, "missing_right", lambda *_: self.missing.pop(0) if len(self.missing) > 1 else self.missing[0])
        monkeypatch.setattr(schema, "holder", lambda _: self.migrating)
        monkeypatch.setattr(schema.TrackingSchema, "upgrade", lambda _: self.upgrade())

    def connect(self, *_: Any) -> Connection:
        if self.refuses:
            self.refuses -= 1
            raise psycopg2.OperationalError("the server is away")
        return Connection(self.answers)

    def becomes(self, revision: str) -> None:
        self.revision = revision


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Database:
    monkeypatch.setattr(waiting, "time", clock)
    monkeypatch.setattr(schema, "time", clock)
    monkeypatch.delenv("MLFLOW_USERS_URI", raising=False)
    return Database(monkeypatch)


HEAD = schema.TrackingSchema("uri").head


@pytest.fixture(autouse=True)
def _without_listeners() -> Iterator[None]:
    yield
    from sqlalchemy.event import contains, remove

    if contains(Engine, "before_cursor_execute", schema.set_up_transaction):
        remove(Engine, "before_cursor_execute", schema.set_up_transaction)


def test_the_heads_are_those_of_this_mlflows_own_files() -> None:
    one, other = schema.TrackingSchema("uri"), schema.UsersSchema("uri")
    assert len(str(one.head)) == len(str(other.head)) == 12
    assert one.objection(one.head) is None
    assert one.objection(None) is None


def test_an_empty_database_is_initialised_under_the_lock(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    database.upgrade = lambda: database.becomes(str(HEAD))
    schema.main("migrate")
    assert database.locks == [os.environ["MLFLOW_BACKEND_STORE_URI"]]
    said = capsys.readouterr().out
    assert f"migrating the schema from nothing to {HEAD}" in said
    assert said.endswith(f"the schema is at {HEAD}\n")


def test_a_schema_that_is_at_its_head_is_not_migrated(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    database.becomes(str(HEAD))
    database.upgrade = lambda: pytest.fail("was migrated")
    schema.main("migrate")
    assert capsys.readouterr().out.endswith(f"the schema is at {HEAD} already\n")


def test_a_schema_that_this_mlflow_does_not_know_is_not_touched(database: Database) -> None:
    database.becomes("fedcba987654")
    database.upgrade = lambda: pytest.fail("was migrated")
    with pytest.raises(waiting.GiveUp, match=r"the schema is at fedcba987654, which MLflow .* does not know") as ended:
        schema.main("migrate")
    assert ended.value.code == waiting.FINAL


def test_a_right_that_is_missing_is_waited_for(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    database.missing = ["the role may make no tables", None]
    database.upgrade = lambda: database.becomes(str(HEAD))
    schema.main("migrate")
    assert "waiting: the role may make no tables" in capsys.readouterr().out


def test_a_migration_that_ends_elsewhere_has_failed(database: Database) -> None:
    database.upgrade = lambda: database.becomes("0123456789ab")
    with pytest.raises(waiting.GiveUp, match=f"the schema is at 0123456789ab after the migration, not at {HEAD}"):
        schema.main("migrate")


@pytest.mark.parametrize(("error", "code"), [
    (sqlalchemy.exc.OperationalError("ALTER", {}, psycopg2.OperationalError("terminating connection")), waiting.TRY_AGAIN),
    (sqlalchemy.exc.InterfaceError("ALTER", {}, psycopg2.InterfaceError("connection already closed")), waiting.TRY_AGAIN),
    (sqlalchemy.exc.InternalError("ALTER", {}, psycopg2.InternalError("no space left")), waiting.TRY_AGAIN),
    (sqlalchemy.exc.ProgrammingError("ALTER", {}, psycopg2.ProgrammingError("column exists already")), waiting.FINAL),
    (ValueError("bad data"), waiting.FINAL),
])
def test_a_migration_that_fails_is_tried_again_where_the_server_was_in_trouble(database: Database, error: Exception, code: int) -> None:
    def fail() -> None:
        raise error

    database.upgrade = fail
    with pytest.raises(waiting.GiveUp) as ended:
        schema.main("migrate")
    assert ended.value.code == code
    assert str(ended.value).startswith(f"the migration failed: {getattr(error, 'orig', error)}")
    assert "the schema is at nothing, and servers of that release go on serving" in str(ended.value)


def test_whoever_keeps_a_table_locked_is_named(database: Database) -> None:
    def fail() -> None:
        raise sqlalchemy.exc.OperationalError("ALTER", {}, psycopg2.errors.LockNotAvailable("lock timeout"))

    database.upgrade = fail
    database.holders = [
        [("1/1", "process 5 of role bob"), ("1/2", "process 6 of role eve")],
        [("1/1", "process 5 of role bob"), ("1/3", "process 6 of role eve")],
    ]
    with pytest.raises(waiting.GiveUp, match="; tables are locked by process 5 of role bob\n"):
        schema.main("migrate")


def test_a_failure_is_told_also_where_the_database_tells_no_more(database: Database) -> None:
    def fail() -> None:
        database.refuses = 1
        raise ValueError("bad data")

    database.upgrade = fail
    with pytest.raises(waiting.GiveUp) as ended:
        schema.main("migrate")
    assert str(ended.value) == "the migration failed: bad data"


@pytest.mark.parametrize(("idle", "statements"), [(True, 1), (False, 0)])
def test_timeouts_are_set_at_the_beginning_of_each_transaction(idle: bool, statements: int) -> None:
    class Cursor(Connection):
        connection = type("Of", (), {"info": type("Info", (), {"transaction_status": 0 if idle else 2})})

    cursor = Cursor()
    schema.set_up_transaction(None, cursor, "ALTER TABLE runs", {})
    assert len(cursor.executed) == statements


@pytest.mark.parametrize("verb", ["wait", "wait-in-job"])
def test_who_waits_goes_on_as_soon_as_the_schema_is_at_its_head(
    database: Database, clock: Clock, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    database.becomes(str(HEAD))
    began = clock.now
    schema.main(verb)
    assert clock.now == began
    assert capsys.readouterr().out.endswith(f"the schema is at {HEAD}\n")


def test_a_server_waits_longer_than_any_job_and_says_for_what(database: Database, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    waited_until = clock.now + 4000
    database.answers["to_regclass"] = lambda _: [[clock.now > waited_until and database.becomes(str(HEAD)) is None]]
    schema.main("wait")
    assert (
        f"waiting: the schema is at nothing, and MLflow {schema.VERSION} needs {HEAD}: the Job schema has not migrated it" in capsys.readouterr().out
    )


def test_a_server_waits_where_a_newer_release_has_migrated_and_a_job_does_not(database: Database, clock: Clock) -> None:
    database.becomes("fedcba987654")
    with pytest.raises(waiting.GiveUp, match="fedcba987654") as ended:
        schema.main("wait-in-job")
    assert ended.value.code == waiting.FINAL
    until = clock.now + 1000
    database.answers["version_num"] = lambda _: [[str(HEAD) if clock.now > until else "fedcba987654"]]
    schema.main("wait")
    assert clock.now > until


def test_a_job_waits_for_eight_minutes_and_longer_while_somebody_migrates(database: Database, clock: Clock) -> None:
    began = clock.now
    with pytest.raises(waiting.GiveUp, match="gave up after 8 minutes"):
        schema.main("wait-in-job")
    assert clock.now - began == 480
    database.migrating = "mlflow-schema-1"
    until = clock.now + 2000
    database.answers["to_regclass"] = lambda _: [[clock.now > until and database.becomes(str(HEAD)) is None]]
    schema.main("wait-in-job")
    assert clock.now > until


def test_who_waits_for_the_schema_waits_for_the_server_too(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    database.becomes(str(HEAD))
    database.refuses = 2
    schema.main("wait")
    assert "waiting: the server is away" in capsys.readouterr().out


def test_the_users_schema_is_one_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_USERS_URI", "users")
    assert [each.name for each in schema.schemas()] == ["the schema", "the users' schema"]


def test_an_unknown_verb_is_answered_with_the_usage(database: Database) -> None:
    with pytest.raises(SystemExit, match=r"schema\.py migrate"):
        schema.main("upgrade")
