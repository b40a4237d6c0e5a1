"""What GET /ready asks: the database, by a connection of its own. A busy pool must not look like a database that is away."""
import os

import anyio
import psycopg2

# Less than the readiness probe waits.
ANSWER_WITHIN_S = 4


class Database:
    """One connection of its own to the tracking database."""

    def __init__(self):
        self._connection = None
        self._one_at_a_time = None

    async def answers(self):
        self._one_at_a_time = self._one_at_a_time or anyio.CapacityLimiter(1)
        try:
            with anyio.fail_after(ANSWER_WITHIN_S):
                await anyio.to_thread.run_sync(self._ask, limiter=self._one_at_a_time, abandon_on_cancel=True)
            return True
        except (TimeoutError, psycopg2.Error) as error:
            print(f"not ready: {error or 'the database does not answer'}", flush=True)
            return False

    def _ask(self):
        try:
            if self._connection is None:
                self._connection = psycopg2.connect(os.environ["MLFLOW_BACKEND_STORE_URI"].replace("+psycopg2", "", 1))
                self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.Error:
            self._connection = None
            raise
