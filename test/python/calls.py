"""Calls an application of ASGI, as a server does."""
from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

from asgi import Application, Message, Receive, Scope


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def request(method: str = "GET", path: str = "/", headers: dict[str, str] | None = None, client: str = "10.0.0.1", **others: Any) -> Scope:
    named = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return {"type": "http", "method": method, "path": path, "headers": named, "client": (client, 1), "query_string": b"", "root_path": "",
            "scheme": "http", "server": ("mlflow", 5000), "http_version": "1.1", **others}


def receiving(pieces: Iterable[bytes] = (b"",), then_gone: bool = False) -> Receive:
    """The body of a request, and afterwards silence, or the end of the connection."""
    left = list(pieces)

    async def receive() -> Message:
        if left:
            piece = left.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(left)}
        if not then_gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    return receive


async def called(application: Application, scope: Scope, pieces: Iterable[bytes] = (b"",)) -> Answer:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await application(scope, receiving(pieces), send)
    except Exception:
        if not sent or sent[-1]["type"] != "http.response.body" or sent[-1].get("more_body"):
            raise  # of a whole answer the server only logs it
    start, *bodies = sent
    headers = {name.decode(): value.decode("latin-1") for name, value in start.get("headers", [])}
    return Answer(start["status"], headers, b"".join(each.get("body", b"") for each in bodies))


def call(application: Application, scope: Scope, pieces: Iterable[bytes] = (b"",)) -> Answer:
    return asyncio.run(called(application, scope, pieces))
