"""The short way to the Flask half of MLflow's application.

MLflow's application is FastAPI (traces, artifacts, the gateway) above Flask (all the rest). A call to Flask passes the layers of FastAPI
first, in five tasks and with a message from thread to thread for each piece of its answer: half of a worker's time. Here it goes straight
to Flask, in one hand-over there and back. Flask by itself checks hosts and origins, checks passwords and permissions where MLflow has
users, and counts requests, as it does under gunicorn.
"""
import contextvars

import anyio
from starlette.middleware.wsgi import build_environ  # what MLflow's own bridge is built on
from starlette.routing import Match, Mount

# Bytes. Larger answers are sent piece by piece, as fast as the client takes them.
PIECE = 256 * 1024


class FlaskBridge:
    def __init__(self, fastapi, flask):
        self._flask = flask
        native = [route for route in fastapi.routes if not isinstance(route, Mount)]
        fixed = {rule.rule for rule in flask.url_map.iter_rules() if not rule.arguments}
        self._paths = {path for path in fixed if not any(matches(route, path) for route in native)}

    def serves(self, scope):
        """Paths that FastAPI has no route for. Browsers' cross-origin requests take the long way, whose CORS answers differ in detail."""
        return scope["path"] in self._paths and all(name != b"origin" for name, _ in scope["headers"])

    async def __call__(self, scope, receive, send):
        # Before a thread is taken: however slow an upload is, it keeps no thread from others.
        body = await whole(receive)
        if body is None:
            return
        answer = self._answer(build_environ(scope, body))
        context = contextvars.copy_context()
        try:
            head, body, more = await anyio.to_thread.run_sync(context.run, next, answer)
            await send({"type": "http.response.start", **head})
            while more:
                # Waits for a slow client without a thread.
                await send({"type": "http.response.body", "body": body, "more_body": True})
                _, body, more = await anyio.to_thread.run_sync(context.run, next, answer)
            await send({"type": "http.response.body", "body": body})
        finally:
            answer.close()

    def _answer(self, environ):
        """The answer piece by piece, and whether more follows; of most answers all is in the first. Each step runs in a thread."""
        head = {}

        def start_response(status, headers, exc_info=None):
            head["status"] = int(status[:3])
            head["headers"] = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

        pieces, size = [], 0
        answer = self._flask(environ, start_response)
        try:
            for piece in answer:
                pieces.append(piece)
                size += len(piece)
                if size >= PIECE:
                    yield head, b"".join(pieces), True
                    pieces, size = [], 0
        finally:
            if hasattr(answer, "close"):
                answer.close()
        yield head, b"".join(pieces), False


def matches(route, path):
    match, _ = route.matches({"type": "http", "method": "GET", "path": path, "root_path": "", "headers": [], "query_string": b""})
    return match != Match.NONE


async def whole(receive):
    """The body of a request, or None when the client has gone."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
