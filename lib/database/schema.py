"""Brings the schemas of MLflow's databases to the heads of this image's MLflow, or waits until somebody did.

  schema.py migrate    initialise an empty database, migrate an old one, exactly once however many of these run
  schema.py wait       return when the schemas are at their heads; change nothing

The databases are the tracking one and, where MLFLOW_USERS_URI is set, that of MLflow's users and permissions. Both commands refuse a
schema that this MLflow does not know. They exit with 65 where another attempt would end the same.
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

VERSION = importlib.metadata.version("mlflow")
PACKAGE = pathlib.Path(importlib.util.find_spec("mlflow").origin).parent

# Of the advisory locks that PostgreSQL has for each database, the one that whoever migrates holds: "mlflow" in ASCII.
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


class Schema:
    """The schema of one database, as this image's MLflow wants it. Read from its files, without the seconds that importing MLflow takes."""

    def __init__(self, name, uri, migrations, version_table):
        self.name = name
        self.uri = uri
        self._version_table = version_table
        scripts = ScriptDirectory(str(PACKAGE / migrations))
        self.head = scripts.get_current_head()
        self._revisions = {script.revision for script in scripts.walk_revisions()}

    def connect(self):
        """A connection, as soon as the server, the database and the role are there."""
        said = None
        while True:
            try:
                connection = psycopg2.connect(self.uri.replace("postgresql+psycopg2://", "postgresql://"))
                connection.autocommit = True
                return connection
            except psycopg2.OperationalError as error:
                reason = str(error).strip().splitlines()[-1]
                if reason != said:
                    say(f"waiting for the database: {reason}")
                    said = reason
                time.sleep(POLL_S)

    def current(self, connection):
        """The database's revision, None where MLflow never was."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (self._version_table,))
            if not cursor.fetchone()[0]:
                return None
            cursor.execute(f"SELECT version_num FROM {self._version_table}")
            row = cursor.fetchone()
            return row and row[0]

    def refuse_unknown(self, revision):
        if revision is not None and revision not in self._revisions:
            give_up(f"{self.name} is at {revision}, which MLflow {VERSION} does not know: a newer MLflow has migrated it, or the database is "
                    "another program's. No migration can be undone: write the newer release into tracking.version, or restore a backup "
                    "(docs/upgrade.md)")


class TrackingSchema(Schema):
    def __init__(self, uri):
        super().__init__("the schema", uri, "store/db_migrations", "alembic_version")

    def upgrade(self):
        from mlflow.cli import cli

        cli(["db", "upgrade", self.uri], standalone_mode=False)


class UsersSchema(Schema):
    def __init__(self, uri):
        super().__init__("the users' schema", uri, "server/auth/db/migrations", "alembic_version_auth")

    def upgrade(self):
        from mlflow.server.auth.cli import commands

        commands(["db", "upgrade", "--url", self.uri], standalone_mode=False)


def schemas():
    yield TrackingSchema(os.environ["MLFLOW_BACKEND_STORE_URI"])
    if "MLFLOW_USERS_URI" in os.environ:
        yield UsersSchema(os.environ["MLFLOW_USERS_URI"])


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


def migrate(schema):
    # The session's end, also by a kill, releases the lock.
    connection = schema.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    found = schema.current(connection)
    schema.refuse_unknown(found)
    if found == schema.head:
        say(f"{schema.name} is at {schema.head} already")
        return
    say(f"migrating {schema.name} from {found or 'nothing'} to {schema.head}")
    upgrade(schema)
    reached = schema.current(connection)
    if reached != schema.head:
        give_up(f"{schema.name} is at {reached} after the migration, not at {schema.head}")
    say(f"{schema.name} is at {schema.head}")


def upgrade(schema):
    """MLflow's own command, in this process for the sake of its exceptions."""
    from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

    os.environ["PGOPTIONS"] = f"-c lock_timeout={TABLE_WITHIN_S}s"
    try:
        schema.upgrade()
    except Exception as error:
        traceback.print_exc(file=sys.stdout)
        # The server's own troubles may pass: a lost connection, a lock, a full disk. What is wrong with the data or the schema stays so.
        passing = isinstance(error, (OperationalError, InterfaceError, InternalError))
        connection = schema.connect()
        cause = getattr(error, "orig", None) or error
        reason = str(cause).strip().splitlines()[0]
        if isinstance(cause, psycopg2.errors.LockNotAvailable):
            reason += f"; tables are locked by {lock_holders(connection)}"
        say(f"the migration failed: {reason}")
        say(f"{schema.name} is at {schema.current(connection) or 'nothing'}, and servers of that release go on serving "
            "(docs/upgrade.md says what to do)")
        sys.exit(1 if passing else os.EX_DATAERR)
    finally:
        del os.environ["PGOPTIONS"]


def wait(schema):
    said = None
    while True:
        connection = schema.connect()
        found = schema.current(connection)
        connection.close()
        if found == schema.head:
            say(f"{schema.name} is at {schema.head}")
            return
        schema.refuse_unknown(found)
        if found != said:
            say(f"waiting for {schema.name}: it is at {found or 'nothing'}, this server needs {schema.head}")
            said = found
        time.sleep(POLL_S)


if __name__ == "__main__":
    act = {"migrate": migrate, "wait": wait}[sys.argv[1]]
    for each in schemas():
        act(each)
