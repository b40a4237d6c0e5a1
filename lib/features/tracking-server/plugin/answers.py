"""Answers that the platform gives in MLflow's place, in the form that MLflow's clients know."""
from __future__ import annotations

import json

from asgi import Send


class Refusal(Exception):
    """A request that is not passed on: its status, MLflow's name of the error, a reason, and what the client must wait for."""

    def __init__(self, status: int, code: str, reason: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason, self.headers = status, code, reason, headers or {}


async def answer(send: Send, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
    every = {"content-length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": [(key.encode(), value.encode()) for key, value in every.items()]})
    await send({"type": "http.response.body", "body": body})


async def refuse(send: Send, refusal: Refusal) -> None:
    body = json.dumps({"error_code": refusal.code, "message": refusal.reason}).encode()
    await answer(send, refusal.status, body, {"content-type": "application/json", **refusal.headers})
