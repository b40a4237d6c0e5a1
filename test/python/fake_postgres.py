"""A connection to PostgreSQL that answers by a table, and remembers what was executed."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from psycopg2.sql import SQL, Composable, Composed, Identifier, Literal

Rows = Sequence[Sequence[Any]]
Answer = Rows | Exception | Callable[[Any], Rows]


def text(query: str | Composable) -> str:
    """A statement as PostgreSQL gets it, in one line."""
    if isinstance(query, Composed):
        return " ".join("".join(text(part) for part in query.seq).split())
    if isinstance(query, Identifier):
        return ".".join(f'"{name}"' for name in query.strings)
    if isinstance(query, Literal):
        return "NULL" if query.wrapped is None else repr(query.wrapped)
    return query.string if isinstance(query, SQL) else " ".join(query.split())


class Connection:
    """answers: a part of a statement to the rows of the answer, or to the error that it meets; the first that matches. Others have no rows."""

    def __init__(self, answers: dict[str, Answer] | None = None, server_version: int = 150000, user: str = "administrator") -> None:
        self.answers = answers or {}
        self.executed: list[str] = []
        self.server_version = server_version
        self.info = type("Info", (), {"user": user})
        self.closed = False
        self.autocommit = True
        self.rolled_back = 0
        self.encoding = "SQL_ASCII"
        self._rows: list[Sequence[Any]] = []

    def cursor(self) -> Connection:
        return self

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, query: str | Composable, parameters: Any = None) -> None:
        statement = text(query)
        self.executed.append(statement)
        answer = next((answer for part, answer in self.answers.items() if part in statement), [])
        if isinstance(answer, Exception):
            raise answer
        self._rows = list(answer(parameters) if callable(answer) else answer)

    def fetchone(self) -> Sequence[Any] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Sequence[Any]]:
        rows, self._rows = self._rows, []
        return rows

    def set_client_encoding(self, encoding: str) -> None:
        self.encoding = encoding

    def rollback(self) -> None:
        self.rolled_back += 1

    def close(self) -> None:
        self.closed = True

    def changes(self) -> list[str]:
        """What was executed, except questions."""
        return [each for each in self.executed if not each.startswith(("SELECT", "SHOW"))]
