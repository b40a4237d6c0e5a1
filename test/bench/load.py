"""load.py URI LOAD SECONDS CLIENTS: puts one kind of load on a tracking server, without a retry, and prints how it did, as JSON.

log-batch   10 metrics, 2 parameters and a tag in each call
search      100 of the 10,000 runs of seed.sql, by a metric and a parameter, in the order of another metric
traces      an OTLP export of one trace with five spans
upload      100 MB through the server
download    the same back
"""
import http.client
import itertools
import json
import os
import sys
import threading
import time
import urllib.parse

uri, load, seconds, clients = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
host = urllib.parse.urlsplit(uri).netloc
MEGABYTE = bytes(10**6)
MEGABYTES = 100


class Connection:
    """One kept connection, opened again after an error or when the server asked for it."""

    def __init__(self):
        self.http = None

    def call(self, method, path, body=None, headers=None):
        """The size of the answer and its end."""
        if self.http is None:
            self.http = http.client.HTTPConnection(host, timeout=60)
        try:
            self.http.request(method, path, body, headers or {"Content-Type": "application/json"})
            answer = self.http.getresponse()
            size, text = 0, b""
            while piece := answer.read(len(MEGABYTE)):
                size, text = size + len(piece), piece
            if answer.getheader("connection", "").lower() == "close":
                self.close()
        except Exception:
            self.close()
            raise
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {text[:200]!r}")
        return size, text

    def api(self, path, body):
        return json.loads(self.call("POST", f"/api/2.0/mlflow/{path}", json.dumps(body))[1])

    def close(self):
        self.http.close()
        self.http = None


def patient(function, *args):
    """What only prepares a load must work, however long it takes."""
    for _ in range(59):
        try:
            return function(*args)
        except Exception:
            time.sleep(1)
    return function(*args)


def experiment(connection):
    return patient(connection.api, "experiments/create", {"name": f"load-{os.urandom(8).hex()}"})["experiment_id"]


# Each load is a row of calls; what stands between them is not measured.


def log_batch(connection, client):
    new_run = {"experiment_id": experiment(connection), "start_time": 0}
    # MLflow reads all parameters of the run for each call: in a run without an end every call would be slower than the one before.
    while run := patient(connection.api, "runs/create", new_run)["run"]["info"]["run_id"]:
        for step in range(50):
            yield lambda run=run, step=step: connection.api("runs/log-batch", {
                "run_id": run,
                "metrics": [{"key": f"m{i}", "value": step, "timestamp": step, "step": step} for i in range(10)],
                "params": [{"key": f"p{step}-{i}", "value": "v"} for i in range(2)],
                "tags": [{"key": "step", "value": str(step)}],
            })


def search(connection, client):
    _, seeded = patient(connection.call, "GET", "/api/2.0/mlflow/experiments/get-by-name?experiment_name=ten-thousand-runs")
    query = json.dumps({
        "experiment_ids": [json.loads(seeded)["experiment"]["experiment_id"]],
        "filter": "metrics.m0 > 0.5 and params.p0 = '1'",
        "order_by": ["metrics.m1 DESC"],
        "max_results": 100,
    })

    def call():
        size, _ = connection.call("POST", "/api/2.0/mlflow/runs/search", query)
        if size < 50_000:
            raise RuntimeError(f"found {size} bytes only")

    while True:
        yield call


def traces(connection, client):
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment(connection)}
    while True:
        export = ExportTraceServiceRequest()
        spans = export.resource_spans.add().scope_spans.add().spans
        trace, root, now = os.urandom(16), os.urandom(8), time.time_ns()
        for number in range(5):
            spans.add(trace_id=trace, span_id=os.urandom(8) if number else root, parent_span_id=root if number else b"",
                      name=f"step-{number}", start_time_unix_nano=now + number, end_time_unix_nano=now + 10**6)
        body = export.SerializeToString()
        yield lambda body=body: connection.call("POST", "/v1/traces", body, headers)


def artifact(client):
    return f"/api/2.0/mlflow-artifacts/artifacts/bench/{client}"


def upload(connection, client):
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(MEGABYTES * len(MEGABYTE))}
    while True:
        yield lambda: connection.call("PUT", artifact(client), itertools.repeat(MEGABYTE, MEGABYTES), headers)


def download(connection, client):
    def call():
        size, _ = connection.call("GET", artifact(client))
        if size != MEGABYTES * len(MEGABYTE):
            raise RuntimeError(f"{size} bytes only")

    while True:
        yield call


LOADS = {"log-batch": log_batch, "search": search, "traces": traces, "upload": upload, "download": download}
latencies, failures, lock = [], [], threading.Lock()
until = time.monotonic() + seconds


def work(client):
    for call in LOADS[load](Connection(), client):
        began = time.monotonic()
        if began > until:
            return
        try:
            call()
            with lock:
                latencies.append(time.monotonic() - began)
        except Exception as error:
            with lock:
                failures.append(f"after {time.monotonic() - began:.1f} s: {error!r}"[:300])


threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
began = time.monotonic()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
took = time.monotonic() - began
latencies.sort()
print(json.dumps({
    "calls": len(latencies),
    "failures": len(failures),
    "firstFailures": failures[:3],
    "callsPerSecond": len(latencies) / took,
    "p50": latencies[len(latencies) // 2] if latencies else None,
    "p99": latencies[int(len(latencies) * 0.99)] if latencies else None,
}))
