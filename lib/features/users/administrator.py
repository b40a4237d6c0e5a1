"""Makes the administrator of MLflow's users, or gives it the Secret's password, in the database MLFLOW_USERS_URI.

ADMINISTRATOR_SECRET is the folder of the Secret. Exit codes are those of waiting.py.
"""
from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg2
from connections import credentials
from lock import locked, run
from waiting import FINAL, TRY_AGAIN, GiveUp, Waiting, say

if TYPE_CHECKING:
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

# MLflow's own of former releases, which whoever scans for MLflow tries first (GHSA-gq3w-7jj3-x7gr).
WELL_KNOWN = "password1234"

SHORTEST_PASSWORD = int(os.environ["SHORTEST_PASSWORD"])  # characters


def problem(name: str, password: str) -> str | None:
    """What is wrong with the Secret's values, or None."""
    if ":" in name:
        return "username holds a colon, which ends a name in HTTP: write another"
    if len(password) < SHORTEST_PASSWORD:
        return f"password is shorter than the {SHORTEST_PASSWORD} characters that MLflow asks for: write a longer one"
    if password == WELL_KNOWN:
        return "password is one that everybody knows: write another"
    return None


def set_up(store: SqlAlchemyStore, name: str, password: str) -> str:
    """What was done, after the words "the administrator <name>".

    Nothing tells whose a user is, so that only an administrator is taken for the Secret's.
    """
    if not store.has_user(name):
        store.create_user(name, password, is_admin=True)
        return "is made"
    if not store.get_user(name).is_admin:
        raise GiveUp(f"the user {name} exists and is no administrator: write another username into the administrator's Secret, raise "
                     "secretsRevision and apply, or let an administrator make it one")
    if store.authenticate_user(name, password):
        return "is as the Secret says already"
    store.update_user(name, password=password)
    return "is now as the Secret says"


def main() -> None:
    try:
        secret = credentials(os.environ["ADMINISTRATOR_SECRET"])
        name, password = secret["user"], secret.get("password", "")
        wrong = problem(name, password)
    except psycopg2.OperationalError as error:
        wrong = str(error)
    if wrong:
        raise GiveUp(f"the administrator's Secret cannot be used: {wrong}, raise secretsRevision and apply")
    from mlflow.exceptions import MlflowException
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    uri = os.environ["MLFLOW_USERS_URI"]
    # Of two Jobs at once, one would fail otherwise, with a hash of the password in its log.
    with locked(uri, Waiting()):
        try:
            store = SqlAlchemyStore()
            store.init_db(uri)
            done = set_up(store, name, password)
        except MlflowException as error:
            passing = error.error_code == "TEMPORARILY_UNAVAILABLE"
            raise GiveUp(f"the administrator {name} could not be made: {error.message}", TRY_AGAIN if passing else FINAL) from None
    say(f"the administrator {name} {done}")


if __name__ == "__main__":
    run(main)
