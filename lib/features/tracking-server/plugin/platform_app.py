"""What `mlflow server --app-name platform` serves: MLflow's own application, made fit for replicas behind a Service.

- It bounds the requests that one worker serves at the same time. MLflow's stores open a session within a session, so a request may hold
  one connection of the pool while it waits for the next. With as many requests as connections all wait for each other, for 30 seconds:
  seen with 5 concurrent log-batch calls on a pool of 5, and MLflow starts 40.
- Before anything is kept of a request, its user's password is checked, and its body has room (passwords.py, bodies.py).
- While the pod drains, every answer asks the client to connect again, which leads it to another pod. Otherwise a client that keeps its
  connection learns of the end by a broken one, in the middle of a request.
- GET /health needs no thread and no database. GET /ready asks the database, by a connection of its own (readiness.py).
- The assistant and what runs as jobs are not there: the one runs programs on the server's machine for whoever seems to be on it, as a port-forward
  or a proxy in the pod does; the others have a queue that replicas do not share. Metrics have a port of their own.
- Trouble that passes is answered so that clients come again (trouble.py), and answers bear what keeps browsers from leaking and from guessing.
"""
from __future__ import annotations

import asyncio
import gc
import os
import pathlib
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
from answers import Refusal, answer, refuse
from asgi import Message, Receive, Scope, Send
from last_bytes import after_last_bytes
from readiness import Database

THREADS = int(os.environ["PLATFORM_THREADS"])
NATIVE_THREADS = int(os.environ["PLATFORM_NATIVE_THREADS"])

# The pod's preStop hook touches it. A file of an earlier container of the pod does not count.
DRAINING = pathlib.Path(os.environ["PLATFORM_DRAINING"])
STARTED = time.time()

# Below both prefixes of the API, and all that is below them.
NOT_OFFERED = [f"/{prefix}/3.0/{path}" for prefix in ("api", "ajax-api") for path in (
    "jobs", "mlflow/assistant", "mlflow/jobs", "mlflow/prompt-optimization/jobs", "mlflow/genai/evaluate/invoke", "mlflow/issues/invoke",
    "mlflow/scorer/invoke", *(() if os.environ.get("PLATFORM_DEMO") == "true" else ("mlflow/demo",)))]
NOT_OFFERED += ["/metrics"]

# MLflow's counts have a label for the method, so that invented ones would fill the folder of its metrics.
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

SECURITY_HEADERS = {b"x-content-type-options": b"nosniff", b"referrer-policy": b"same-origin"}
# Browsers heed it by https only, and the proxy in front tells by what it was asked.
ONLY_BY_HTTPS = {b"strict-transport-security": b"max-age=31536000"}
# MLflow has it on all pages but the one that notebooks show within their own.
NOT_IN_FRAMES = {b"x-frame-options": b"SAMEORIGIN"}

# Seconds after which a client should come again, where the server cannot serve it now.
COME_AGAIN_S = b"2"


def draining() -> bool:
    try:
        return DRAINING.stat().st_mtime >= STARTED
    except FileNotFoundError:
        return False


