"""The lock of a database, which whoever changes the database holds; and how programs wait for the database and for the lock."""
from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

import psycopg2
from connections import Connection, Cursor, connect, reason, the_row
from waiting import FINAL, TRY_AGAIN, Waiting, exit_code, say

# Seconds that somebody else may hold the lock: a migration may take long. The Job comes again after that.
LOCKED_WITHIN_S = 3600

# Of the advisory locks that PostgreSQL has for each database, the one that whoever changes it holds: "mlflow" in ASCII.
LOCK = int.from_bytes(b"mlflow", "big")

# For transactions that stay open while others work. Of one transaction, since poolers give the session to somebody else after it; by
# set_config, since not every release of PostgreSQL has all of them.
WITHOUT_TIMEOUTS = ("idle_in_transaction_session_timeout", "statement_timeout", "transaction_timeout")


def connected(uri: str, waiting: Waiting) -> Connection:
    """A connection, as soon as server, database and role are there."""
    while True:
        try:
            return connect(uri)
        except psycopg2.OperationalError as error:
            waiting.on(reason(error))


@contextlib.contextmanager
def locked(uri: str, waiting: Waiting) -> Iterator[None]:
    """Whoever changes a database holds its lock. It is one of a transaction, which stays open: behind a pooler that of a session would
    belong to nobody in particular, and stay when its holder has ended."""
    connection = locked_connection(uri, waiting)
    waiting.restart()
    try:
        yield
    finally:
        connection.close()


def locked_connection(uri: str, waiting: Waiting) -> Connection:
    others = Waiting(LOCKED_WITHIN_S, code=TRY_AGAIN)
    while True:
        connection = connected(uri, waiting)
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                while True:
                    set_for_transaction(cursor, dict.fromkeys(WITHOUT_TIMEOUTS, "0"))
                    if has_lock(cursor):
                        return connection
                    who = holder(cursor) or "somebody"
                    connection.rollback()  # a transaction sees who is there once
                    others.on(f"{who} holds the lock of this database")
        except psycopg2.OperationalError as error:
            connection.close()
            waiting.on(reason(error))


def has_lock(cursor: Cursor) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,))
    return bool(the_row(cursor)[0])


def holder(cursor: Cursor) -> str | None:
    """Who holds the lock. Of another role's session PostgreSQL does not tell the application."""
    cursor.execute(
        "SELECT format('%%s (process %%s of role %%s, since %%s)', coalesce(nullif(application_name, ''), 'a session'), pid, usename,"
        " to_char(xact_start, 'HH24:MI:SS')) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND (classid::bigint << 32) + objid::bigint = %s", (LOCK,))
    row = cursor.fetchone()
    return str(row[0]) if row else None


def set_for_transaction(cursor: Cursor, settings: dict[str, str]) -> None:
    """Those of the settings that this server knows."""
    cursor.execute("SELECT set_config(name, wanted.value, true) FROM pg_settings JOIN unnest(%s, %s) AS wanted (name, value) USING (name)",
                   (list(settings), list(settings.values())))


def run(program: Callable[[], None]) -> None:
    """Runs a program to its end, and says in one line why PostgreSQL made it fail: the server's trouble passes, what is forbidden stays so."""
    try:
        sys.exit(exit_code(program))
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        say(reason(error))
        sys.exit(TRY_AGAIN)
    except psycopg2.Error as error:
        say(reason(error))
        sys.exit(FINAL)
