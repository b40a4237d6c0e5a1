"""What is ours: a role or database whose comment bears the environment's mark. People may write more into the comment."""
from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import marks
from connections import Connection, reason
from psycopg2 import errors
from psycopg2.sql import SQL, Composable, Identifier, Literal
from rights import quoted
from waiting import GiveUp

ENVIRONMENT = os.environ["ENVIRONMENT"]
MARK = f"[mlflow-platform: {ENVIRONMENT}]"
ANY_MARK = re.compile(r"\[mlflow-platform: ([^\]]*)\]")
TAKE_OVER = os.environ["TAKE_OVER"].split()


def mark_in(comment: str | None) -> str | None:
    """The environment that something belongs to."""
    found = ANY_MARK.search(comment or "")
    return found and found[1]


def marked(comment: str | None) -> Literal[str]:
    """The comment with our mark."""
    return Literal(with_mark(comment))


def with_mark(comment: str | None) -> str:
    return ANY_MARK.sub(lambda _: MARK, comment) if comment and mark_in(comment) else " ".join(filter(None, (comment, MARK)))


def is_ours(comment: str | None, lets_in: Callable[[], bool]) -> bool:
    """lets_in: whether the Secret lets the role in."""
    return marks.is_platforms(mark_in(comment), ENVIRONMENT, lets_in)


def problem_of_mark(kind: str, name: str, comment: str | None, lets_in: Callable[[], bool]) -> str | None:
    mark = mark_in(comment)
    if mark is None or is_ours(comment, lets_in):
        return None
    renamed = with_mark(comment).replace("'", "''")
    return marks.problem_of_mark(f"the {kind} {name}", mark, ENVIRONMENT, f"run COMMENT ON {kind.upper()} {quoted(name)} IS '{renamed}'")


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
        raise GiveUp(f"{what} ({reason(error)})") from error


def execute(connection: Connection, statement: str, **parts: Composable) -> None:
    # Its text without the values: one of them is a password's hash.
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


GIVEN_TO_ITSELF = """
    SELECT 1 FROM pg_auth_members
    WHERE pg_get_userbyid(roleid) = %(role)s AND ARRAY[pg_get_userbyid(member), pg_get_userbyid(grantor)] = ARRAY[current_user, current_user]"""


@contextlib.contextmanager
def member_of(inside: Connection, *roles: str) -> Iterator[None]:
    """Within a transaction: who is no superuser may act for the roles that it belongs to, and no others. Afterwards it belongs to those of before."""
    since_16 = inside.server_version >= 160000
    may_act = f"SELECT pg_has_role(%(role)s, '{'SET' if since_16 else 'MEMBER'}')"
    missing = [role for role in dict.fromkeys(roles) if not rows(inside, may_act, role=role)[0][0]]
    # A membership that the administrator gave itself, without the right to act for the role.
    given = [role for role in missing if rows(inside, GIVEN_TO_ITSELF, role=role)]
    for role in missing:
        problem = (f"the administrator may not act for the role {role}: let its administrator run "
                   f"GRANT {quoted(role)} TO {quoted(inside.info.user)}")
        with or_say(problem), inside.cursor() as cursor:
            cursor.execute(SQL("GRANT {role} TO CURRENT_USER" + (" WITH SET TRUE" if since_16 else "")).format(role=Identifier(role)))
    yield
    for role in missing:
        execute(inside, f"REVOKE {'SET OPTION FOR ' if role in given else ''}{{role}} FROM CURRENT_USER", role=Identifier(role))
