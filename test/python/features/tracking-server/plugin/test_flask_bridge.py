"""The short way to Flask."""
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import flask_bridge
import pytest
from asgi import Message
from calls import call, receiving, request
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from flask import Flask, Response
from flask import request as asked
from flask_bridge import FlaskBridge
from starlette.middleware.wsgi import WSGIMiddleware


@pytest.fixture
def flask() -> Flask:
    made = Flask("an_application")
    made.add_url_rule("/echo/<name>", "echo", methods=["POST"], view_func=lambda name: Response(
        asked.get_data(), 201, {"X-Name": name, "X-User": str(asked.environ["platform.user"]), "X-Query": asked.query_string.decode()}))
    made.add_url_rule("/cached", "cached", view_func=lambda: Response("", headers={"Vary": "Origin"}))
    return made


def fastapi(flask: Flask) -> FastAPI:
    made = FastAPI()
    made.add_api_route("/v1/traces", lambda: "traces", methods=["POST"])
    made.mount("/", WSGIMiddleware(flask))
    return made


@pytest.fixture
def bridge(flask: Flask) -> FlaskBridge:
    return FlaskBridge(fastapi(flask), flask)


def test_a_request_comes_to_flask_as_it_was_and_its_answer_goes_back(bridge: FlaskBridge) -> None:
    scope = request("POST", "/echo/\u00fc", {"content-type": "text/plain"}, query_string=b"a=1", **{"platform.user": "anna"})
    found = call(bridge, scope, [b"the body"])
    assert (found.status, found.body) == (201, b"the body")
    assert (found.headers["x-user"], found.headers["x-query"], found.headers["vary"]) == ("anna", "a=1", "Origin")


def test_a_body_that_came_in_chunks_is_read_all_the_same(bridge: FlaskBridge) -> None:
    assert call(bridge, request("POST", "/echo/a", {"transfer-encoding": "chunked"}), [b"the body"]).body == b"the body"


def test_what_caches_are_told_is_told_once(bridge: FlaskBridge) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(bridge(request(path="/cached"), receiving(), send))
    assert [value for name, value in sent[0]["headers"] if name == b"vary"] == [b"Origin"]


def test_it_serves_what_fastapi_has_no_route_for(bridge: FlaskBridge) -> None:
    assert bridge.serves(request(path="/echo/a"))
    assert not bridge.serves(request(path="/v1/traces"))


def test_with_a_layer_that_is_unknown_here_it_serves_nothing(flask: Flask) -> None:
    class Checks:
        def __init__(self, app: Any) -> None:
            pass

    application = fastapi(flask)
    application.add_middleware(Checks)
    made = FlaskBridge(application, flask)
    assert made.unknown_layers == ["Checks"]
    assert not made.serves(request(path="/echo/a"))


def test_pages_of_other_origins_pass_mlflows_layers_for_them(flask: Flask) -> None:
    application = fastapi(flask)
    application.add_middleware(CORSMiddleware, allow_origins=["https://notebooks.example.com"])
    made = FlaskBridge(application, flask)
    assert made.unknown_layers == []
    found = call(made, request("POST", "/echo/a", {"origin": "https://notebooks.example.com"}))
    assert found.headers["access-control-allow-origin"] == "https://notebooks.example.com"
    assert "access-control-allow-origin" not in call(made, request("POST", "/echo/a")).headers


def pieces(closed: list[bool], size: int, count: int) -> Iterator[bytes]:
    try:
        for _ in range(count):
            yield bytes(size)
    finally:
        closed.append(True)


@pytest.mark.parametrize(("size", "messages"), [(10, 1), (flask_bridge.PIECE // 2, 3), (flask_bridge.PIECE, 5)])
def test_a_large_answer_goes_piece_by_piece(flask: Flask, size: int, messages: int) -> None:
    closed: list[bool] = []
    flask.add_url_rule("/large", "large", view_func=lambda: Response(pieces(closed, size, 4)))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(FlaskBridge(fastapi(flask), flask)(request(path="/large"), receiving(), send))
    bodies = sent[1:]
    assert sum(len(each["body"]) for each in bodies) == 4 * size
    assert len(bodies) == messages
    assert [each.get("more_body", False) for each in bodies] == [True] * (messages - 1) + [False]
    assert closed == [True]


def test_a_client_that_has_gone_is_not_sent_the_rest_and_what_made_it_is_closed(flask: Flask) -> None:
    closed: list[bool] = []
    flask.add_url_rule("/large", "large", view_func=lambda: Response(pieces(closed, flask_bridge.PIECE, 1000)))
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        await asyncio.sleep(0.001)

    asyncio.run(FlaskBridge(fastapi(flask), flask)(request(path="/large"), receiving(then_gone=True), send))
    assert len(sent) < 100
    assert closed == [True]
