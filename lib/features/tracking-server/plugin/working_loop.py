"""An event loop of its own for what MLflow does in an event loop: reading traces, asking the database for permissions.

While MLflow reads a large trace, or waits for a database that does not answer, its event loop does nothing else. In the worker's own loop
that would be probes, passwords and transfers.
"""
from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
from asgi import Application, Message, Receive, Scope, Send


class WorkingLoop:
    """An application of ASGI that runs another in a loop of its own.

    threads: how many threads serve what the loop hands over, such as spans; others: how many serve the routes that are no coroutines.
    """

    def __init__(self, application: Application, threads: int, others: int) -> None:
        self._application = application
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(threads))
        self._loop.call_soon(lambda: self._loop.create_task(bound(others)))
        threading.Thread(target=self._loop.run_forever, name="working-loop", daemon=True).start()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = asyncio.get_running_loop()

        async def receive_there() -> Message:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(awaiting(receive), here))

        async def send_there(message: Message) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(awaiting(send, message), here))

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(awaiting(self._application, scope, receive_there, send_there), self._loop))


async def awaiting(function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    return await function(*arguments)


async def bound(threads: int) -> None:
    anyio.to_thread.current_default_thread_limiter().total_tokens = threads
