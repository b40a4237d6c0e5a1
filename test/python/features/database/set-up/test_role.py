"""Which role the set-up Job makes, changes, leaves as it is, or refuses."""
from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

import fake_postgres
import ownership
import psycopg2
import pytest
import role
from clock import Clock
from waiting import GiveUp

MARK = "[mlflow-platform: one/mlflow/staging]"
SETTINGS = [
    "tcp_keepalives_idle=10s",
    "tcp_keepalives_interval=5s",
    "tcp_keepalives_count=2",
    "tcp_user_timeout=20s",
    "client_connection_check_interval=10s",
]
REFUSED = "password authentication failed"


class Server:
    """The administrator's connection to a server that has the role, or not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, clock: Clock, secret: pathlib.Path) -> None:
        self.found: list[Sequence[Any]] = []
        self.mighty: list[Sequence[str]] = []
        self.in_use = False
        self.refuses = ""  # what it says to whoever signs in by the Secret
        self.uri = f"postgresql+platform://db/mlflow?secret={secret}"
        self.connection = fake_postgres.Connection({
            "FROM pg_roles WHERE rolname": lambda _: self.found,
            "concat_ws": lambda _: self.mighty,
            "pg_stat_activity": lambda _: [[1]] if self.in_use else [],
        })
        monkeypatch.setattr(role, "connect", self.connect)
        monkeypatch.setattr(role, "time", clock)
        monkeypatch.setattr(role, "encrypt_password", lambda password, user, scope: f"hash of {password} for {user}")

    def connect(self, _: str) -> fake_postgres.Connection:
        if self.refuses:
            raise psycopg2.OperationalError(self.refuses)
        return fake_postgres.Connection()

    def has(self, comment: str | None = None, settings: list[str] | None = None, may_sign_in: bool = True) -> None:
        self.found = [(settings, may_sign_in, comment)]

    def role(self) -> role.Role:
        return role.Role(self.connection, [self.uri])

    def changes(self) -> list[str]:
        made = self.role()
        assert made.problem() is None
        made.set_up()
        return self.connection.changes()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, clock: Clock, secret: pathlib.Path) -> Server:
    return Server(monkeypatch, clock, secret)


def test_a_role_that_is_not_there_is_made_in_one_transaction_and_marked(server: Server) -> None:
    assert server.changes() == [
        "BEGIN",
        'CREATE ROLE "mlflow"',
        'ALTER ROLE "mlflow" LOGIN CONNECTION LIMIT 50',
        *(f'ALTER ROLE "mlflow" SET "{name}" = \'{value}\'' for name, value in (each.split("=") for each in SETTINGS)),
        "ALTER ROLE \"mlflow\" PASSWORD 'hash of the-password for mlflow'",
        f"COMMENT ON ROLE \"mlflow\" IS '{MARK}'",
        "COMMIT",
    ]


def test_without_a_password_the_role_has_none(server: Server, secret: pathlib.Path) -> None:
    (secret / "password").unlink()
    assert 'ALTER ROLE "mlflow" PASSWORD NULL' in server.changes()


@pytest.mark.parametrize("ours", [
    {"comment": f"of team X {MARK}"},
    {"comment": "of team X [mlflow-platform: mlflow/staging]"},  # of before the file named a cluster, and the Secret lets it in
    {"settings": SETTINGS},  # of a release that set no marks
])
def test_a_role_of_ours_is_changed_and_keeps_what_people_wrote(server: Server, ours: dict[str, Any]) -> None:
    server.has(**ours)
    changes = server.changes()
    assert 'CREATE ROLE "mlflow"' not in changes
    assert changes[-2] == f"COMMENT ON ROLE \"mlflow\" IS '{'of team X ' if 'comment' in ours else ''}{MARK}'"


def test_a_role_of_others_that_the_secret_lets_in_stays_as_it_is(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.has("of team X")
    assert server.changes() == []
    assert "the role mlflow was made by others, and stays as it is" in capsys.readouterr().out


@pytest.mark.parametrize("answer", ['permission denied for database "mlflow"', "FATAL:  too many connections for role"])
def test_a_role_whose_password_was_right_is_let_in_whatever_comes_after(server: Server, answer: str) -> None:
    server.has("of team X")
    server.refuses = answer
    assert server.changes() == []


def test_a_role_of_others_that_the_secret_does_not_let_in_is_refused(server: Server) -> None:
    server.has("of team X", SETTINGS[:2])
    server.refuses = REFUSED
    assert server.role().problem() == (
        "the role mlflow exists, this environment did not make it, and the Secret of database.secret does not let it in "
        "(password authentication failed): write its password there, or another username, or database.takeOver: {role: true}"
    )


def test_a_role_of_others_may_be_taken_over(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(role, "TAKE_OVER", ["role"])
    server.has("of team X")
    server.refuses = REFUSED
    assert f"COMMENT ON ROLE \"mlflow\" IS 'of team X {MARK}'" in server.changes()


@pytest.mark.parametrize("comment", ["[mlflow-platform: two/mlflow/staging]", "[mlflow-platform: mlflow/staging]"])
def test_a_role_of_another_environment_is_refused_whatever_may_be_taken_over(server: Server, monkeypatch: pytest.MonkeyPatch, comment: str) -> None:
    monkeypatch.setattr(role, "TAKE_OVER", ["role"])
    server.has(comment)
    server.refuses = REFUSED
    assert "belongs to the environment" in str(server.role().problem())


@pytest.mark.parametrize(("mighty", "what"), [
    (("mlflow", "a superuser"), "the role mlflow is a superuser: "),
    (("admins", "one that may make roles"), "the role mlflow belongs to the role admins, one that may make roles: "),
    (("pg_read_all_data", ""), "the role mlflow belongs to the role pg_read_all_data: "),
])
def test_a_role_that_reaches_further_than_its_databases_is_refused(server: Server, mighty: tuple[str, str], what: str) -> None:
    server.has(MARK)
    server.mighty = [mighty]
    assert str(server.role().problem()).startswith(what)


def test_running_servers_learn_a_new_password_before_the_role_has_it(server: Server, clock: Clock) -> None:
    server.has(MARK)
    server.in_use, server.refuses = True, REFUSED
    began = clock.now
    server.changes()
    assert clock.now - began == 100


def test_nobody_waits_where_no_server_runs(server: Server, clock: Clock) -> None:
    server.has(MARK)
    server.refuses = REFUSED
    began = clock.now
    server.changes()
    assert clock.now == began


def test_a_role_that_somebody_locked_stays_locked(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.has(MARK, may_sign_in=False)
    assert 'ALTER ROLE "mlflow" CONNECTION LIMIT 50' in server.changes()
    assert 'it stays so until they run ALTER ROLE "mlflow" LOGIN' in capsys.readouterr().out


def test_a_secret_that_cannot_be_read_ends_the_job(server: Server, secret: pathlib.Path) -> None:
    (secret / "username").write_text("")
    with pytest.raises(GiveUp, match="username is empty"):
        server.role()


def test_nothing_may_be_taken_over_by_default() -> None:
    assert not {"role", "database"} & set(ownership.TAKE_OVER)
