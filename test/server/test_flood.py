"""However many wrong passwords, and however large the requests: a worker answers its probes, serves others, and keeps within its memory."""

from __future__ import annotations

import gzip
import json
import pathlib
import socket
import statistics
import threading
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from platform_process import ADMINISTRATOR, Platform
from pod import eventually

SEARCH = "/api/2.0/mlflow/experiments/search"
NATIVE = "/api/2.0/mlflow-artifacts/artifacts/0/x"
HOSTILE = 50
MEBIBYTE = 2**20


@contextmanager
def everybody(act: Callable[[int], object], number: int = HOSTILE) -> Iterator[list[object]]:
    """Lets many clients act, again and again, until the block ends. Yields what came out."""
    ended = threading.Event()
    results: list[object] = []

    def again(which: int) -> None:
        while not ended.is_set():
            try:
                results.append(act(which))
            except requests.RequestException as error:
                results.append(type(error).__name__)
                time.sleep(0.1)

    with ThreadPoolExecutor(number) as pool:
        futures = [pool.submit(again, which) for which in range(number)]
        try:
            yield results
        finally:
            ended.set()
            for future in futures:
                future.result()


def waits_of_health(platform: Platform, seconds: float) -> list[float]:
    waits = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.monotonic()
        assert platform.call("GET", "/health", timeout=10).text == "OK"
        waits.append(time.monotonic() - started)
        time.sleep(0.05)
    return waits


def memory(platform: Platform) -> float:
    """Mebibytes that the server's processes have held at most, since this was asked before."""
    total = 0
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"uvicorn" in (process / "cmdline").read_bytes() and f"MLFLOW_PORT={platform.port}\0".encode() in (process / "environ").read_bytes():
                status = (process / "status").read_text()
                total += int(status.partition("VmHWM:")[2].split()[0]) // 1024
                (process / "clear_refs").write_text("5")
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def failures(platform: Platform) -> dict[str, float]:
    text = requests.get(f"http://127.0.0.1:{platform.metrics_port}/metrics", timeout=10).text
    lines = [line for line in text.splitlines() if line.startswith("mlflow_platform_authentication_failures_total{")]
    return {line.partition('reason="')[2].partition('"')[0]: float(line.split()[-1]) for line in lines}


@pytest.mark.parametrize("path", [NATIVE, SEARCH, "/v1/traces", "/gateway/x/mlflow/invocations"])
def test_wrong_passwords_hold_up_neither_probes_nor_users(with_users: Platform, path: str) -> None:
    with everybody(lambda which: with_users.call("GET", path, (f"somebody-{which}", f"guess-{time.monotonic()}"), timeout=60).status_code) as answers:
        waits = waits_of_health(with_users, 6)
        started = time.monotonic()
        by_another_way = {"X-Forwarded-For": "192.0.2.77"}
        assert with_users.call("POST", SEARCH, ADMINISTRATOR, json={"max_results": 1}, headers=by_another_way).status_code == 200
        assert time.monotonic() - started < 5
    assert max(waits) < 1
    assert set(answers) <= {401, 429}
    assert 429 in answers


def test_whoever_was_right_before_is_not_kept_out_by_guesses_at_their_name(with_users: Platform) -> None:
    name = ADMINISTRATOR[0]
    assert with_users.call("POST", SEARCH, ADMINISTRATOR, json={"max_results": 1}).status_code == 200
    with everybody(lambda which: with_users.call("GET", SEARCH, (name, f"guess-{which}-{time.monotonic()}"), headers={"X-Forwarded-For": f"10.0.0.{which}"}).status_code):
        time.sleep(11)  # until nobody remembers the password
        assert with_users.call("POST", SEARCH, ADMINISTRATOR, json={"max_results": 1}).status_code == 200


def test_names_cannot_be_told_apart_by_the_time_of_an_answer(with_users: Platform) -> None:
    def median(name: str) -> float:
        times = []
        for guess in range(9):
            started = time.perf_counter()
            address = {"X-Forwarded-For": f"10.1.{guess}.{len(name)}"}
            answer = eventually(60, lambda guess=guess, address=address: one(with_users.call("GET", SEARCH, (name, f"guess-{guess}"), headers=address)))
            times.append(answer if isinstance(answer, float) else time.perf_counter() - started)
        return statistics.median(times)

    def one(answer: requests.Response) -> float:
        assert answer.status_code == 401
        return answer.elapsed.total_seconds()

    known, unknown = median(ADMINISTRATOR[0]), median("nobody-at-all")
    assert unknown > known / 2


