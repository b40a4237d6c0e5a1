"""Brings the schema of MLflow's database to the head of this image's MLflow, or waits until somebody did.

  schema.py migrate    initialise an empty database, migrate an old one, exactly once however many of these run
  schema.py wait       return when the schema is at the head; change nothing

Both refuse a schema that this MLflow does not know. They exit with 65 where another attempt would end the same.
"""
import importlib.metadata
import importlib.util
import os
import pathlib
import sys
import time
import traceback

import psycopg2.errors
from alembic.script import ScriptDirectory

URI = os.environ["MLFLOW_BACKEND_STORE_URI"]
VERSION = importlib.metadata.version("mlflow")

# Of PostgreSQL's advisory locks of this database, the one that whoever migrates holds: "mlflow" in ASCII.
LOCK = int.from_bytes(b"mlflow", "big")

# How long the migration waits for a table that somebody else uses. Everybody who comes after it waits behind it, so it gives up and comes
# again: otherwise one session that is idle in a transaction would keep all the servers from serving.
TABLE_WITHIN_S = 3

POLL_S = 2


def say(message):
    print(time.strftime("%H:%M:%S"), message, flush=True)


def give_up(message):
    say(message)
    sys.exit(os.EX_DATAERR)


class Release:
    """The schema of this image's MLflow. Read from its files, without the seconds that importing MLflow takes."""

    def __init__(self):
        package = pathlib.Path(importlib.util.find_spec("mlflow").origin).parent
        scripts = ScriptDirectory(str(package / "store" / "db_migrations"))
        self.head = scripts.get_current_head()
        self._revisions = {script.revision for script in scripts.walk_revisions()}

    def refuse_unknown(self, revision):
        if revision is not None and revision not in self._revisions:
            give_up(f"the schema is at {revision}, which MLflow {VERSION} does not know: a newer MLflow has migrated it, or the database is "
                    "another program's. No migration can be undone: write the newer release into tracking.version, or restore a backup "
                    "(docs/upgrade.md)")


def current(connection):
    """The database's revision, None where MLflow never was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
        return row and row[0]


def lock_holders(connection):
    """Who keeps tables locked for longer than a moment. Of another role's session PostgreSQL tells no more than this."""

    def holders():
        with connection.cursor() as cursor:
            cursor.execute("SELECT virtualtransaction, format('process %s of role %s', pid, usename) FROM pg_locks JOIN pg_stat_activity USING (pid)"
                           " WHERE locktype = 'relation' AND granted AND datname = current_database() AND pid <> pg_backend_pid()")
            return set(cursor.fetchall())

    before = holders()
    time.sleep(1)
    return ", ".join(sorted({name for _, name in before & holders()})) or "nobody any more"


def connect():
    """A connection, as soon as the server, the database and the role are there."""
    said = None
    while True:
        try:
            connection = psycopg2.connect(URI.replace("postgresql+psycopg2://", "postgresql://"))
            connection.autocommit = True
            return connection
        except psycopg2.OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
            if reason != said:
                say(f"waiting for the database: {reason}")
                said = reason
            time.sleep(POLL_S)


def migrate():
    release = Release()
    # The session's end, also by a kill, releases the lock.
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    found = current(connection)
    release.refuse_unknown(found)
    if found == release.head:
        say(f"the schema is at {release.head} already")
        return
    say(f"migrating the schema from {found or 'nothing'} to {release.head}")
    upgrade()
    reached = current(connection)
    if reached != release.head:
        give_up(f"the schema is at {reached} after the migration, not at {release.head}")
    say(f"the schema is at {release.head}")


def upgrade():
    """`mlflow db upgrade`, in this process for the sake of its exceptions."""
    from mlflow.cli import cli
    from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

    os.environ["PGOPTIONS"] = f"-c lock_timeout={TABLE_WITHIN_S}s"
    try:
        cli(["db", "upgrade", URI], standalone_mode=False)
    except Exception as error:
        traceback.print_exc(file=sys.stdout)
        # The server's own troubles may pass: a lost connection, a lock, a full disk. What is wrong with the data or the schema stays so.
        passing = isinstance(error, (OperationalError, InterfaceError, InternalError))
        connection = connect()
        cause = getattr(error, "orig", None) or error
        reason = str(cause).strip().splitlines()[0]
        if isinstance(cause, psycopg2.errors.LockNotAvailable):
            reason += f"; tables are locked by {lock_holders(connection)}"
        say(f"the migration failed: {reason}")
        say(f"the schema is at {current(connection) or 'nothing'}, and servers of that release go on serving (docs/upgrade.md says what to do)")
        sys.exit(1 if passing else os.EX_DATAERR)


def wait():
    release = Release()
    said = None
    while True:
        connection = connect()
        found = current(connection)
        connection.close()
        if found == release.head:
            say(f"the schema is at {release.head}")
            return
        release.refuse_unknown(found)
        if found != said:
            say(f"waiting for the schema: it is at {found or 'nothing'}, this server needs {release.head}")
            said = found
        time.sleep(POLL_S)


if __name__ == "__main__":
    {"migrate": migrate, "wait": wait}[sys.argv[1]]()
