"""Waits, when a worker ends, until clients have read the answers that were sent.

A server has sent an answer as soon as the kernel has it: of a large one up to some megabytes before a slow client has read them. When the
container ends, its network goes, and with it what is left of the answer.
"""
from __future__ import annotations

import asyncio
import os
import pathlib
import time

from asgi import Message, Receive

PORT = int(os.environ["MLFLOW_PORT"])
TABLES = (pathlib.Path("/proc/net/tcp"), pathlib.Path("/proc/net/tcp6"))

# Seconds that the pod has after it was drained and requests in flight have had their time.
WITHIN_S = int(os.environ["PLATFORM_LAST_BYTES_WITHIN_S"])


def unsent(table: str) -> int:
    """Bytes that peers of our port have not acknowledged, as the kernel's table of connections has them."""
    total = 0
    for line in table.splitlines()[1:]:
        _, local, _, _, queues, *_ = line.split()
        if int(local.rpartition(":")[2], 16) == PORT:
            total += int(queues.partition(":")[0], 16)
    return total


def left() -> int:
    return sum(unsent(table.read_text()) for table in TABLES if table.exists())  # without IPv6 there is one


def after_last_bytes(receive: Receive) -> Receive:
    """`receive` of a lifespan that ends no sooner."""

    async def receive_after_last_bytes() -> Message:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            end = time.monotonic() + WITHIN_S
            while left() and time.monotonic() < end:  # noqa: ASYNC110 - the kernel tells nobody when it has sent the last byte
                await asyncio.sleep(0.1)
        return message

    return receive_after_last_bytes
