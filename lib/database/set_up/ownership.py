"""What is ours: a role or database whose comment bears the environment's mark. People may write more into the comment."""
from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import Any

from connections import Connection, reason
from psycopg2 import errors
from psycopg2.sql import SQL, Composable, Identifier, Literal
from waiting import give_up

ENVIRONMENT = os.environ["ENVIRONMENT"]
MARK = f"[mlflow-platform: {ENVIRONMENT}]"
ANY_MARK = re.compile(r"\[mlflow-platform: ([^\]]*)\]")
TAKE_OVER = os.environ["TAKE_OVER"].split()


def mark_in(comment: str | None) -> str | None:
    """The environment that something belongs to."""
    found = ANY_MARK.search(comment or "")
    return found and found[1]


def marked(comment: str | None) -> Literal:
    """The comment with our mark."""
    return Literal(comment if mark_in(comment) else " ".join(filter(None, (comment, MARK))))


def problem_of_mark(kind: str, name: str, comment: str | None) -> str | None:
    """What is another environment's stays so, whatever may be taken over: two of them would change it in turn."""
    mark = mark_in(comment)
    if mark in (None, ENVIRONMENT):
        return None
    renamed = ANY_MARK.sub(MARK, comment or "").replace("'", "''")
    return (f"the {kind} {name} belongs to the environment {mark}: name another. If {mark} is an earlier name of {ENVIRONMENT}, run "
            f"COMMENT ON {kind.upper()} \"{name}\" IS '{renamed}'")


def rows(connection: Connection, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


@contextlib.contextmanager
def or_say(what: str) -> Iterator[None]:
    """Ends the program with `what` where a right is missing."""
    try:
        yield
    except errors.InsufficientPrivilege as error:
        give_up(f"{what} ({reason(error)})")


def execute(connection: Connection, statement: str, **parts: Composable) -> None:
    # Its text without the values, of which one is a password's hash.
    with connection.cursor() as cursor, or_say(f"the administrator may not do what is needed, {statement}"):
        cursor.execute(SQL(statement).format(**parts))


@contextlib.contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """All the statements within it, or none."""
    execute(connection, "BEGIN")
    try:
        yield
    except BaseException:
        if not connection.closed:
            execute(connection, "ROLLBACK")
        raise
    execute(connection, "COMMIT")


@contextlib.contextmanager
def member_of(administrator: Connection, *roles: str) -> Iterator[None]:
    """Who is no superuser may act for the roles that it belongs to, and no others. Afterwards it belongs to those of before."""
    privilege = "SET" if administrator.server_version >= 160000 else "MEMBER"
    missing = [role for role in dict.fromkeys(roles) if not rows(administrator, f"SELECT pg_has_role(%(role)s, '{privilege}')", role=role)[0][0]]
    for role in missing:
        problem = f'the administrator may not act for the role {role}: let its administrator run GRANT "{role}" TO "{administrator.info.user}"'
        with or_say(problem), administrator.cursor() as cursor:
            cursor.execute(SQL("GRANT {role} TO CURRENT_USER").format(role=Identifier(role)))
    try:
        yield
    finally:
        for role in missing:
            execute(administrator, "REVOKE {role} FROM CURRENT_USER", role=Identifier(role))
