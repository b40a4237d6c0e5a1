"""Waits, when a worker ends, until clients have read the answers that were sent.

A server has sent an answer as soon as the kernel has it: of a large one up to some megabytes before a slow client has read them. When the
container ends, its network goes, and with it what is left of the answer.
"""
import asyncio
import os
import time

PORT = int(os.environ["MLFLOW_PORT"])
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")

# Seconds: what terminationGracePeriodSeconds leaves after the pod was drained and requests in flight have had their time.
WITHIN_S = 9


def unsent(table):
    """Bytes that peers of our port have not acknowledged, as the kernel's table of connections has them."""
    total = 0
    for line in table.splitlines()[1:]:
        _, local, _, _, queues, *_ = line.split()
        if int(local.rpartition(":")[2], 16) == PORT:
            total += int(queues.partition(":")[0], 16)
    return total


def left():
    total = 0
    for path in TABLES:
        try:
            with open(path) as table:
                total += unsent(table.read())
        except FileNotFoundError:  # without IPv6
            pass
    return total


def after_last_bytes(receive):
    """`receive` of a lifespan that ends no sooner."""

    async def receive_after_last_bytes():
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            end = time.monotonic() + WITHIN_S
            while left() and time.monotonic() < end:
                await asyncio.sleep(0.1)
        return message

    return receive_after_last_bytes
