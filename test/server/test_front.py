"""What stands before MLflow: probes that need nothing, what is not offered, answers to trouble, and requests in unusual forms."""

from __future__ import annotations

import http.client
import json
import pathlib
import socket
import time
import uuid
from collections.abc import Iterator

import pytest
import requests
from platform_process import ADMINISTRATOR, Platform
from pod import eventually
from services import Postgres, Store
from test_flood import everybody, expect, otlp, waits_of_health

API = "/api/2.0/mlflow"
SEARCH = f"{API}/experiments/search"


@pytest.mark.parametrize("which", ["local", "with_users"])
def test_health_needs_no_thread_and_no_database(which: str, request: pytest.FixtureRequest) -> None:
    platform: Platform = request.getfixturevalue(which)
    names = [platform.database, *([f"{platform.database}_users"] if which == "with_users" else [])]
    holders = [platform.postgres.connect(name) for name in names]
    for holder in holders:
        holder.autocommit = False
        with holder.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
    user = ADMINISTRATOR if which == "with_users" else None
    routes = [("POST", SEARCH), ("GET", "/api/2.0/mlflow-artifacts/artifacts/0/x"), ("POST", "/v1/traces"), ("POST", "/gateway/x/mlflow/invocations"),
              ("GET", "/ajax-api/3.0/mlflow/mcp-servers")]

    def wait(which: int) -> int:
        method, path = routes[which % len(routes)]
        return platform.call(method, path, user, timeout=3, json={} if method == "POST" else None).status_code

    try:
        with everybody(wait, 20):
            assert max(waits_of_health(platform, 4)) < 1
    finally:
        for holder in holders:
            holder.close()
    eventually(60, lambda: expect(200, platform.call("POST", SEARCH, user, json={"max_results": 1})))


@pytest.mark.parametrize("prefix", ["api", "ajax-api"])
@pytest.mark.parametrize("path", ["jobs", "jobs/1", "mlflow/assistant", "mlflow/assistant/message", "mlflow/jobs/1", "mlflow/prompt-optimization/jobs",
                                  "mlflow/prompt-optimization/jobs/search", "mlflow/genai/evaluate/invoke", "mlflow/issues/invoke", "mlflow/scorer/invoke"])
def test_what_needs_jobs_or_the_machine_is_not_there(local: Platform, prefix: str, path: str) -> None:
    for method in ("GET", "POST", "PATCH"):
        assert local.call(method, f"/{prefix}/3.0/{path}", json={}).status_code == 404


@pytest.mark.parametrize("path", ["/ajax-api/3.0/mlflow/assistants", "/ajax-api/3.0/jobsearch", "/metricsx"])
def test_what_is_called_nearly_so_is_left_to_mlflow(local: Platform, path: str) -> None:
    assert b"not found" in expect(404, local.call("GET", path)).content


def test_metrics_have_a_port_of_their_own(local: Platform) -> None:
    assert local.call("GET", "/metrics").status_code == 404
    answer = requests.get(f"http://127.0.0.1:{local.metrics_port}/metrics", timeout=10)
    assert "mlflow_http_request_total" in answer.text
    for path in ("/", "/api/2.0/mlflow/experiments/search", "/health"):
        assert requests.get(f"http://127.0.0.1:{local.metrics_port}{path}", timeout=10).status_code == 404
    assert requests.post(f"http://127.0.0.1:{local.metrics_port}/metrics", timeout=10).status_code == 501


def test_caches_learn_that_answers_depend_on_the_origin(local: Platform) -> None:
    for headers in ({}, {"Origin": "http://localhost:1"}):
        assert "Origin" in local.call("POST", SEARCH, json={"max_results": 1}, headers=headers).headers["Vary"]


@pytest.mark.parametrize("method, path, headers", [
    ("GET", "/", {}), ("GET", "/ajax-api/3.0/jobs", {}), ("GET", "/nowhere", {}), ("POST", SEARCH, {"Origin": "https://evil.example.com"}),
    ("OPTIONS", SEARCH, {"Origin": "http://localhost:1", "Access-Control-Request-Method": "POST"}), ("GET", "/version", {"Host": "evil.example.com"})])
