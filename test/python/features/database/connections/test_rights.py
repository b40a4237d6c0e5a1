"""What the tracking server's role needs in its databases."""
from __future__ import annotations

from typing import Any

import pytest
from fake_postgres import Answer, Connection
from rights import missing_right, quoted


def database(schema: str | None = "public", may_create: bool = True, by_itself: bool = True, owner: str | None = None, encoding: str = "UTF8",
             is_new: bool = False) -> Connection:
    answers: dict[str, Answer] = {
        "has_schema_privilege": [["mlflow", "db", schema, may_create, by_itself]],
        "relowner": [[owner]] if owner else [],
        "pg_encoding_to_char": [[encoding, is_new]],
    }
    return Connection(answers)


@pytest.mark.parametrize("others", [{}, {"by_itself": False}, {"encoding": "LATIN1"}])
def test_a_role_that_may_make_tables_lacks_nothing(others: dict[str, Any]) -> None:
    assert missing_right(database(**others), "alembic_version") is None


@pytest.mark.parametrize(("others", "problem"), [
    ({"schema": None}, 'the role mlflow finds no schema in the database db: run CREATE SCHEMA public AUTHORIZATION "mlflow" in it'),
    ({"may_create": False}, 'the role mlflow may not make tables in the database db: run GRANT CREATE ON SCHEMA "public" TO "mlflow" in it'),
    ({"owner": "bob"}, (
        "the tables of the database db belong to the role bob: write its name and password into the Secret of database.secret, or run "
        'REASSIGN OWNED BY "bob" TO "mlflow" in that database')),
    ({"encoding": "LATIN1", "is_new": True}, (
        "the database db has the encoding LATIN1, and must have UTF8: make another one, by CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8'")),
])
def test_what_is_missing_is_said_with_what_to_run(others: dict[str, Any], problem: str) -> None:
    assert missing_right(database(**others), "alembic_version") == problem


def test_what_everybody_may_is_not_enough_where_the_right_must_be_its_own() -> None:
    assert missing_right(database(by_itself=False), of_its_own=True) == (
        'the role mlflow may make tables only as everybody may in the database db: run GRANT CREATE ON SCHEMA "public" TO "mlflow" in it')


def test_a_name_can_be_pasted_into_sql() -> None:
    assert quoted('a"b') == '"a""b"'
