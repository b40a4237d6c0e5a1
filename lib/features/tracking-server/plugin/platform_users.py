"""MLflow's own users and permissions, as `mlflow server --app-name basic-auth` has them, except for seven things.

- It makes no administrator: a Job does, so that no server holds the administrator's password, and no two of them race.
- Passwords are checked before MLflow sees a request (passwords.py). MLflow takes the user from there, and asks no database for it.
- Passwords may have any letters. MLflow's own check takes nothing but ASCII where FastAPI serves: artifacts, traces, the gateway.
- A check takes as long for a name that does not exist as for one that does.
- Users who are no administrators name no places in the store (places.py).
- Nobody writes into a trace of another experiment than they name, or moves one (traces.py).
- The page offers to change one's password and to log out. MLflow's own does so only with its own check.
"""
from __future__ import annotations

import os
import secrets
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.datastructures import Authorization
from werkzeug.security import check_password_hash, generate_password_hash

# What `mlflow server` tells its workers once it has made the administrator.
os.environ["_MLFLOW_AUTH_ADMIN_BOOTSTRAPPED"] = "true"

from mlflow.exceptions import MlflowException
from mlflow.gateway.constants import MLFLOW_GATEWAY_AUTH_HEADER
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from mlflow.server import auth
from passwords import Passwords
from places import refuse_places_of_others
from traces import keep_traces_with_their_experiments

is_open = auth.is_unprotected_route
OF_GATEWAY = MLFLOW_GATEWAY_AUTH_HEADER.lower().encode()


def with_users(flask: Flask) -> Any:
    """MLflow's application in which every request names its user."""
    app = auth.create_app(flask)
    auth._authenticate_custom_for_fastapi = lambda request: request.scope.get("platform.user")
    take_as_long_for_nobody()
    refuse_places_of_others(flask, auth.sender_is_admin)
    keep_traces_with_their_experiments()
    flask.view_functions["get_current_user"] = current_user
    return app


def passwords() -> Passwords:
    return Passwords(auth)


def take_as_long_for_nobody() -> None:
    """Has a check of a name that does not exist compare a password, too."""
    store, of_nobody = auth.store, generate_password_hash(secrets.token_hex())
    authenticate_user = store.authenticate_user

    def check(username: str, password: str, **others: Any) -> bool:
        try:
            store.get_user(username)
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                raise
            return check_password_hash(of_nobody, password) and False
        return bool(authenticate_user(username, password, **others))

    store.authenticate_user = check  # type: ignore[method-assign]


def authorization(scope: dict[str, Any]) -> str | None:
    """The header of a request that names its user. At the gateway Authorization may hold a model provider's key, which goes on to the provider."""
    headers = dict(scope["headers"])
    own = headers.get(OF_GATEWAY) if scope["path"].startswith("/gateway/") else None
    found = own or headers.get(b"authorization")
    return found.decode("latin-1") if found else None


def current_user() -> Any:
    answer = auth.get_current_user()
    return jsonify({**answer.get_json(), "is_basic_auth": True}) if answer.status_code == 200 else answer


def authenticate() -> Any:
    """The request's user, or the answer to one without: the `authorization_function` of MLflow's configuration."""
    user = request.environ.get("platform.user")
    if user is None:  # all layers of MLflow are passed, which drop it
        return auth.authenticate_request_basic_auth()
    return Authorization("basic", {"username": user.username, "password": ""})
