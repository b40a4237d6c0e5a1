"""two_users.py NAME PASSWORD URI...: as that administrator, makes two users at the first URI, who use every one at once.

What one of them writes the other cannot read, find or change, until that is permitted, and from then on by every URI. A user who is deleted
is refused by every URI within ten seconds.
"""
import base64
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

import mlflow
from mlflow import MlflowClient
from mlflow.server import get_app_client

administrator, (first, *others) = tuple(sys.argv[1:3]), sys.argv[3:]
mark = uuid.uuid4().hex
writer, stranger = (f"writer-{mark[:8]}", "pässword: of the writer?"), (f"stranger-{mark[:8]}", "pässword%of@the stranger")


def act_as(user):
    os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"] = user


def authorization(user):
    return "Basic " + base64.b64encode(":".join(user).encode()).decode()


def ask(user, uri, method, path, body=None, headers=None):
    """Status and text of an answer."""
    request = urllib.request.Request(uri + path, method=method, data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(), headers={
        "Authorization": authorization(user), "Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


act_as(administrator)
users = get_app_client("basic-auth", tracking_uri=first)
for user in (writer, stranger):
    users.create_user(*user)

# The page for new users: its form may be fetched from one server and sent to another.
form = urllib.request.urlopen(urllib.request.Request(first + "/signup", headers={"Authorization": authorization(administrator)}))
token = re.search(r'name="csrf_token" value="([^"]+)"', form.read().decode())[1]
fields = {"username": f"third-{mark[:8]}", "password": "of the third one", "csrf_token": token}
as_sent = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": form.headers["Set-Cookie"].split(";")[0]}
for uri, cookie, made in [(others[-1], "", False), (others[-1], as_sent["Cookie"], True)]:
    ask(administrator, uri, "POST", "/api/2.0/mlflow/users/create-ui", urllib.parse.urlencode(fields).encode(), {**as_sent, "Cookie": cookie})
    assert (ask((fields["username"], fields["password"]), first, "GET", "/version")[0] == 200) == made

# The writer's, each with the mark.
act_as(writer)
mlflow.set_tracking_uri(first)
client = MlflowClient(first)
experiment = client.create_experiment(f"experiment {mark}")
own_file = pathlib.Path(tempfile.mkdtemp()) / "file.txt"
own_file.write_text(mark)
with mlflow.start_run(experiment_id=experiment, run_name=f"run {mark}") as run:
    run_id = run.info.run_id
    mlflow.log_param("mark", mark)
    mlflow.log_metric(mark, 1)
    mlflow.log_artifact(str(own_file), mark)
client.create_registered_model(f"model-{mark}")
client.create_model_version(f"model-{mark}", f"runs:/{run_id}/{mark}", run_id)
mlflow.set_experiment(experiment_id=experiment)
with mlflow.start_span(f"span {mark}") as span:
    span.set_inputs({"mark": mark})
mlflow.flush_trace_async_logging()
trace = span.trace_id
model = client.create_logged_model(experiment, name=f"logged-{mark}").model_id

act_as(stranger)
own_experiment = MlflowClient(first).create_experiment(f"experiment of a stranger {uuid.uuid4().hex}")

file = f"{experiment}/{run_id}/artifacts/{mark}/file.txt"
graphql = """query { mlflowGetExperiment(input: {experimentId: "%s"}) { experiment { name } } mlflowGetRun(input: {runId: "%s"}) { run { info { runName } } } }"""
OF_THE_EXPERIMENT = [
    ("GET", f"/api/2.0/mlflow/experiments/get?experiment_id={experiment}"),
    ("GET", f"/api/2.0/mlflow/experiments/get-by-name?experiment_name=experiment%20{mark}"),
    ("POST", "/api/2.0/mlflow/experiments/search", {"max_results": 1000}),
    ("GET", f"/api/2.0/mlflow/runs/get?run_id={run_id}"),
    ("POST", "/api/2.0/mlflow/runs/search", {"experiment_ids": [experiment, own_experiment]}),
    ("GET", f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key={mark}"),
    ("GET", f"/ajax-api/2.0/mlflow/metrics/get-history-bulk?run_id={run_id}&metric_key={mark}"),
    ("GET", f"/api/2.0/mlflow/artifacts/list?run_id={run_id}"),
    ("GET", f"/get-artifact?run_uuid={run_id}&path={mark}/file.txt"),
    ("GET", f"/api/2.0/mlflow-artifacts/artifacts/{file}"),
    ("GET", f"/ajax-api/2.0/mlflow-artifacts/artifacts/{file}"),
    ("GET", f"/api/2.0/mlflow-artifacts/artifacts?path={experiment}/{run_id}/artifacts"),
    ("POST", "/api/3.0/mlflow/traces/search", {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}]}),
    ("GET", f"/api/3.0/mlflow/traces/{trace}"),
    ("GET", f"/api/3.0/mlflow/traces/get?trace_id={trace}"),
    ("POST", "/api/2.0/mlflow/logged-models/search", {"experiment_ids": [experiment]}),
    ("GET", f"/api/2.0/mlflow/logged-models/{model}"),
    ("POST", "/graphql", {"query": graphql % (experiment, run_id)}),
]
OF_THE_MODEL = [
    ("GET", f"/api/2.0/mlflow/registered-models/get?name=model-{mark}"),
    ("GET", "/api/2.0/mlflow/registered-models/search?max_results=1000"),
    ("GET", f"/api/2.0/mlflow/model-versions/get?name=model-{mark}&version=1"),
    ("GET", "/api/2.0/mlflow/model-versions/search?max_results=1000"),
    ("GET", f"/api/2.0/mlflow/model-versions/get-download-uri?name=model-{mark}&version=1"),
]
READING = OF_THE_EXPERIMENT + OF_THE_MODEL
# By ways around: through the stranger's own experiment, or what names no experiment at all.
AROUND = [
    *(("GET", f"/{api}/2.0/mlflow-artifacts/artifacts/{detour}{file}") for api in ("api", "ajax-api")
      for detour in (f"{own_experiment}/../", f"{own_experiment}/%2e%2e/", f"{own_experiment}/%252e%252e/", "./", "/", "%2f")),
    ("GET", "/api/2.0/mlflow-artifacts/artifacts"),
    ("GET", "/api/2.0/mlflow-artifacts/artifacts?path="),
    ("GET", f"/api/2.0/mlflow-artifacts/artifacts?path={own_experiment}/../{experiment}/{run_id}/artifacts"),
    ("GET", f"/api/2.0/mlflow/users/get?username={writer[0]}"),
]
CHANGING = [
    ("POST", "/api/2.0/mlflow/experiments/delete", {"experiment_id": experiment}),
    ("POST", "/api/2.0/mlflow/runs/create", {"experiment_id": experiment}),
    ("POST", "/api/2.0/mlflow/runs/log-metric", {"run_id": run_id, "key": "k", "value": 1, "timestamp": 1}),
    ("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{file}", b"overwritten"),
    ("DELETE", f"/api/2.0/mlflow-artifacts/artifacts/{file}"),
    ("POST", "/v1/traces", b"", {"Content-Type": "application/x-protobuf", "X-MLflow-Experiment-Id": experiment}),
    ("DELETE", "/api/2.0/mlflow/registered-models/delete", {"name": f"model-{mark}"}),
    ("POST", "/api/2.0/mlflow/users/create", {"username": "somebody", "password": "whatever it may be"}),
    ("PATCH", "/api/2.0/mlflow/users/update-admin", {"username": stranger[0], "is_admin": True}),
    ("PATCH", "/api/2.0/mlflow/users/update-password", {"username": writer[0], "password": "whatever it may be"}),
    ("POST", "/api/3.0/mlflow/users/permissions/grant",
     {"username": stranger[0], "resource_type": "experiment", "resource_id": experiment, "permission": "MANAGE"}),
]


def marked(user, uri, requests):
    return [request for request in requests if mark in ask(user, uri, *request)[1]]


for uri in (first, *others):
    assert marked(writer, uri, READING) == READING, f"{uri}: the writer does not read {[r for r in READING if r not in marked(writer, uri, READING)]}"
    assert marked(stranger, uri, READING + AROUND) == [], f"{uri}: the stranger reads {marked(stranger, uri, READING + AROUND)}"
    allowed = [(request[:2], status) for request in CHANGING for status in [ask(stranger, uri, *request)[0]] if status != 403]
    assert not allowed, f"{uri}: the stranger may {allowed}"
    assert ask(stranger, uri, "GET", "/")[0] == 200

act_as(administrator)
users.grant_user_permission(stranger[0], "experiment", experiment, "READ")
for uri in (first, *others):
    unread = [request for request in OF_THE_EXPERIMENT if request not in marked(stranger, uri, OF_THE_EXPERIMENT)]
    assert not unread, f"{uri}: the stranger cannot read {unread}"
    assert marked(stranger, uri, OF_THE_MODEL) == []
    assert ask(stranger, uri, *CHANGING[0])[0] == 403

users.delete_user(stranger[0])
deleted = time.monotonic()
while refused := [uri for uri in (first, *others) if ask(stranger, uri, *OF_THE_EXPERIMENT[0])[0] != 401]:
    assert time.monotonic() - deleted < 12, f"{refused} still let in who is deleted"
    time.sleep(0.5)
