"""What MLflow does in an event loop does not hold up the worker's own."""
from __future__ import annotations

import asyncio
import threading
import time

import anyio
from asgi import Receive, Scope, Send
from calls import call, called, request
from working_loop import WorkingLoop


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = (await receive())["body"]
    threads = anyio.to_thread.current_default_thread_limiter().total_tokens
    name = f"{threading.current_thread().name} {threads}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"thread", name)]})
    await send({"type": "http.response.body", "body": body})


def test_the_application_runs_in_another_thread_with_threads_of_its_own() -> None:
    assert call(WorkingLoop(echo, threads=3, others=2), request(), [b"body"]) == (200, {"thread": "working-loop 2"}, b"body")


def test_while_it_is_busy_the_workers_own_loop_goes_on() -> None:
    async def busy(_scope: Scope, _receive: Receive, send: Send) -> None:
        time.sleep(0.2)  # noqa: ASYNC251 - as MLflow does while it reads a large trace
        await send({"type": "http.response.start", "status": 204})

    async def count() -> int:
        answering = asyncio.create_task(called(WorkingLoop(busy, 1, 1), request()))
        turns = 0
        while not answering.done():
            turns += 1
            await asyncio.sleep(0.01)
        assert (await answering).status == 204
        return turns

    assert asyncio.run(count()) > 5


def test_an_error_comes_back() -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("a fault")

    try:
        call(WorkingLoop(fail, 1, 1), request())
    except ValueError as error:
        assert str(error) == "a fault"
    else:
        raise AssertionError("the error was lost")