class PlatformApp:
    def __init__(self) -> None:
        self._mlflow: Any = None
        self._database = Database()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._mlflow is None:
            self._start()
        if scope["type"] == "lifespan":
            await self._mlflow(scope, after_last_bytes(receive), send)
            return
        if scope["type"] != "http":
            await self._mlflow(scope, receive, send)
            return
        if scope["method"] == "GET" and scope["path"] == "/health":
            await answer(send, 200, b"OK", {"content-type": "text/plain; charset=utf-8"})
            return
        if scope["method"] == "GET" and scope["path"] == "/ready":
            await answer(send, 200 if await self._database.answers() else 503)
            return
        send = Sending(scope, send)
        try:
            await self._serve(scope, receive, send)
        except Refusal as refusal:
            # Without the frames that it came through: they hold the body, and each other, until the garbage collector finds them.
            await refuse(send, refusal.with_traceback(None))
        except Exception as error:
            if not send.started:
                await refuse(send, self._refusal_of(error))
            elif not send.ended:
                raise  # which breaks the connection, and tells the client so

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_not_offered(scope["path"]):
            await answer(send, 404)
            return
        if scope["method"] not in METHODS:
            await answer(send, 405)
            return
        if self._asks(scope):
            scope["platform.user"] = await self._passwords.user_of(scope, self._authorization(scope))
        if self._bodies.streams(scope):
            await self._mlflow(scope, receive, send)
            return
        async with self._bodies.of(scope, receive) as body:
            if body is not None:
                serve = self._flask if self._flask.serves(scope) else self._native
                await serve(scope, delivering(body, receive), send)

    def _asks(self, scope: Scope) -> bool:
        """Whether a user must be named. Browsers ask by OPTIONS without one, what they may do."""
        return self._passwords is not None and scope["method"] != "OPTIONS" and not self._is_open(scope["path"])

    def _start(self) -> None:
        # Not at the head of the file: `mlflow server` imports it, too, before it starts the workers.
        from authorities import trust_receivers
        from bodies import Bodies
        from flask_bridge import FlaskBridge
        from metrics_port import serve
        from mlflow.server import app as flask_app
        from mlflow.server.fastapi_app import app
        from mlflow.server.handlers import initialize_backend_stores
        from places import open_none_but
        from traces import keep_traces_in_their_places
        from trouble import answer_errors, refusal_of, tell_sessions
        from working_loop import WorkingLoop

        tell_sessions()
        # MLflow does so at a worker's first request, and refuses a schema that is not its own: after the next release has migrated it, a
        # worker without a request so far would answer none until its pod is replaced.
        initialize_backend_stores()
        open_none_but(os.environ["MLFLOW_ARTIFACTS_DESTINATION"])
        keep_traces_in_their_places()
        trust_receivers()
        self._passwords: Any = None
        if "MLFLOW_AUTH_CONFIG_PATH" in os.environ:
            from platform_users import authorization, is_open, passwords, with_users

            app = with_users(flask_app)
            self._passwords, self._authorization, self._is_open = passwords(), authorization, is_open
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        self._bodies, self._refusal_of = Bodies(), refusal_of
        self._mlflow, self._flask = app, FlaskBridge(app, flask_app)
        if unknown := self._flask.unknown_layers:
            print(f"MLflow has layers that are unknown here, {', '.join(unknown)}: every request passes all of them, which takes longer", flush=True)
        self._native = WorkingLoop(app, THREADS, THREADS if unknown else NATIVE_THREADS)
        answer_errors(app, flask_app)
        serve()
        # What there is now stays: the collector need not look at it again and again, half a second each time, while a large request is read.
        gc.freeze()


class Sending:
    """`send`, with the headers that every answer bears, and one that ends the connection while the pod drains."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        by_https = (b"x-forwarded-proto", b"https") in scope["headers"]
        framed = scope["path"].startswith("/static-files/lib/notebook-trace-renderer")
        self._always = {**SECURITY_HEADERS, **(ONLY_BY_HTTPS if by_https else {}), **({} if framed else NOT_IN_FRAMES)}
        self.started = self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message.get("headers", []))
            there = {name.lower() for name, _ in headers}
            always = {**self._always, **({b"retry-after": COME_AGAIN_S} if message["status"] == 503 else {})}
            headers += [header for header in always.items() if header[0] not in there]
            message = {**message, "headers": [*headers, *([(b"connection", b"close")] if draining() else [])]}
        elif message["type"] == "http.response.body" and not message.get("more_body", False):
            self.ended = True
        await self._send(message)


def is_not_offered(path: str) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in NOT_OFFERED)


def delivering(body: bytes, receive: Receive) -> Receive:
    """`receive` of a request whose body is here already."""
    delivered = False

    async def receive_body() -> Message:
        nonlocal delivered
        if delivered:
            return await receive()
        delivered = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_body


app = PlatformApp()
