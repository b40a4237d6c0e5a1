"""routes.py: every path that MLflow's server has a route for, one a line."""
import os

os.environ.update(MLFLOW_BACKEND_STORE_URI="sqlite:////tmp/routes.db", _MLFLOW_SERVER_SERVE_ARTIFACTS="true")

from fastapi.routing import iter_route_contexts
from mlflow.server import app as flask
from mlflow.server.fastapi_app import app

paths = {route.path or "/" for route in iter_route_contexts(app.routes)} | {str(rule) for rule in flask.url_map.iter_rules()}
print("\n".join(sorted(paths)))
