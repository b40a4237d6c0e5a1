"""The short way to the Flask half of MLflow's application.

MLflow's application is FastAPI (traces, artifacts, the gateway) above Flask (all the rest). A call to Flask passes the layers of FastAPI
first, in five tasks and with a message from thread to thread for each piece of its answer: half of a worker's time. Here it goes straight
to Flask, in one hand-over there and back. Flask by itself checks hosts, checks passwords and permissions where MLflow has users, and counts
requests, as it does under gunicorn. Requests of other origins' pages pass MLflow's own layers for them, which answer browsers in detail.
"""
from __future__ import annotations

import contextlib
import contextvars
from collections.abc import AsyncIterator, Callable, Generator, Iterable
from functools import lru_cache
from typing import Any

import anyio
from asgi import Application, Message, Receive, Scope, Send
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from flask import Flask
from mlflow.server import fastapi_security
from starlette.middleware.wsgi import build_environ  # what MLflow's own bridge is built on
from starlette.routing import Match, Mount

# Bytes. Larger answers are sent piece by piece, as fast as the client takes them.
PIECE = 256 * 1024

# Layers of MLflow that browsers of other origins see, and those that do nothing for Flask: the gateway's clock, workspaces, which are off, and the
# permissions of what FastAPI serves.
OF_ORIGINS: set[Any] = {CORSMiddleware, fastapi_security.HostValidationMiddleware, fastapi_security.CORSBlockingMiddleware,
                        fastapi_security.SecurityHeadersMiddleware}
NOT_OF_FLASK = {"gateway_timing_middleware", "workspace_context_middleware", "fastapi_permission_middleware"}


class FlaskBridge:
    def __init__(self, fastapi: FastAPI, flask: Flask) -> None:
        self._flask = flask
        native = [route for route in fastapi.routes if not isinstance(route, Mount)]
        others = [name_of(layer) for layer in fastapi.user_middleware if layer.cls not in OF_ORIGINS]
        self.unknown_layers = [name for name in others if name not in NOT_OF_FLASK]
        self._is_native = lru_cache(10_000)(lambda path: any(matches(route, path) for route in native))
        self._for_origins: Application = self._serve
        for layer in reversed(fastapi.user_middleware):
            if layer.cls in OF_ORIGINS:
                self._for_origins = layer.cls(self._for_origins, *layer.args, **layer.kwargs)

    def serves(self, scope: Scope) -> bool:
        """Whether FastAPI has no route for the path, and no layer above Flask that is unknown here: it may check what Flask does not."""
        return not self.unknown_layers and not self._is_native(scope["path"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        serve = self._for_origins if any(name == b"origin" for name, _ in scope["headers"]) else self._serve
        await serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        answer = self._answer(environment(scope, body))
        context = contextvars.copy_context()
        async with disconnection(receive) as gone:
            try:
                head, piece, more = await anyio.to_thread.run_sync(context.run, next, answer)
                await send({"type": "http.response.start", **head})
                while more and not gone():
                    # Waits for a slow client without a thread.
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    _, piece, more = await anyio.to_thread.run_sync(context.run, next, answer)
                await send({"type": "http.response.body", "body": piece})
            finally:
                answer.close()

    def _answer(self, environ: Message) -> Generator[tuple[Message, bytes, bool]]:
        """The answer piece by piece, and whether more follows; of most answers all is in the first. Each step runs in a thread."""
        head: Message = {}
        pieces: list[bytes] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
            head["status"] = int(status[:3])
            head["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            # As MLflow's layers say to caches, since the answers to pages of other origins have more headers.
            if (b"vary", b"Origin") not in head["headers"]:
                head["headers"].append((b"vary", b"Origin"))
            return pieces.append

        size = 0
        answer: Iterable[bytes] = self._flask(environ, start_response)
        try:
            for piece in answer:
                pieces.append(piece)
                size += len(piece)
                if size >= PIECE:
                    yield head, b"".join(pieces), True
                    pieces.clear()
                    size = 0
        finally:
            if hasattr(answer, "close"):
                answer.close()
        yield head, b"".join(pieces), False


def environment(scope: Scope, body: bytes) -> Message:
    """The request as WSGI has it. Its body is whole, whatever pieces it came in: werkzeug reads none that is said to come in chunks."""
    environ = {**build_environ(scope, body), "CONTENT_LENGTH": str(len(body)), "platform.user": scope.get("platform.user")}
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    return environ


@contextlib.asynccontextmanager
async def disconnection(receive: Receive) -> AsyncIterator[Callable[[], bool]]:
    """A function that says whether the client has gone."""
    gone = False

    async def wait() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        yield lambda: gone
        tasks.cancel_scope.cancel()


def name_of(layer: Any) -> str:
    """The layer's class, or the function of a layer that is made of one."""
    return str(getattr(layer.kwargs.get("dispatch"), "__name__", layer.cls.__name__))


def matches(route: Any, path: str) -> bool:
    match, _ = route.matches({"type": "http", "method": "GET", "path": path, "root_path": "", "headers": [], "query_string": b""})
    return bool(match != Match.NONE)