def test_every_answer_keeps_browsers_from_framing_guessing_and_leaking(local: Platform, method: str, path: str, headers: dict[str, str]) -> None:
    answer = local.call(method, path, headers=headers).headers
    assert (answer["X-Frame-Options"], answer["X-Content-Type-Options"], answer["Referrer-Policy"]) == ("SAMEORIGIN", "nosniff", "same-origin")


def test_notebooks_may_show_the_page_that_is_made_for_them(local: Platform) -> None:
    assert "X-Frame-Options" not in local.call("GET", "/static-files/lib/notebook-trace-renderer/index.html").headers


def test_a_body_in_chunks_arrives(local: Platform) -> None:
    name = f"chunked-{uuid.uuid4().hex}"
    answer = local.call("POST", f"{API}/experiments/create", data=iter([b'{"name":', json.dumps(name).encode(), b"}"]), headers={"Content-Type": "application/json"})
    assert expect(200, answer).json()["experiment_id"]


@pytest.mark.parametrize("origin", [{}, {"Origin": "http://localhost:1"}])
def test_paths_with_names_in_them_arrive(local: Platform, origin: dict[str, str]) -> None:
    experiment = local.call("POST", f"{API}/experiments/create", json={"name": uuid.uuid4().hex}).json()["experiment_id"]
    model = local.call("POST", f"{API}/logged-models", json={"experiment_id": experiment, "name": "m"}, headers=origin).json()["model"]["info"]["model_id"]
    assert local.call("GET", f"{API}/logged-models/{model}", headers=origin).json()["model"]["info"]["model_id"] == model


