"""Brings the schemas of MLflow's databases to the heads of this image's MLflow, or waits until somebody did.

  schema.py migrate        initialise an empty database, migrate an old one, exactly once however many of these run
  schema.py wait           return when the schemas are at their heads, however long that takes; change nothing
  schema.py wait-in-job    the same for a Job's pod: end as failed when nobody migrates for some minutes

The databases are the tracking one and, where MLFLOW_USERS_URI is set, that of MLflow's users and permissions. A schema that this MLflow
does not know is not touched. Exit codes are those of waiting.py.
"""
from __future__ import annotations

import contextlib
import importlib.metadata
import os
import pathlib
import sys
import time
import traceback
from collections.abc import Iterator
from typing import Any

import psycopg2
import psycopg2.errors
from alembic.script import ScriptDirectory
from connections import Connection, connect, reason, the_row
from lock import WITHOUT_TIMEOUTS, connected, holder, locked, run, set_for_transaction
from rights import missing_right
from waiting import FINAL, TRY_AGAIN, GiveUp, Waiting, say

VERSION = importlib.metadata.version("mlflow")
PACKAGE = pathlib.Path(str(importlib.metadata.distribution("mlflow").locate_file("mlflow")))

# How long the migration waits for a table that somebody else uses. Everybody who comes after it waits behind it, so it gives up and comes
# again: otherwise one session that is idle in a transaction would keep all the servers from serving.
TABLE_WITHIN = "3s"


class Schema:
    """The schema of one database, as this image's MLflow wants it. Read from its files, without the seconds that importing MLflow takes."""

    def __init__(self, name: str, uri: str, migrations: str, version_table: str) -> None:
        self.name = name
        self.uri = uri
        self.version_table = version_table
        scripts = ScriptDirectory(str(PACKAGE / migrations))
        self.head = scripts.get_current_head()
        self._revisions = {script.revision for script in scripts.walk_revisions()}

    def current(self, connection: Connection) -> str | None:
        """The database's revision, None where MLflow never was."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (self.version_table,))
            if not the_row(cursor)[0]:
                return None
            cursor.execute(f"SELECT version_num FROM {self.version_table}")
            row = cursor.fetchone()
            return str(row[0]) if row else None

    def objection(self, revision: str | None) -> str | None:
        """Why this MLflow must not touch a schema of that revision."""
        if revision is None or revision in self._revisions:
            return None
        return (f"{self.name} is at {revision}, which MLflow {VERSION} does not know: a newer MLflow has migrated it, or the database is "
                "another program's. No migration can be undone: write the newer release into tracking.version, or restore a backup "
                "(docs/upgrade.md)")

    def upgrade(self) -> None:
        """MLflow's own command, in this process for the sake of its exceptions."""
        raise NotImplementedError


class TrackingSchema(Schema):
    def __init__(self, uri: str) -> None:
        super().__init__("the schema", uri, "store/db_migrations", "alembic_version")

    def upgrade(self) -> None:
        from mlflow.cli import cli

        cli(["db", "upgrade", self.uri], standalone_mode=False)


class UsersSchema(Schema):
    def __init__(self, uri: str) -> None:
        super().__init__("the users' schema", uri, "server/auth/db/migrations", "alembic_version_auth")

    def upgrade(self) -> None:
        from mlflow.server.auth.cli import commands

        commands(["db", "upgrade", "--url", self.uri], standalone_mode=False)


def schemas() -> Iterator[Schema]:
    yield TrackingSchema(os.environ["MLFLOW_BACKEND_STORE_URI"])
    if "MLFLOW_USERS_URI" in os.environ:
        yield UsersSchema(os.environ["MLFLOW_USERS_URI"])


