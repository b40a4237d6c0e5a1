"""write_all_the_time.py URI STOP: eight threads write batches over kept connections, without a retry, until the file STOP is there.

Prints what failed, as JSON, and of the acknowledged batches the number that are not there afterwards, as `lost`.
"""
import collections
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse

uri, stop = sys.argv[1:]
host = urllib.parse.urlsplit(uri).netloc
began_at = time.monotonic()
THREADS = 8


class Connection:
    """One kept connection, opened again after an error or when the server asked for it."""

    def __init__(self):
        self.http = None

    def post(self, path, body):
        if self.http is None:
            self.http = http.client.HTTPConnection(host, timeout=30)
        try:
            self.http.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = self.http.getresponse()
            text = answer.read()
            if answer.getheader("connection", "").lower() == "close":
                self.close()
            return answer.status, text
        except Exception:
            self.close()
            raise

    def close(self):
        self.http.close()
        self.http = None


def call(connection, path, body):
    status, text = connection.post(f"/api/2.0/mlflow/{path}", body)
    if status != 200:
        raise RuntimeError(f"{status} {text[:200]!r}")
    return json.loads(text)


def patient(function):
    """Set-up and check must work, however long it takes: only the writes are measured."""
    for _ in range(59):
        try:
            return function()
        except Exception:
            time.sleep(1)
    return function()


failures = collections.Counter()
first_failures = []
latencies = []
acknowledged = {}
lock = threading.Lock()


def write(run_id, done):
    connection = Connection()
    step = 0
    while not os.path.exists(stop):
        step += 1
        began = time.monotonic()
        try:
            call(connection, "runs/log-batch", {
                "run_id": run_id,
                "metrics": [{"key": f"m{i}", "value": step, "timestamp": step, "step": step} for i in range(10)],
                "params": [{"key": f"p{step}-{i}", "value": "v"} for i in range(2)],
                "tags": [{"key": "step", "value": str(step)}],
            })
            with lock:
                done.add(step)
                latencies.append(time.monotonic() - began)
        except Exception as error:
            with lock:
                failures[type(error).__name__] += 1
                if len(first_failures) < 20:
                    first_failures.append(f"{time.strftime('%H:%M:%S')} after {time.monotonic() - began:.1f} s: {error!r}"[:300])


setup = Connection()
experiment = patient(lambda: call(setup, "experiments/create", {"name": f"load-{time.time_ns()}"}))["experiment_id"]
runs = [patient(lambda: call(setup, "runs/create", {"experiment_id": experiment, "start_time": 0}))["run"]["info"]["run_id"] for _ in range(THREADS)]
workers = []
for run_id in runs:
    acknowledged[run_id] = set()
    workers.append(threading.Thread(target=write, args=(run_id, acknowledged[run_id])))
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
writing = time.monotonic() - began_at


def history(run_id):
    found, token = set(), ""
    while True:
        path = f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=m0&max_results=10000" + (f"&page_token={token}" if token else "")
        connection = http.client.HTTPConnection(host, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {text[:200]!r}")
        page = json.loads(text)
        found |= {int(metric["step"]) for metric in page.get("metrics", [])}
        token = page.get("next_page_token")
        if not token:
            return found


lost = sum(len(done - patient(lambda run_id=run_id: history(run_id))) for run_id, done in acknowledged.items())
latencies.sort()
print(json.dumps({
    "acknowledged": len(latencies),
    "failed": sum(failures.values()),
    "failures": failures,
    "first": first_failures,
    "lost": lost,
    "calls_per_second": round(len(latencies) / writing, 1),
    "p50_ms": round(1000 * latencies[len(latencies) // 2]) if latencies else None,
    "p99_ms": round(1000 * latencies[int(len(latencies) * 0.99)]) if latencies else None,
    "slowest_ms": round(1000 * latencies[-1]) if latencies else None,
}))
