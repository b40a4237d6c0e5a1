"""MLflow's own users and permissions, as `mlflow server --app-name basic-auth` has them, but for five things.

- It makes no administrator: a Job does, so that no server holds the administrator's password, and no two of them race.
- GET /metrics is open: Prometheus is no user. Who can connect to a pod is the network policy's to say, and no way in leads there.
- Passwords may have any letters. MLflow's own check takes nothing but ASCII where FastAPI serves: artifacts, traces, the gateway.
- A token in place of a name and a password, or a name that PostgreSQL cannot hold, is refused with 401 as any other that is wrong.
  MLflow's own check fails over them.
- The page offers to change one's password and to log out. MLflow's own does so only with its own check.
"""
import os

from flask import jsonify, request

# What `mlflow server` tells its workers once it has made the administrator.
os.environ["_MLFLOW_AUTH_ADMIN_BOOTSTRAPPED"] = "true"

from mlflow.gateway.constants import MLFLOW_GATEWAY_AUTH_HEADER
from mlflow.server import auth
from places import refuse_places_of_others

is_open = auth.is_unprotected_route


def with_users(flask):
    """MLflow's application in which every request names its user."""
    auth.is_unprotected_route = lambda path: path == "/metrics" or is_open(path)
    app = auth.create_app(flask)
    refuse_places_of_others(flask, auth.sender_is_admin)
    flask.view_functions["get_current_user"] = current_user
    return app


def current_user():
    answer = auth.get_current_user()
    return jsonify({**answer.get_json(), "is_basic_auth": True}) if answer.status_code == 200 else answer


def authenticate():
    """The request's user, or the answer to one without: the `authorization_function` of MLflow's configuration."""
    # There Authorization may hold a model provider's key, which goes on to the provider.
    if request.path.startswith("/gateway/") and (own := request.headers.get(MLFLOW_GATEWAY_AUTH_HEADER)):
        request.environ["HTTP_AUTHORIZATION"] = own
    sent = request.authorization
    if sent is None or sent.type != "basic" or "\0" in sent.username:
        return auth.make_basic_auth_response()
    return auth.authenticate_request_basic_auth()
