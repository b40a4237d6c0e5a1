"""What the platform's application does around MLflow's."""
from __future__ import annotations

import asyncio
import json
import os
import pathlib
from types import SimpleNamespace
from typing import Any

import answers
import platform_app
import pytest
from asgi import Message, Receive, Scope, Send
from bodies import Bodies
from calls import Answer, call, receiving, request
from platform_app import PlatformApp

SEARCH = "/api/2.0/mlflow/experiments/search"


class MLflow:
    """Stands for one of MLflow's applications: says which, what it got, and fails where it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.status = 200
        self.error: Exception | None = None
        self.fails_late = False
        self.fails_at_last: Exception | None = None
        self.scopes: list[Scope] = []

    def serves(self, scope: Scope) -> bool:
        return bool(scope["path"] != "/v1/traces")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if self.error and not self.fails_late:
            raise self.error
        body = (await receive()).get("body", b"")
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"X-Frame-Options", b"DENY")] if self.status == 418 else []})
        if self.error:
            raise self.error
        await send({"type": "http.response.body", "body": f"{self.name}: ".encode() + body})
        if self.fails_at_last:
            raise self.fails_at_last


class Platform(PlatformApp):
    """One that is started, with stand-ins for MLflow, the database and the users."""

    def __init__(self) -> None:
        super().__init__()
        self.is_ready = True
        self.fastapi, self.flask, self.native = MLflow("FastAPI"), MLflow("Flask"), MLflow("the working loop")
        self._mlflow, self._flask, self._native = self.fastapi, self.flask, self.native
        self._bodies, self._passwords = Bodies(), None
        self._refusal_of = lambda error: answers.Refusal(503, "TEMPORARILY_UNAVAILABLE", str(error))
        self._database = SimpleNamespace(answers=self._answers)

    async def _answers(self) -> bool:
        return self.is_ready


@pytest.fixture
def platform() -> Platform:
    return Platform()


def get(platform: Platform, path: str, **headers: str) -> Answer:
    return call(platform, request(path=path, headers={name.replace("_", "-"): value for name, value in headers.items()}))


def test_health_needs_nothing_and_readiness_the_database(platform: Platform) -> None:
    platform.is_ready = False
    assert (get(platform, "/health").status, get(platform, "/health").body) == (200, b"OK")
    assert get(platform, "/ready").status == 503
    platform.is_ready = True
    assert get(platform, "/ready").status == 200


@pytest.mark.parametrize(("method", "path", "served_by"), [
    ("POST", SEARCH, "Flask"), ("POST", "/v1/traces", "the working loop"), ("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/a", "FastAPI"),
])
def test_each_request_is_served_where_it_holds_up_nobody(platform: Platform, method: str, path: str, served_by: str) -> None:
    assert call(platform, request(method, path), [b"the ", b"body"]).body.decode().startswith(f"{served_by}: the ")


@pytest.mark.parametrize("path", [
    "/metrics", "/metrics/x", "/api/3.0/jobs", "/ajax-api/3.0/mlflow/assistant/chat", "/api/3.0/mlflow/scorer/invoke", "/ajax-api/3.0/mlflow/demo",
])
def test_what_is_not_offered_is_not_there(platform: Platform, path: str) -> None:
    assert get(platform, path).status == 404
    assert platform.flask.scopes == []


def test_what_begins_like_it_is(platform: Platform) -> None:
    assert get(platform, "/api/3.0/jobs-of-mine").status == 200


def test_an_invented_method_is_not_counted(platform: Platform) -> None:
    assert call(platform, request("BREW", SEARCH)).status == 405


def asking(platform: Platform) -> None:
    class Passwords:
        async def user_of(self, _: Scope, authorization: str | None) -> str:
            if authorization is None:
                raise answers.Refusal(401, "UNAUTHENTICATED", "You are not authenticated.")
            return f"user of {authorization}"

    platform._passwords = Passwords()
    platform._authorization = lambda scope: dict(scope["headers"]).get(b"authorization", b"").decode() or None
    platform._is_open = lambda path: path == "/static"


def test_with_users_a_request_names_one_before_mlflow_sees_it(platform: Platform) -> None:
    asking(platform)
    assert get(platform, SEARCH).status == 401
    assert platform.flask.scopes == []
    assert get(platform, SEARCH, authorization="anna").status == 200
    assert platform.flask.scopes[0]["platform.user"] == "user of anna"


def test_browsers_ask_what_they_may_do_and_for_the_page_without_a_name(platform: Platform) -> None:
    asking(platform)
    assert get(platform, "/static").status == 200
    assert call(platform, request("OPTIONS", SEARCH)).status == 200


def test_a_body_that_is_refused_is_answered_in_mlflows_form(platform: Platform) -> None:
    found = call(platform, request("POST", SEARCH, {"content-length": str(2**30)}))
    assert found.status == 413
    assert json.loads(found.body)["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_client_that_has_gone_is_not_served(platform: Platform) -> None:
    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(f"was sent {message}")

    asyncio.run(platform(request("POST", SEARCH), gone, send))
    assert platform.flask.scopes == []


def test_an_error_that_nobody_answered_is_answered_and_one_in_the_middle_breaks_the_connection(platform: Platform) -> None:
    platform.flask.error = ValueError("a fault")
    assert get(platform, SEARCH).status == 503
    platform.flask.fails_late = True
    with pytest.raises(ValueError, match="a fault"):
        get(platform, SEARCH)


def test_an_error_after_the_whole_answer_leaves_the_connection_to_the_client(platform: Platform) -> None:
    platform.flask.fails_at_last = ValueError("a fault")
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(platform(request("POST", SEARCH), receiving(), send))
    assert [each["type"] for each in sent] == ["http.response.start", "http.response.body"]


def test_every_answer_keeps_browsers_from_leaking_and_from_guessing(platform: Platform) -> None:
    headers = get(platform, SEARCH).headers
    assert headers == {"x-content-type-options": "nosniff", "referrer-policy": "same-origin", "x-frame-options": "SAMEORIGIN"}
    assert get(platform, SEARCH, x_forwarded_proto="https").headers["strict-transport-security"] == "max-age=31536000"
    assert get(platform, "/static-files/lib/notebook-trace-renderer/index.html").headers.get("x-frame-options") is None
    platform.flask.status = 418
    assert "x-frame-options" not in get(platform, SEARCH).headers  # MLflow's own X-Frame-Options stays alone


def test_who_cannot_be_served_now_is_told_when_to_come_again(platform: Platform) -> None:
    platform.flask.status = 503
    assert get(platform, SEARCH).headers["retry-after"] == "2"


@pytest.mark.parametrize(("age", "connection"), [(None, None), (-10, None), (10, "close")])
def test_while_the_pod_drains_clients_are_asked_to_connect_again(platform: Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path,
                                                                age: int | None, connection: str | None) -> None:
    file = tmp_path / "draining"
    monkeypatch.setattr(platform_app, "DRAINING", file)
    if age is not None:  # a file of an earlier container does not count
        file.touch()
        os.utime(file, (platform_app.STARTED + age,) * 2)
    assert get(platform, SEARCH).headers.get("connection") == connection


def test_the_first_message_starts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[bool] = []
    made = Platform()
    mlflow, made._mlflow = made._mlflow, None

    def start() -> None:
        started.append(True)
        made._mlflow = mlflow

    monkeypatch.setattr(made, "_start", start)
    get(made, "/health")
    get(made, "/health")
    assert started == [True]


def test_the_end_of_a_worker_is_mlflows_after_the_last_bytes(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(platform_app, "after_last_bytes", lambda receive: given.append(receive) or receive)
    receive = receiving()

    async def send(_: Message) -> None:
        pass

    asyncio.run(platform({"type": "lifespan"}, receive, send))
    asyncio.run(platform({"type": "websocket", "path": "/"}, receiving(), send))
    assert given == [receive]
    assert [each["type"] for each in platform.fastapi.scopes] == ["lifespan", "websocket"]
