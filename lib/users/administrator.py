"""Makes the administrator of MLflow's users, or gives it the Secret's password, in the database MLFLOW_USERS_URI.

Exits with 65 where another attempt would end the same.
"""
import os
import sys
import time

import psycopg2

URI = os.environ["MLFLOW_USERS_URI"]
NAME = os.environ["ADMINISTRATOR_NAME"]
PASSWORD = os.environ["ADMINISTRATOR_PASSWORD"]

# MLflow's own of former releases, which whoever scans for MLflow tries first (GHSA-gq3w-7jj3-x7gr).
WELL_KNOWN = "password1234"

# The lock of whoever migrates this database.
LOCK = int.from_bytes(b"mlflow", "big")


def say(message):
    print(time.strftime("%H:%M:%S"), message, flush=True)


def give_up(message):
    say(message)
    sys.exit(os.EX_DATAERR)


def problem(name, password):
    """What is wrong with the Secret's values, or None."""
    if not name:
        return "username is empty: write e.g. admin"
    if ":" in name:
        return "username holds a colon, which ends a name in HTTP: write another"
    if len(password) < 12:
        return "password is shorter than the 12 characters that MLflow asks for: write a longer one"
    if password == WELL_KNOWN:
        return "password is one that everybody knows: write another"
    return None


def set_up():
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    # Held until this process ends. Of two Jobs at once, one would fail otherwise, with a hash of the password in its log.
    lock = psycopg2.connect(URI.replace("postgresql+psycopg2://", "postgresql://"))
    lock.cursor().execute("SELECT pg_advisory_lock(%s)", (LOCK,))

    store = SqlAlchemyStore()
    store.init_db(URI)
    if not store.has_user(NAME):
        store.create_user(NAME, PASSWORD, is_admin=True)
        return "is made"
    right = store.authenticate_user(NAME, PASSWORD)
    if right and store.get_user(NAME).is_admin:
        return "is as the Secret says already"
    store.update_user(NAME, password=None if right else PASSWORD, is_admin=True)
    return "is now as the Secret says"


if __name__ == "__main__":
    if wrong := problem(NAME, PASSWORD):
        give_up(f"the administrator's Secret cannot be used: {wrong}, raise secretsRevision and apply")
    say(f"the administrator {NAME} {set_up()}")
