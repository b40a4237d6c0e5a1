"""What GET /ready asks: whether the database takes what requests would write.

By connections of its own, since a busy pool must not look like a database that is away. One is kept and asked each time. Every few seconds
a new one takes its place, as a request may need a new one, too: nothing else notices another password, a role that is gone, a certificate
that has ended, or that the database's name leads to another server now.
"""
from __future__ import annotations

import os
import time

import anyio
import psycopg2
from connections import Connection, connect, reason, the_row

# Less than the readiness probe waits.
ANSWER_WITHIN_S = int(os.environ["PLATFORM_READY_WITHIN_S"])

RENEWED_EVERY_S = 15

# For so long the kept connection will do. Requests have such connections, too, and a Secret's new password may reach the pod 90 seconds
# after the role has it. With the two probes that it takes to be not ready, less than a minute.
KEPT_FOR_S = 45

# The server is there and has no connection left. Other pods would find none either, and to take them all away mends nothing.
FULL = ("too many connections", "too many clients", "remaining connection slots", "no more connections allowed")


class Database:
    """The tracking database. Each worker asks it by itself."""

    def __init__(self) -> None:
        self._kept: Connection | None = None
        self._renewed_at = 0.0
        self._one_at_a_time: anyio.CapacityLimiter | None = None

    async def answers(self) -> bool:
        self._one_at_a_time = self._one_at_a_time or anyio.CapacityLimiter(1)
        try:
            with anyio.fail_after(ANSWER_WITHIN_S):
                await anyio.to_thread.run_sync(self._ask, limiter=self._one_at_a_time, abandon_on_cancel=True)
            return True
        except TimeoutError:
            print("not ready: the database does not answer", flush=True)
        except psycopg2.Error as error:
            print(f"not ready: {reason(error)}", flush=True)
        return False

    def _ask(self) -> None:
        if self._kept:
            try:
                ask_to_write(self._kept)
            except psycopg2.Error:
                self._kept = None
        age = time.monotonic() - self._renewed_at
        if self._kept is None or age >= RENEWED_EVERY_S:
            try:
                self._renew()
            except psycopg2.Error as error:
                if any(text in str(error) for text in FULL):
                    return
                if self._kept is None or age >= KEPT_FOR_S:
                    raise

    def _renew(self) -> None:
        connection = connect(os.environ["MLFLOW_BACKEND_STORE_URI"])
        ask_to_write(connection)
        former, self._kept, self._renewed_at = self._kept, connection, time.monotonic()
        if former:
            former.close()


def ask_to_write(connection: Connection) -> None:
    """Raises psycopg2.Error where the server would not let a request write."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        if the_row(cursor)[0] == "on":
            raise psycopg2.OperationalError("the database is read-only")
