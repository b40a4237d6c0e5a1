"""open_routes.py URI: how many requests it made, then those that MLflow with users did not answer with 401, one `METHOD path statuses` a
line.

Every route is asked without credentials by every method it has and by GET and POST, as programs do and as pages do, which say their origin.
"""
import http.client
import os
import re
import sys
import tempfile
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

folder = tempfile.mkdtemp()
with open(f"{folder}/users.ini", "w") as file:
    file.write(f"[mlflow]\ndatabase_uri = sqlite:///{folder}/users.db\ndefault_permission = NO_PERMISSIONS\nadmin_username = somebody\nadmin_password = whoever-it-is\n")
os.environ.update(
    MLFLOW_BACKEND_STORE_URI=f"sqlite:///{folder}/tracking.db", _MLFLOW_SERVER_SERVE_ARTIFACTS="true", _MLFLOW_SGI_NAME="uvicorn",
    MLFLOW_AUTH_CONFIG_PATH=f"{folder}/users.ini", MLFLOW_FLASK_SERVER_SECRET_KEY="a-key", PROMETHEUS_MULTIPROC_DIR=folder, prometheus_multiproc_dir=folder)

from fastapi.routing import iter_route_contexts
from mlflow.server import app as flask
from mlflow.server.auth import create_app

app = create_app(flask)
routes = {("GET", path) for path in ["/ready", "/metrics", "/nowhere"]}
for route in iter_route_contexts(app.routes):
    routes |= {(method, route.path) for method in {"GET", "POST", *(route.methods or ())} if route.path}
for rule in flask.url_map.iter_rules():
    routes |= {(method, str(rule)) for method in {"GET", "POST", *rule.methods}}
routes |= {("OPTIONS", path) for _, path in routes}


place = urllib.parse.urlsplit(sys.argv[1]).netloc
mine = threading.local()


def status(method, path, headers):
    if not hasattr(mine, "connection"):
        mine.connection = http.client.HTTPConnection(place, timeout=60)
    mine.connection.request(method, path, None if method in {"GET", "HEAD"} else "{}", {"Content-Type": "application/json", **headers})
    answer = mine.connection.getresponse()
    answer.read()
    return answer.status


def statuses(route):
    method, path = route
    address = re.sub(r"<[^>]*>|\{[^}]*\}", "1", path)
    return method, path, {status(method, address, headers) for headers in ({}, {"Origin": "http://localhost"})}


print(len(routes))
with ThreadPoolExecutor(8) as pool:  # one after the other would take minutes
    for method, path, found in pool.map(statuses, sorted(routes)):
        if found != {401}:
            print(method, path, ",".join(map(str, sorted(found))))
