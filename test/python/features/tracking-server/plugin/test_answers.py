"""Answers in MLflow's place."""
from __future__ import annotations

import json

from answers import Refusal, answer, refuse
from asgi import Receive, Scope, Send
from calls import call, request


def test_a_refusal_is_in_the_form_that_mlflows_clients_know() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await refuse(send, Refusal(429, "REQUEST_LIMIT_EXCEEDED", "Wait.", {"retry-after": "5"}))

    found = call(application, request())
    assert found.status == 429
    assert json.loads(found.body) == {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "Wait."}
    assert found.headers == {"content-length": str(len(found.body)), "content-type": "application/json", "retry-after": "5"}


def test_an_answer_without_a_body_says_so() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 404)

    assert call(application, request()) == (404, {"content-length": "0"}, b"")


def test_a_refusal_says_its_reason_in_a_log_too() -> None:
    assert str(Refusal(429, "REQUEST_LIMIT_EXCEEDED", "Wait.")) == "Wait."
