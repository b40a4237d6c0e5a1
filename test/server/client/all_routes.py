"""Prints method and path of every route of this MLflow, of Flask and of FastAPI, as JSON."""
import json
import os

os.environ.setdefault("MLFLOW_BACKEND_STORE_URI", "sqlite://")

from mlflow.server.fastapi_app import app, flask_app

routes = {(method, rule.rule) for rule in flask_app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}}
for path, methods in app.openapi()["paths"].items():
    routes |= {(method.upper(), path.replace("{", "<").replace("}", ">")) for method in methods}
print(json.dumps(sorted(routes)))
