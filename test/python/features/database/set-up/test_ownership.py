"""What is the platform's, and how the administrator acts for roles."""
from __future__ import annotations

import ownership
import pytest
from fake_postgres import Connection
from psycopg2 import errors
from psycopg2.sql import Identifier
from waiting import GiveUp

MARK = "[mlflow-platform: one/mlflow/staging]"


@pytest.mark.parametrize(("comment", "mark"), [
    (None, None), ("", None), ("of team X", None), (MARK, "one/mlflow/staging"), ("of team X [mlflow-platform: two/a/b] as ever", "two/a/b"),
])
def test_a_mark_is_found_in_what_people_wrote(comment: str | None, mark: str | None) -> None:
    assert ownership.mark_in(comment) == mark


@pytest.mark.parametrize(("comment", "marked"), [
    (None, MARK), ("of team X", f"of team X {MARK}"), ("of team X [mlflow-platform: a/b] as ever", f"of team X {MARK} as ever"),
])
def test_a_mark_takes_the_place_of_another_and_leaves_the_rest(comment: str | None, marked: str) -> None:
    assert ownership.with_mark(comment) == marked
    assert ownership.marked(comment).wrapped == marked


def test_others_marks_are_named_with_the_statement_that_changes_them() -> None:
    assert ownership.problem_of_mark("database", "db", "Bob's [mlflow-platform: mlflow/production]", lambda: True) == (
        "the database db belongs to the environment mlflow/production: name another. If mlflow/production is an earlier name of one/mlflow/staging, "
        f"run COMMENT ON DATABASE \"db\" IS 'Bob''s {MARK}'"
    )
    assert ownership.problem_of_mark("database", "db", MARK, lambda: False) is None
    assert ownership.problem_of_mark("database", "db", "of team X", lambda: False) is None


def test_a_right_that_is_missing_is_said_without_the_values() -> None:
    connection = Connection({"ALTER ROLE": errors.InsufficientPrivilege("permission denied")})
    with pytest.raises(GiveUp) as ended:
        ownership.execute(connection, "ALTER ROLE {role} LOGIN", role=Identifier("the-name"))
    assert str(ended.value) == "the administrator may not do what is needed, ALTER ROLE {role} LOGIN (permission denied)"


def test_a_transaction_ends_in_a_commit_or_a_rollback() -> None:
    connection = Connection()
    with ownership.transaction(connection):
        ownership.execute(connection, "CREATE ROLE a")
    with pytest.raises(ValueError, match="a fault"), ownership.transaction(connection):
        raise ValueError("a fault")
    assert connection.executed == ["BEGIN", "CREATE ROLE a", "COMMIT", "BEGIN", "ROLLBACK"]


def test_a_transaction_of_a_lost_connection_is_not_rolled_back() -> None:
    connection = Connection()
    with pytest.raises(ValueError, match="lost"), ownership.transaction(connection):
        connection.closed = True
        raise ValueError("lost")
    assert connection.executed == ["BEGIN"]


def test_who_may_act_for_a_role_becomes_no_member_of_it() -> None:
    connection = Connection({"pg_has_role": [[True]]})
    with ownership.member_of(connection, "mlflow"):
        pass
    assert connection.changes() == []


@pytest.mark.parametrize(("version", "grant"), [(150000, 'GRANT "mlflow" TO CURRENT_USER'), (160000, 'GRANT "mlflow" TO CURRENT_USER WITH SET TRUE')])
def test_a_membership_lasts_as_long_as_it_is_needed(version: int, grant: str) -> None:
    connection = Connection({"pg_has_role": [[False]]}, server_version=version)
    with ownership.member_of(connection, "mlflow", "mlflow"):
        assert connection.changes() == [grant]
    assert connection.changes()[1:] == ['REVOKE "mlflow" FROM CURRENT_USER']


def test_a_membership_of_before_stays_without_the_option_that_was_missing() -> None:
    connection = Connection({"pg_has_role": [[False]], "pg_auth_members": [[1]]}, server_version=160000)
    with ownership.member_of(connection, "mlflow"):
        pass
    assert connection.changes()[-1] == 'REVOKE SET OPTION FOR "mlflow" FROM CURRENT_USER'


def test_an_administrator_that_may_not_act_for_a_role_is_told_what_somebody_must_run() -> None:
    connection = Connection({"pg_has_role": [[False]], "GRANT": errors.InsufficientPrivilege("must have admin option")}, user="dba")
    with pytest.raises(GiveUp, match='the administrator may not act for the role bob: let its administrator run GRANT "bob" TO "dba"'), \
            ownership.member_of(connection, "bob"):
        pass
