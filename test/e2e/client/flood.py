"""flood.py ADDRESS KIND SECONDS [NAME PASSWORD]: fifty clients send hostile requests all the time. Prints as JSON how long GET /health took at
most, in seconds, how often each answer came, and what a right call was answered meanwhile."""
import base64
import collections
import gzip
import http.client
import json
import os
import sys
import threading
import time

address, kind, seconds, *user = sys.argv[1:]
MEBIBYTE = 2**20
JSON = {"Content-Type": "application/json"}
SPANS = {"x-mlflow-experiment-id": "0", "Content-Type": "application/x-protobuf"}
SEARCH = "/api/2.0/mlflow/experiments/search"


def authorization(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


mine = authorization(*user) if user else {}
KINDS = {
    "wrong passwords at an artifact": lambda: ("GET", "/api/2.0/mlflow-artifacts/artifacts/0/x", authorization(f"somebody-{os.urandom(4).hex()}", os.urandom(8).hex()), None),
    "wrong passwords at a call": lambda: ("POST", SEARCH, {**JSON, **authorization("admin", os.urandom(8).hex())}, b"{}"),
    "bodies without credentials": lambda: ("POST", SEARCH, JSON, LARGE),
    "bodies of 400 MB": lambda: ("POST", SEARCH, {**JSON, **mine}, LARGE),
    "bodies of 30 MB of text": lambda: ("POST", "/v1/traces", {**JSON, **mine, "x-mlflow-experiment-id": "0"}, TEXT),
    "bodies of lists": lambda: ("POST", "/v1/traces", {**JSON, **mine, "x-mlflow-experiment-id": "0"}, LISTS),
    "bodies of empty messages": lambda: ("POST", "/v1/traces", {**SPANS, **mine}, MESSAGES),
    "gzip that is 300 MB": lambda: ("POST", "/v1/traces", {**SPANS, **mine, "Content-Encoding": "gzip"}, BOMB),
}


class Zeros:
    """400 MB that take no memory here."""

    def __init__(self):
        self.left = 400

    def read(self, _=-1):
        self.left -= 1
        return b"0" * MEBIBYTE if self.left >= 0 else b""


LARGE = Zeros
TEXT = b'{"a": "' + b"x" * (30 * MEBIBYTE) + b'"}'
LISTS = b"[" + b"[[]]," * (3 * MEBIBYTE) + b"1]"
MESSAGES = b"\x0a\x00" * (12 * MEBIBYTE)
BOMB = gzip.compress(b"\0" * (300 * MEBIBYTE))


def ask(method, path, headers, body, timeout=120):
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        if body is Zeros:
            body, headers = Zeros(), {**headers, "Content-Length": str(400 * MEBIBYTE)}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


until = time.monotonic() + float(seconds)
answers = collections.Counter()


def hostile():
    while time.monotonic() < until:
        answers[str(ask(*KINDS[kind]()))] += 1


# In a process of their own, so that what is measured here does not wait for them.
reading, writing = os.pipe()
if os.fork() == 0:
    threads = [threading.Thread(target=hostile, daemon=True) for _ in range(50)]
    for thread in threads:
        thread.start()
    time.sleep(until - time.monotonic())
    os.write(writing, json.dumps(answers).encode())
    os._exit(0)
waits, right = [], collections.Counter()
while time.monotonic() < until:
    started = time.monotonic()
    status = ask("GET", "/health", {}, None, 20)
    assert status == 200, f"GET /health: {status} after {time.monotonic() - started:.1f} s"
    waits.append(time.monotonic() - started)
    right[str(ask("POST", SEARCH, {**JSON, **mine, "X-Forwarded-For": "192.0.2.1"}, b'{"max_results": 1}', 20))] += 1
    time.sleep(0.1)
print(json.dumps({"slowest_health": round(max(waits), 2), "answers": json.loads(os.read(reading, 2**16)), "right": right}))
