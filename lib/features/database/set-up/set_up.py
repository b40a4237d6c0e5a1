"""Makes the tracking server's role and databases on a PostgreSQL server, as often as it is run, and changes nothing of others.

Ours is what this program made: ownership.py says how it is known. What others made is used as it is where that will do, and refused where
it will not; TAKE_OVER names what may be made ours: role, database.

Who signs in by ADMINISTRATOR_URI does it. MLFLOW_BACKEND_STORE_URI and, with MLflow's users, MLFLOW_USERS_URI name the databases and the
Secret of their role. Exit codes are those of waiting.py.
"""
from __future__ import annotations

import contextlib
import os

from database import Database
from lock import connected, locked, run
from role import Role
from waiting import GiveUp, Waiting, say

# Value of the environment file to variable with a database's URI.
DATABASES = {"database.name": "MLFLOW_BACKEND_STORE_URI", "access.databaseName": "MLFLOW_USERS_URI"}


def refuse(problems: list[str]) -> None:
    """Ends the program if there is a problem, after it has named all of them."""
    if problems:
        for each in problems:
            say(each)
        raise GiveUp("nothing of others was changed (docs/database.md says what this Job takes for its own)")


def main() -> None:
    waiting, uri = Waiting(), os.environ["ADMINISTRATOR_URI"]
    uris = {setting: os.environ[variable] for setting, variable in DATABASES.items() if variable in os.environ}
    with locked(uri, waiting), contextlib.closing(connected(uri, waiting)) as administrator:
        administrator.set_client_encoding("UTF8")
        role = Role(administrator, list(uris.values()))
        databases = [Database(administrator, each, role, setting) for setting, each in uris.items()]
        refuse([problem for problem in (role.problem(), *(each.problem() for each in databases)) if problem])
        role.set_up()
        refuse([problem for each in databases if (problem := each.problem_of_role())])
        for each in databases:
            each.set_up()


if __name__ == "__main__":
    run(main)
