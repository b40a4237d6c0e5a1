"""Which database the set-up Job makes, changes, leaves as it is, or refuses."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import database
import fake_postgres
import psycopg2
import pytest
from psycopg2.sql import Identifier
from role import Role

MARK = "[mlflow-platform: one/mlflow/staging]"
URI = "postgresql+platform://db/mlflow?secret=/nowhere"


class OurRole:
    """What a database asks of the server's role."""

    name, quoted, exists, of_earlier_release, is_let_in = "mlflow", Identifier("mlflow"), True, False, True

    def lets_in(self) -> bool:
        return self.is_let_in


class Server:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.role = OurRole()
        self.found: list[Sequence[Any]] = []
        self.template_is_utf8 = True
        self.refuses = ""
        self.missing: str | None = None
        answers: dict[str, fake_postgres.Answer] = {
            "FROM pg_database WHERE datname = %(name)s": lambda _: self.found,
            "template1": lambda _: [[1]] if self.template_is_utf8 else [],
            "pg_has_role": [[True]],
            "pg_database_owner": [[1]],
        }
        self.administrator, self.inside = fake_postgres.Connection(answers), fake_postgres.Connection(answers)
        monkeypatch.setattr(database, "connect", self.connect)
        monkeypatch.setattr(database, "missing_right", lambda _, of_its_own: self.missing if of_its_own else "asked for less")

    def connect(self, _: str) -> fake_postgres.Connection:
        if self.refuses:
            raise psycopg2.OperationalError(self.refuses)
        return self.inside

    def has(self, owner: str, comment: str | None = None, limit: int = -1, owned_by_administrator: bool = False) -> None:
        self.found = [(owner, owned_by_administrator, limit, comment)]

    def database(self) -> database.Database:
        return database.Database(cast(Any, self.administrator), URI, cast(Role, self.role), "database.name")

    def changes(self) -> list[str]:
        """What is done in the database, once nobody objects."""
        made = self.database()
        assert [made.problem(), made.problem_of_role()] == [None, None]
        made.set_up()
        return self.inside.changes()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    return Server(monkeypatch)


def test_a_database_that_is_not_there_is_made_with_nothing_for_public(server: Server) -> None:
    assert server.changes() == [
        "BEGIN",
        'ALTER DATABASE "mlflow" OWNER TO "mlflow"',
        'SET LOCAL ROLE "mlflow"',
        'REVOKE ALL ON DATABASE "mlflow" FROM PUBLIC',
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        'ALTER DATABASE "mlflow" CONNECTION LIMIT -1',
        f"COMMENT ON DATABASE \"mlflow\" IS '{MARK}'",
        "SET LOCAL ROLE NONE",
        "COMMIT",
    ]
    assert server.administrator.changes() == ["BEGIN", "COMMIT", f'CREATE DATABASE "mlflow" CONNECTION LIMIT {database.LIMIT_WHILE_MADE}']


def test_a_new_database_is_utf8_whatever_the_servers_others_are(server: Server) -> None:
    server.template_is_utf8 = False
    server.changes()
    assert server.administrator.changes()[-1].endswith("TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")


def test_a_database_that_is_as_it_should_be_is_not_touched(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.has("mlflow", f"of team X {MARK}")
    assert server.changes() == []
    assert "is as it should be already" in capsys.readouterr().out


def test_what_a_killed_attempt_left_is_finished(server: Server) -> None:
    server.has("administrator", limit=database.LIMIT_WHILE_MADE, owned_by_administrator=True)
    assert "REVOKE ALL ON SCHEMA public FROM PUBLIC" in server.changes()
    assert server.administrator.changes() == []


def test_a_database_of_an_earlier_release_gets_the_mark_and_nothing_else(server: Server) -> None:
    server.role.of_earlier_release = True
    server.has("mlflow")
    assert server.changes() == ["BEGIN", 'SET LOCAL ROLE "mlflow"', f"COMMENT ON DATABASE \"mlflow\" IS '{MARK}'", "SET LOCAL ROLE NONE", "COMMIT"]


def test_a_database_of_the_role_that_nobody_marked_stays_as_it_is(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.has("mlflow", "of team X")
    assert server.changes() == []
    assert "was made by others, and stays as it is" in capsys.readouterr().out


def test_a_database_of_others_will_do_where_the_role_may_make_tables_of_its_own(server: Server) -> None:
    server.has("bob", "of team X")
    assert server.changes() == []


@pytest.mark.parametrize(("missing", "refuses"), [("the role may make no tables", ""), (None, "no pg_hba.conf entry")])
def test_a_database_of_others_in_which_the_role_lacks_something_is_refused(server: Server, missing: str | None, refuses: str) -> None:
    server.has("bob")
    server.missing, server.refuses = missing, refuses
    made = server.database()
    assert made.problem() is None
    assert made.problem_of_role() == (
        f"the database mlflow exists, this environment did not make it, and {missing or refuses}. Or write another database.name, or "
        "database.takeOver: {database: true}")


def test_a_database_of_others_is_refused_where_the_role_is_yet_to_be_made(server: Server) -> None:
    server.role.exists = False
    server.has("bob")
    assert "and it belongs to the role bob." in str(server.database().problem())


@pytest.mark.parametrize("comment", ["[mlflow-platform: two/mlflow/staging]", "[mlflow-platform: mlflow/staging]"])
def test_a_database_of_another_environment_is_refused_whatever_may_be_taken_over(
    server: Server, monkeypatch: pytest.MonkeyPatch, comment: str
) -> None:
    monkeypatch.setattr(database, "TAKE_OVER", ["database"])
    server.role.is_let_in = False
    server.has("mlflow", comment)
    assert "belongs to the environment" in str(server.database().problem())


def test_a_database_that_is_taken_over_lets_its_former_owner_go_on(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "TAKE_OVER", ["database"])
    server.has("bob", "of team X")
    assert server.changes() == [
        "BEGIN",
        'ALTER DATABASE "mlflow" OWNER TO "mlflow"',
        'SET LOCAL ROLE "mlflow"',
        'GRANT ALL ON DATABASE "mlflow" TO "bob"',
        'GRANT ALL ON SCHEMA public TO "bob"',
        f"COMMENT ON DATABASE \"mlflow\" IS 'of team X {MARK}'",
        "SET LOCAL ROLE NONE",
        "COMMIT",
    ]