def test_failures_are_counted_and_logged_without_passwords(with_users: Platform) -> None:
    before = failures(with_users)
    eventually(60, lambda: expect(401, with_users.call("GET", SEARCH, ("mallory\n", "a-guess-of-mallorys"), headers={"X-Forwarded-For": "192.0.2.1"})))
    with_users.call("GET", SEARCH)
    after = failures(with_users)
    assert after["wrong"] > before.get("wrong", 0)
    assert after["missing"] > before.get("missing", 0)
    log = with_users.log.read_text()
    assert "refused 'mallory\\n' from 192.0.2.1 by 127.0.0.1: its password is wrong" in log
    assert "a-guess-of-mallorys" not in log


def expect(status: int, answer: requests.Response) -> requests.Response:
    assert answer.status_code == status, answer.text[:500]
    return answer


def otlp(spans: int, name: str = "a") -> bytes:
    """A message of OpenTelemetry with many spans, encoded by hand: no library is needed, and it is as short as can be."""
    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2]) + varint(len(content)) + content

    times = b"".join(bytes([number << 3 | 1]) + (1_764_000_000_000_000_000).to_bytes(8, "little") for number in (7, 8))
    each = b"".join(field(2, field(1, index.to_bytes(16, "big")) + field(2, (index + 1).to_bytes(8, "big")) + field(5, name.encode()) + times) for index in range(1, spans + 1))
    return field(1, field(2, each))


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


PROTOBUF = {"x-mlflow-experiment-id": "0", "content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
NESTED = b'{"max_results": ' + b"[" * 3000 + b"]" * 3000 + b', "x": [' + b"[[[[]]]]," * (20 * MEBIBYTE // 9) + b"1]}"
EMPTY_SPANS = b"\x0a\x82\x80\x80\x0e\x12\xfe\xff\xff\x0d" + b"\x12\x00" * 14_680_064
LARGE = {
    "of 400 MB": (SEARCH, JSON, lambda: iter([b"x" * MEBIBYTE] * 400)),
    "of 30 MB of text": (SEARCH, JSON, lambda: b'{"filter": "' + b"x" * (30 * MEBIBYTE) + b'"}'),
    "of 20 MB of lists": (SEARCH, JSON, lambda: NESTED),
    "of 30 MB of numbers": ("/api/2.0/mlflow/runs/log-batch", JSON, lambda: b'{"run_id": "x", "metrics": [' + b"1," * (15 * MEBIBYTE) + b"1]}"),
    "of 30 MB of empty messages": ("/v1/traces", PROTOBUF, lambda: b"\x0a\x00" * (15 * MEBIBYTE)),
    "of 400,000 spans": ("/v1/traces", PROTOBUF, lambda: otlp(400_000)),
    "of 300 kB of gzip that is 300 MB": ("/v1/traces", {**PROTOBUF, "content-encoding": "gzip"}, lambda: gzip.compress(b"\0" * (300 * MEBIBYTE))),
    "of deflate that is 300 MB": ("/v1/traces", {**PROTOBUF, "content-encoding": "deflate"}, lambda: zlib.compress(b"\0" * (300 * MEBIBYTE))),
    "of twenty gzips one after another": ("/v1/traces", {**PROTOBUF, "content-encoding": "gzip"}, lambda: gzip.compress(b"\0" * (20 * MEBIBYTE)) * 20),
    "of 28 kB of gzip that is 14 million empty spans": ("/v1/traces", {**PROTOBUF, "content-encoding": "gzip"}, lambda: gzip.compress(EMPTY_SPANS)),
    "of spans under another name of their media type": ("/v1/traces", {**PROTOBUF, "content-type": "application/x-protobuf; json"}, lambda: otlp(400_000)),
    "of a million empty gzips": ("/v1/traces", {**PROTOBUF, "content-encoding": "gzip"}, lambda: gzip.compress(b"") * 1_500_000),
    "of 30 MB of keys": ("/v1/traces", {**PROTOBUF, **JSON}, lambda: json.dumps(dict.fromkeys(map(str, range(2_600_000)), 1)).encode()),
    "of 30 MB of text that is more than ASCII": ("/v1/traces", {**PROTOBUF, **JSON}, lambda: b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"' + "🙂".encode() + b"x" * (30 * MEBIBYTE) + b'"}]}]}]}'),
    "of spans whose ids have another name": ("/v1/traces", {**PROTOBUF, **JSON}, lambda: b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b'{"s\\u0070anId":"AAAAAAAAAAE="},' * 240_000 + b"{}]}]}]}"),
    "to another origin's page": (SEARCH, {**JSON, "origin": "http://localhost:1"}, lambda: b'{"filter": "' + b"x" * (30 * MEBIBYTE) + b'"}'),
    "to a path that is not there": ("/nowhere", JSON, lambda: iter([b"x" * MEBIBYTE] * 400)),
    "to the gateway": ("/gateway/mlflow/v1/chat/completions", JSON, lambda: NESTED),
    "to the page's upload": ("/ajax-api/2.0/mlflow/upload-artifact?run_uuid=x&path=y", {}, lambda: b"x" * (31 * MEBIBYTE)),
}