def test_the_answer_to_a_client_that_has_gone_is_not_made_to_its_end(local: Platform) -> None:
    experiment = local.call("POST", f"{API}/experiments/create", json={"name": uuid.uuid4().hex}).json()["experiment_id"]
    run = local.call("POST", f"{API}/runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    local.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/large.bin", data=b"x" * 200 * 2**20)
    with socket.create_connection(("127.0.0.1", local.port)) as client:
        client.sendall(f"GET /get-artifact?run_id={run}&path=large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert client.recv(1024).startswith(b"HTTP/1.1 200")
    eventually(5, lambda: nothing_left(local))


def nothing_left(platform: Platform) -> None:
    """Of what was downloaded, for an answer, nothing lies in the pod's /tmp."""
    left = [file for file in (platform.server.folder / "tmp").rglob("*") if file.is_file() and file.stat().st_size > 2**20]
    assert not left


@pytest.fixture
def on_its_own(store: Store) -> Iterator[Platform]:
    """A platform with users and a database server that nobody else needs."""
    postgres = Postgres()
    platform = Platform(postgres, store, {"access": {"mode": "basic"}})
    yield platform
    platform.remove()
    postgres.remove()


ROUTES = {
    "a call": ("POST", SEARCH, {}), "a page's call": ("POST", f"/ajax-api{SEARCH[4:]}", {"Origin": "http://localhost:1"}),
    "an artifact": ("GET", "/api/2.0/mlflow-artifacts/artifacts/1/x/artifacts/y", {}), "a list": ("GET", "/api/2.0/mlflow-artifacts/artifacts?path=1", {}),
    "a trace": ("POST", "/v1/traces", {"x-mlflow-experiment-id": "0", "content-type": "application/x-protobuf"}),
    "the registry of MCP servers": ("GET", "/ajax-api/3.0/mlflow/mcp-servers", {}), "the gateway": ("POST", "/gateway/x/mlflow/invocations", {}),
    "a user": ("GET", f"{API}/users/get?username=admin", {}), "GraphQL": ("POST", "/graphql", {}), "a name in the path": ("GET", f"{API}/logged-models/m-1", {}),
}


def data_for(method: str, path: str) -> bytes | None:
    query = 'query { mlflowGetExperiment(input: {experimentId: "0"}) { experiment { name } } }'
    return {"/v1/traces": otlp(1), "/graphql": json.dumps({"query": query}).encode(), SEARCH: b'{"max_results": 1}'}.get(path, b"{}") if method == "POST" else None


def test_a_database_that_is_away_is_answered_so_that_clients_come_again(on_its_own: Platform) -> None:
    assert on_its_own.call("POST", SEARCH, ADMINISTRATOR, json={"max_results": 1}).status_code == 200
    on_its_own.postgres.stop("immediate")
    try:
        for what, (method, path, headers) in ROUTES.items():
            if what == "an artifact":  # the administrator's needs no database
                continue
            for user in (ADMINISTRATOR, ("somebody", "else's password")):
                answer = on_its_own.call(method, path, user, data=data_for(method, path), headers={"Content-Type": "application/json", **headers})
                assert (what, answer.status_code) == (what, 503), answer.text[:1000]
                assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE", what
                assert answer.headers["Retry-After"] == "2"
        assert on_its_own.call("GET", "/health").status_code == 200
    finally:
        on_its_own.postgres.start()
    eventually(60, lambda: expect(200, on_its_own.call("POST", SEARCH, ADMINISTRATOR, json={"max_results": 1})))


def test_calls_while_the_database_starts_again_are_served_or_told_to_come_again(on_its_own: Platform) -> None:
    def act(which: int) -> tuple[str, int]:
        what, (method, path, headers) = list(ROUTES.items())[which % len(ROUTES)]
        headers = {"Content-Type": "application/json", **headers}
        answer = on_its_own.call(method, path, ADMINISTRATOR, data=data_for(method, path), headers=headers, timeout=60)
        assert answer.status_code < 500 or "json" in answer.headers["Content-Type"], answer.text[:500]
        return what, answer.status_code

    with everybody(act, 12) as answers:
        for _ in range(3):
            on_its_own.postgres.stop("fast")
            time.sleep(0.5)
            on_its_own.postgres.start()
            time.sleep(1)
    answered = {answer for answer in answers if isinstance(answer, tuple)}
    assert [(what, status) for what, status in answered if status >= 500 and status != 503] == []
    assert 503 in {status for _, status in answered}


def test_a_fault_is_answered_in_mlflows_form_and_without_its_details(on_its_own: Platform) -> None:
    on_its_own.postgres.sql("ALTER TABLE users RENAME TO others", f"{on_its_own.database}_users")
    answer = on_its_own.call("POST", SEARCH, ADMINISTRATOR, json={"max_results": 1})
    assert answer.json()["error_code"] in ("INTERNAL_ERROR", "BAD_REQUEST")
    assert "SELECT" not in answer.text
    assert "Traceback" in on_its_own.log.read_text()


def test_a_layer_of_mlflow_that_is_unknown_here_is_passed_by_every_request(postgres: Postgres, store: Store) -> None:
    platform = Platform(postgres, store)
    try:
        platform.stop()
        sitecustomize = pathlib.Path(platform.server.folder / "mlflow-plugin" / "sitecustomize.py")
        sitecustomize.write_text(UNKNOWN_LAYER)
        platform.start()
        assert platform.call("POST", SEARCH, json={"max_results": 1}).headers["X-Unknown-Layer"] == "passed"
        assert "MLflow has layers that are unknown here, Unknown" in platform.log.read_text()
    finally:
        platform.remove()


UNKNOWN_LAYER = '''
import fastapi
build = fastapi.FastAPI.build_middleware_stack
class Unknown:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        async def sending(message):
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-unknown-layer", b"passed")]
            await send(message)
        await self.app(scope, receive, sending)
original = fastapi.FastAPI.__init__
def __init__(self, *arguments, **others):
    original(self, *arguments, **others)
    self.add_middleware(Unknown)
fastapi.FastAPI.__init__ = __init__
'''


def test_requests_of_old_and_odd_forms_are_answered(local: Platform) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", local.port)
    connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
    connection.request("POST", SEARCH, body=b'{"max_results": 1}', headers={"Content-Type": "application/json", "Host": "localhost"})
    assert connection.getresponse().status == 200
    with socket.create_connection(("127.0.0.1", local.port)) as client:
        request = f"POST {SEARCH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 18\r\n"
        client.sendall((request + "Expect: 100-continue\r\n\r\n").encode())
        assert client.recv(1024).startswith(b"HTTP/1.1 100")
        client.sendall(b'{"max_results": 1}')
        assert client.recv(1024).startswith(b"HTTP/1.1 200")