def lock_holders(connection: Connection) -> str:
    """Who keeps tables locked for longer than a moment. Of another role's session PostgreSQL tells no more than this."""

    def holders() -> set[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT virtualtransaction, format('process %s of role %s', pid, usename) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                           " WHERE locktype = 'relation' AND granted AND datname = current_database() AND pid <> pg_backend_pid()")
            return set(cursor.fetchall())

    before = holders()
    time.sleep(1)
    return ", ".join(sorted({name for _, name in before & holders()})) or "nobody any more"


def migrate(schema: Schema) -> None:
    waiting = Waiting()
    with locked(schema.uri, waiting):
        with contextlib.closing(connected(schema.uri, waiting)) as connection:
            found = schema.current(connection)
            if objection := schema.objection(found):
                raise GiveUp(objection)
            if found == schema.head:
                say(f"{schema.name} is at {schema.head} already")
                return
            while missing := missing_right(connection, schema.version_table):
                waiting.on(missing)
        say(f"migrating {schema.name} from {found or 'nothing'} to {schema.head}")
        upgrade(schema)
        with contextlib.closing(connected(schema.uri, Waiting())) as connection:
            reached = schema.current(connection)
        if reached != schema.head:
            raise GiveUp(f"{schema.name} is at {reached} after the migration, not at {schema.head}")
        say(f"{schema.name} is at {schema.head}")


def upgrade(schema: Schema) -> None:
    from sqlalchemy.engine import Engine
    from sqlalchemy.event import listen
    from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

    listen(Engine, "before_cursor_execute", set_up_transaction)
    try:
        schema.upgrade()
    except Exception as error:
        traceback.print_exc(file=sys.stdout)
        # The server's own troubles may pass: a lost connection, a lock, a full disk. What is wrong with the data or the schema stays so.
        passing = isinstance(error, (OperationalError, InterfaceError, InternalError))
        why = reason(getattr(error, "orig", None) or error)
        raise GiveUp(f"the migration failed: {why}{aftermath(schema, error)}", TRY_AGAIN if passing else FINAL) from error


def set_up_transaction(_connection: Any, cursor: Any, *_: Any) -> None:
    """Before the first statement of each of MLflow's transactions. There may be several at once."""
    if cursor.connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_IDLE:
        set_for_transaction(cursor, {"lock_timeout": TABLE_WITHIN, **dict.fromkeys(WITHOUT_TIMEOUTS, "0")})


def aftermath(schema: Schema, error: Exception) -> str:
    """What a failed migration left, as far as it can be seen now."""
    try:
        with contextlib.closing(connect(schema.uri)) as connection:
            locked_by = lock_holders(connection) if isinstance(getattr(error, "orig", None), psycopg2.errors.LockNotAvailable) else None
            found = schema.current(connection) or "nothing"
    except psycopg2.Error:
        return ""
    return (f"{f'; tables are locked by {locked_by}' if locked_by else ''}\n{schema.name} is at {found}, and servers of that release go on "
            "serving (docs/upgrade.md says what to do)")


def wait(schema: Schema, waiting: Waiting, in_job: bool) -> None:
    while True:
        try:
            with contextlib.closing(connected(schema.uri, waiting)) as connection:
                found = schema.current(connection)
                with connection.cursor() as cursor:
                    migrating = holder(cursor)
        except psycopg2.Error as error:
            waiting.on(reason(error))
            continue
        if found == schema.head:
            say(f"{schema.name} is at {schema.head}")
            return
        objection = schema.objection(found)
        if objection and in_job:
            raise GiveUp(objection)
        if migrating:
            waiting.restart()
        by = f"{migrating} works on it" if migrating else "the Job schema has not migrated it"
        waiting.on(objection or f"{schema.name} is at {found or 'nothing'}, and MLflow {VERSION} needs {schema.head}: {by}")


def main(verb: str) -> None:
    for each in schemas():
        if verb == "migrate":
            migrate(each)
        elif verb in ("wait", "wait-in-job"):
            in_job = verb == "wait-in-job"
            wait(each, Waiting() if in_job else Waiting(within_s=None), in_job)
        else:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    run(lambda: main(sys.argv[1]))