@pytest.mark.parametrize("what", LARGE)
def test_large_requests_hold_up_no_probe_and_fill_no_memory(local: Platform, what: str) -> None:
    path, headers, body = LARGE[what]
    once = body()
    content = b"".join(once) if not isinstance(once, bytes) else once
    memory(local)
    with everybody(lambda _: local.call("POST", path, data=content, headers=headers, timeout=120).status_code, 12) as answers:
        waits = waits_of_health(local, 5)
        started = time.monotonic()
        expect(200, local.call("POST", SEARCH, json={"max_results": 1}))
        assert time.monotonic() - started < 5
    assert max(waits) < 1
    assert memory(local) < 1700  # MiB; the pod's limit is 2048
    assert not [answer for answer in answers if answer not in (200, 400, 403, 404, 405, 413, 415, 422, 503)], set(answers)


def test_a_refusal_says_why_in_mlflows_form(local: Platform) -> None:
    answer = expect(413, local.call("POST", SEARCH, data=b"x" * (40 * MEBIBYTE), headers=JSON))
    assert answer.json() == {"error_code": "INVALID_PARAMETER_VALUE", "message": "The request is too large: it has more than 4194304 bytes."}
    chunked = expect(413, local.call("POST", SEARCH, data=iter([b"x" * MEBIBYTE] * 40), headers=JSON))
    assert chunked.json() == answer.json()


def test_what_clients_really_send_is_taken(local: Platform) -> None:
    experiment = local.call("POST", "/api/2.0/mlflow/experiments/create", json={"name": "large requests"}).json()["experiment_id"]
    run = local.call("POST", "/api/2.0/mlflow/runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    metrics = [{"key": f"metric-{index}", "value": index, "timestamp": 1, "step": 0} for index in range(1000)]
    expect(200, local.call("POST", "/api/2.0/mlflow/runs/log-batch", json={"run_id": run, "metrics": metrics}))
    headers = {**PROTOBUF, "x-mlflow-experiment-id": experiment}
    expect(200, local.call("POST", "/v1/traces", data=otlp(512, "span" * 100), headers=headers))
    expect(200, local.call("POST", "/v1/traces", data=gzip.compress(otlp(2, "x" * (5 * MEBIBYTE))), headers={**headers, "content-encoding": "gzip"}))
    expect(200, local.call("POST", "/ajax-api/2.0/mlflow/upload-artifact", params={"run_uuid": run, "path": "ten.bin"}, data=b"x" * (10 * MEBIBYTE)))
    expect(200, local.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/large.bin", data=b"x" * (100 * MEBIBYTE)))


def test_a_body_that_comes_slowly_makes_room_for_others(local: Platform) -> None:
    slow = []
    for _ in range(40):
        connection = socket.create_connection(("127.0.0.1", local.port))
        connection.sendall(f"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {30 * MEBIBYTE}\r\n\r\n".encode())
        connection.sendall(b"x" * (20 * MEBIBYTE))
        slow.append(connection)
    large = json.dumps({"filter": "attribute.name = '" + "x" * (3 * MEBIBYTE) + "'"}).encode()
    try:
        eventually(20, lambda: expect(400, local.call("POST", SEARCH, data=large, headers=JSON)))
        expect(200, local.call("POST", SEARCH, json={"max_results": 1}))
    finally:
        for connection in slow:
            connection.close()


def test_methods_that_nobody_has_are_refused_and_counted_nowhere(local: Platform) -> None:
    before = requests.get(f"http://127.0.0.1:{local.metrics_port}/metrics", timeout=30).text
    for index in range(20):
        assert local.call(f"{index}{'A' * 20_000}", "/static-files/x").status_code in (400, 405)
    assert "A" * 20_000 not in requests.get(f"http://127.0.0.1:{local.metrics_port}/metrics", timeout=30).text
    assert before


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-For": "198.51.100.7, 172.16.0.1"}], ids=["a node or a port-forward", "a proxy behind a proxy"])
def test_nobody_is_kept_out_by_what_others_try_from_one_address(with_users: Platform, headers: dict[str, str]) -> None:
    name = f"newcomer-{uuid.uuid4().hex}"
    with_users.call("POST", "/api/2.0/mlflow/users/create", ADMINISTRATOR, json={"username": name, "password": "newcomers-password"})
    for _ in range(20):
        assert with_users.call("GET", SEARCH, ("somebody", "a-wrong-password"), params={"max_results": 1}, headers=headers).status_code in (401, 429)
    expect(200, with_users.call("GET", SEARCH, (name, "newcomers-password"), params={"max_results": 1}, headers=headers))
