"""Brings the schema of MLflow's database to the head of this image's MLflow, or waits until somebody did.

  schema.py migrate    initialise an empty database, migrate an old one, exactly once however many of these run
  schema.py wait       return when the schema is at the head; change nothing
"""
import importlib.util
import os
import pathlib
import subprocess
import sys
import time

import psycopg2
from alembic.script import ScriptDirectory

URI = os.environ["MLFLOW_BACKEND_STORE_URI"]

# Of PostgreSQL's advisory locks of this database, the one that whoever migrates holds: "mlflow" in ASCII.
LOCK = int.from_bytes(b"mlflow", "big")

POLL_S = 2


def say(message):
    print(time.strftime("%H:%M:%S"), message, flush=True)


def head():
    """The revision that this image's MLflow needs. Read from its files, without the seconds that importing MLflow takes."""
    package = pathlib.Path(importlib.util.find_spec("mlflow").origin).parent
    return ScriptDirectory(str(package / "store" / "db_migrations")).get_current_head()


def current(connection):
    """The database's revision, None where MLflow never was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
        return row and row[0]


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
    wanted = head()
    # The session's end, also by a kill, releases the lock.
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
    found = current(connection)
    if found == wanted:
        say(f"the schema is at {wanted} already")
        return
    say(f"migrating the schema from {found or 'nothing'} to {wanted}")
    subprocess.run(["mlflow", "db", "upgrade", URI], check=True)
    reached = current(connection)
    if reached != wanted:
        sys.exit(f"the schema is at {reached} after the migration, not at {wanted}")
    say(f"the schema is at {wanted}")


def wait():
    wanted = head()
    said = None
    while True:
        connection = connect()
        found = current(connection)
        connection.close()
        if found == wanted:
            say(f"the schema is at {wanted}")
            return
        if found != said:
            say(f"waiting for the schema: it is at {found or 'nothing'}, this server needs {wanted}")
            said = found
        time.sleep(POLL_S)


if __name__ == "__main__":
    {"migrate": migrate, "wait": wait}[sys.argv[1]]()
