"""How the programs of the database's Jobs, and the servers that wait for these, wait: never without a word, and no Job for ever.

Exit codes: 65 says that another attempt would end the same, and the Job fails at once; any other lets it try again.
"""
from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

import psycopg2
from connections import Connection, connect, reason
from psycopg2.extensions import cursor as Cursor

FINAL = os.EX_DATAERR

# Seconds. With what Kubernetes takes to start the pod, and an attempt before, less than ten minutes: by then a setting that cannot work
# has failed the Job, and a server that merely restarts is there.
WITHIN_S = 480

# Seconds that somebody else may hold the lock: a migration may take long. The Job comes again after that.
LOCKED_WITHIN_S = 3600

SAY_AGAIN_S = 60
POLL_S = 2

# Of the advisory locks that PostgreSQL has for each database, the one that whoever changes it holds: "mlflow" in ASCII.
LOCK = int.from_bytes(b"mlflow", "big")

# For transactions that stay open while others work. Of one transaction, since poolers give the session to somebody else after it; by
# set_config, since not every release of PostgreSQL has all of them.
WITHOUT_TIMEOUTS = ("idle_in_transaction_session_timeout", "statement_timeout", "transaction_timeout")


def say(message: str) -> None:
    print(time.strftime("%H:%M:%S"), message, flush=True)


def give_up(message: str, code: int = FINAL) -> NoReturn:
    say(message)
    sys.exit(code)


class Waiting:
    """Says what is waited for: at once, when it is another thing, and every minute. within_s: ends the program after so long; None: never."""

    def __init__(self, within_s: float | None = WITHIN_S, code: int = FINAL) -> None:
        self._within_s, self._code = within_s, code
        self._since = time.monotonic()
        self._said: tuple[str, float] | None = None

    def on(self, what: str) -> None:
        now = time.monotonic()
        if self._within_s is not None and now - self._since >= self._within_s:
            give_up(f"gave up after {self._within_s / 60:.0f} minutes: {what}", self._code)
        if self._said is None or self._said[0] != what or now - self._said[1] >= SAY_AGAIN_S:
            say(f"waiting: {what}")
            self._said = what, now
        time.sleep(POLL_S)

    def restart(self) -> None:
        """There was progress: counts from now."""
        self._since = time.monotonic()


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
    others = Waiting(LOCKED_WITHIN_S, code=os.EX_TEMPFAIL)
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
    return bool(cursor.fetchone()[0])


def holder(cursor: Cursor) -> str | None:
    """Who holds the lock. Of another role's session PostgreSQL does not tell the application."""
    cursor.execute(
        "SELECT format('%%s (process %%s of role %%s, since %%s)', coalesce(nullif(application_name, ''), 'a session'), pid, usename,"
        " to_char(xact_start, 'HH24:MI:SS')) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND (classid::bigint << 32) + objid::bigint = %s", (LOCK,))
    row = cursor.fetchone()
    return row and row[0]


def set_for_transaction(cursor: Cursor, settings: dict[str, str]) -> None:
    """Those of the settings that this server knows."""
    cursor.execute("SELECT set_config(name, wanted.value, true) FROM pg_settings JOIN unnest(%s, %s) AS wanted (name, value) USING (name)",
                   (list(settings), list(settings.values())))


def run(program: Callable[[], None]) -> None:
    """Runs a program, and says in one line why PostgreSQL made it fail: the server's trouble passes, what is forbidden stays so."""
    try:
        program()
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
        give_up(reason(error), code=os.EX_TEMPFAIL)
    except psycopg2.Error as error:
        give_up(reason(error))
