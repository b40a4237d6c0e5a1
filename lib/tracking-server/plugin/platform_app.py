"""What `mlflow server --app-name platform` serves: MLflow's own application, made fit for replicas behind a Service.

- It bounds the requests that one worker serves at the same time. MLflow's stores open a session within a session, so a request may hold
  one connection of the pool while it waits for the next. With as many requests as connections all wait for each other, for 30 seconds:
  seen with 5 concurrent log-batch calls on a pool of 5, and MLflow starts 40.
- While the pod drains, every answer asks the client to connect anew, which leads it to another pod. Otherwise a client that keeps its
  connection learns of the end by a broken one, in the middle of a request.
- GET /ready asks the database, by a connection of its own: a busy pool must not look like a database that is away.
- The assistant and jobs are not there: the one runs programs on the server's machine for whoever seems to be on it, as a port-forward or a
  proxy in the pod does; the other has a queue that replicas do not share.
- Answers bear what keeps browsers from leaking and from guessing.
"""
import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
from last_bytes import after_last_bytes
from readiness import Database

THREADS = int(os.environ["PLATFORM_THREADS"])

# The pod's preStop hook touches it. A file of an earlier container of the pod does not count.
DRAINING = "/tmp/draining"
STARTED = time.time()

NOT_OFFERED = ("/ajax-api/3.0/mlflow/assistant", "/ajax-api/3.0/jobs")

SECURITY_HEADERS = {b"x-content-type-options": b"nosniff", b"referrer-policy": b"same-origin"}
# Browsers heed it by https only, and the proxy in front tells by what it was asked.
ONLY_BY_HTTPS = {b"strict-transport-security": b"max-age=31536000"}


def draining():
    try:
        return os.stat(DRAINING).st_mtime >= STARTED
    except FileNotFoundError:
        return False


class PlatformApp:
    def __init__(self):
        self._mlflow = None
        self._flask = None
        self._database = Database()

    async def __call__(self, scope, receive, send):
        if self._mlflow is None:
            self._start()
        if scope["type"] == "lifespan":
            return await self._mlflow(scope, after_last_bytes(receive), send)
        if scope["type"] != "http":
            return await self._mlflow(scope, receive, send)
        if scope["path"] == "/ready" and scope["method"] == "GET":
            return await answer(send, 200 if await self._database.answers() else 503)
        send = finishing(send, scope)
        if scope["path"].startswith(NOT_OFFERED):
            return await answer(send, 404)
        serve = self._flask if self._flask.serves(scope) else self._mlflow
        return await serve(scope, receive, send)

    def _start(self):
        # Not at the head of the file: `mlflow server` imports it, too, before it starts the workers.
        from flask_bridge import FlaskBridge
        from places import guard_places
        from mlflow.server.fastapi_app import app, flask_app
        from mlflow.server.handlers import initialize_backend_stores

        # MLflow does so at a worker's first request, and refuses a schema that is not its own: after the next release has migrated it, a
        # worker without a request so far would answer none until its pod is replaced.
        initialize_backend_stores()
        guard_places()
        if "MLFLOW_AUTH_CONFIG_PATH" in os.environ:
            from platform_users import with_users

            app = with_users(flask_app)
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        self._mlflow, self._flask = app, FlaskBridge(app, flask_app)


def finishing(send, scope):
    """`send`, with the headers that every answer bears, and one that ends the connection while the pod drains."""
    by_https = (b"x-forwarded-proto", b"https") in scope["headers"]
    always = {**SECURITY_HEADERS, **(ONLY_BY_HTTPS if by_https else {})}

    async def send_finished(message):
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            there = {name.lower() for name, _ in headers}
            missing = [header for header in always.items() if header[0] not in there]
            message = {**message, "headers": [*headers, *missing, *([(b"connection", b"close")] if draining() else [])]}
        await send(message)

    return send_finished


async def answer(send, status):
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


app = PlatformApp()
