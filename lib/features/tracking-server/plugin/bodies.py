"""The bodies of requests: how large one may be, and how much memory all those of a worker may take.

A server that keeps whatever a client sends is ended by the kernel: three bodies of 400 MB filled a pod, 300 kB of gzip took 560 MB of it.
So a body is bounded, what it will take once it is read is estimated before anybody reads it, and the sum of both has an end. Small bodies
are let in whatever the others do. The upload of an artifact is none of these: it goes through a file, piece by piece.
"""
from __future__ import annotations

import os
import re
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from answers import Refusal
from asgi import Message, Receive, Scope
from spans import spans

# Bytes of memory for all bodies of this worker and what is made of them.
MEMORY = int(os.environ["PLATFORM_REQUEST_MEMORY"])

# Bytes of one body where clients send data, and of every other. MLflow itself takes 1 MB of a log-batch and 10 MB of the page's uploads.
LARGEST = int(os.environ["PLATFORM_LARGEST_REQUEST"])
LARGEST_OF_OTHERS = min(LARGEST, 4 * 2**20)
LARGEST_OF_PAGE = min(LARGEST, 10 * 2**20)
TRACES = "/v1/traces"
DATA = re.compile(r"/v1/traces|/gateway/.*|/(ajax-)?api/[\d.]+/mlflow/(traces|datasets/[^/]+/records)")
OF_PAGE = re.compile(r"/ajax-api/[\d.]+/mlflow/upload-artifact")

# Bytes. So much of each body counts nothing, so that everyday calls are served while large ones are refused.
FREE = 64 * 1024

# Lists and mappings in one body. Python reads them all in one go, in which nothing else runs: these take a quarter of a second.
MOST_PARTS = 500_000

# Colons, one for each key: these take half a second.
MOST_KEYS = 750_000

# Bytes of memory, measured with Python 3.11: for each byte of a JSON text, in all its copies; for each list or mapping; for each value; for each key.
# A text that is more than ASCII takes 24 for each byte, and twice that here, because reading it holds up all others for long, too.
OF_TEXT = int(os.environ["PLATFORM_MEMORY_OF_TEXT"])
OF_WIDE_TEXT, OF_PART, OF_VALUE, OF_KEY = 48, 256, 40, 160

# The same for each byte of a message of OpenTelemetry; for each zero in it, as an empty field has one; and for each span on its way to the database.
OF_MESSAGE, OF_ZERO, OF_SPAN = 32, 80, 8192

# Pieces of a compressed body, each with a header of its own; and bytes that are inflated in one go.
MOST_MEMBERS, SLICE = 1000, 64 * 1024

# Seconds after which a body that still comes in makes room for others, and seconds for which a client may say nothing.
SLOW_S, SILENT_S = 10, 60

ARTIFACTS = ("/api/2.0/mlflow-artifacts/artifacts/", "/ajax-api/2.0/mlflow-artifacts/artifacts/")


def too_large(reason: str) -> Refusal:
    return Refusal(413, "INVALID_PARAMETER_VALUE", f"The request is too large: {reason}.")


def no_room() -> Refusal:
    return Refusal(503, "TEMPORARILY_UNAVAILABLE", "Other requests take all the memory that this server has for requests. Try again.")


class Body:
    """A body that is coming in, or is being worked on."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self.pieces: list[bytes] = []
        self.size = 0
        self.cost = 0
        self.started = time.monotonic()
        self.arriving = anyio.CancelScope()

    def bound(self, size: int) -> None:
        if size > self._largest:
            raise too_large(f"it has more than {self._largest} bytes")

    @property
    def pace(self) -> float:
        """Bytes a second."""
        return self.size / (time.monotonic() - self.started)


class Bodies:
    """All bodies of this worker. Its methods run in the event loop, one at a time."""

    def __init__(self) -> None:
        self._taken = 0
        self._one_at_a_time = anyio.CapacityLimiter(1)
        self._arriving: set[Body] = set()

    @asynccontextmanager
    async def of(self, scope: Scope, receive: Receive) -> AsyncIterator[bytes | None]:
        """The body of a request, for as long as the request is being worked on; None when the client has gone. Raises Refusal."""
        body = Body(largest(scope["path"]))
        try:
            body.bound(int(header(scope, b"content-length") or 0))
            if not await self._arrive(body, receive):
                yield None
                return
            pieces, body.pieces = body.pieces, []
            if body.size <= FREE and not is_deflated(scope):
                yield b"".join(pieces)
                return
            content, cost = await anyio.to_thread.run_sync(looked_at, scope, pieces, limiter=self._one_at_a_time)
            self._charge(body, cost)
            yield content
        finally:
            self._arriving.discard(body)
            self._taken -= body.cost

    @staticmethod
    def streams(scope: Scope) -> bool:
        """Whether FastAPI passes the request's body or its answer on piece by piece: an artifact."""
        return scope["path"].startswith(ARTIFACTS) and scope["method"] in ("GET", "HEAD", "PUT")

    async def _arrive(self, body: Body, receive: Receive) -> bool:
        self._arriving.add(body)
        with body.arriving:
            while True:
                message = await within(SILENT_S, receive)
                if message["type"] == "http.disconnect":
                    return False
                piece = message.get("body", b"")
                body.pieces.append(piece)
                body.size += len(piece)
                body.bound(body.size)
                self._charge(body, max(0, body.size - FREE))
                if not message.get("more_body", False):
                    self._arriving.discard(body)
                    return True
        raise no_room()  # this one was too slow, while others had none

    def _charge(self, body: Body, cost: int) -> None:
        if cost > MEMORY:
            raise too_large("working on it would take more memory than this server has for requests")
        more = cost - body.cost
        while self._taken + more > MEMORY and self._make_room(body):
            pass
        if self._taken + more > MEMORY:
            raise no_room()
        self._taken += more
        body.cost = cost

    def _make_room(self, for_whom: Body) -> bool:
        """Ends the slowest of those that have been coming in for long."""
        slow = [body for body in self._arriving if body is not for_whom and body.cost and time.monotonic() - body.started > SLOW_S]
        if not slow:
            return False
        slowest = min(slow, key=lambda body: body.pace)
        self._taken -= slowest.cost
        slowest.cost = 0
        slowest.pieces.clear()
        self._arriving.discard(slowest)
        slowest.arriving.cancel()
        return True


async def within(seconds: float, receive: Receive) -> Message:
    try:
        with anyio.fail_after(seconds):
            return await receive()
    except TimeoutError:
        raise Refusal(408, "INVALID_PARAMETER_VALUE", f"The request's body did not go on within {seconds:.0f} seconds.") from None


def header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


def largest(path: str) -> int:
    return LARGEST if DATA.fullmatch(path) else LARGEST_OF_PAGE if OF_PAGE.fullmatch(path) else LARGEST_OF_OTHERS


def looked_at(scope: Scope, pieces: list[bytes]) -> tuple[bytes, int]:
    """A body as it was before it was compressed, and the memory that it will take. Runs in a thread. Raises Refusal."""
    content = b"".join(pieces)
    if is_deflated(scope):
        content = inflated(scope, content)
    return content, estimate(scope, content)


def estimate(scope: Scope, body: bytes) -> int:
    """Bytes of memory that a body will take. Raises Refusal where it would hold up all others."""
    if is_message(scope):
        return OF_MESSAGE * len(body) + OF_ZERO * body.count(0) + OF_SPAN * spans(body)
    parts, keys = body.count(b"[") + body.count(b"{"), body.count(b":")
    if parts > MOST_PARTS or keys > MOST_KEYS:
        raise too_large(f"it holds {parts} lists and mappings and {keys} colons, and {MOST_PARTS} and {MOST_KEYS} are the most")
    cost = (OF_TEXT if body.isascii() else OF_WIDE_TEXT) * len(body) + OF_PART * parts + OF_VALUE * body.count(b",") + OF_KEY * keys
    if scope["path"] == TRACES:
        # Each span has an id. Where the name of a key may be written by numbers of letters, each mapping may be a span.
        cost += OF_SPAN * (body.count(b"{") if b"\\u" in body else body.count(b"panId") + body.count(b"pan_id"))
    return cost


def is_message(scope: Scope) -> bool:
    """Whether MLflow reads the body as a message of OpenTelemetry, or refuses it: it knows no other media type than that and JSON."""
    return scope["path"] == TRACES and (header(scope, b"content-type") or b"").split(b";")[0].strip() != b"application/json"


def is_deflated(scope: Scope) -> bool:
    """MLflow inflates traces, and nothing else."""
    return scope["path"] == TRACES and (header(scope, b"content-encoding") or b"").lower() in (b"gzip", b"deflate")


def inflated(scope: Scope, body: bytes) -> bytes:
    """A compressed body as it was before. Changes the scope's headers to what is true of it. Raises Refusal."""
    windows = [zlib.MAX_WBITS | 32, -zlib.MAX_WBITS]  # with a header of gzip or zlib, or none, which some clients send
    for window in windows:
        try:
            content = inflate(body, window)
            break
        except zlib.error:
            continue
    else:
        said = (header(scope, b"content-encoding") or b"").decode()
        raise Refusal(400, "INVALID_PARAMETER_VALUE", f"The request's Content-Encoding says {said}, and its body is not.")
    scope["headers"] = [(key, value) for key, value in scope["headers"] if key not in (b"content-encoding", b"content-length")]
    scope["headers"].append((b"content-length", str(len(content)).encode()))
    return content


def inflate(body: bytes, window: int) -> bytes:
    pieces, size, members = [], 0, 0
    decompressor, begun = zlib.decompressobj(window), False
    for at in range(0, len(body), SLICE):
        rest = body[at : at + SLICE]
        while rest := (rest.lstrip(b"\0") if members and not begun else rest):  # of gzip, more such members may follow, after zeros
            piece = decompressor.decompress(rest, LARGEST + 1 - size)
            begun = True
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST:
                raise too_large(f"it has more than {LARGEST} bytes when it is decompressed")
            rest = decompressor.unconsumed_tail
            if decompressor.eof:
                rest = decompressor.unused_data
                decompressor, begun, members = zlib.decompressobj(window), False, members + 1
                if members > MOST_MEMBERS:
                    raise too_large(f"its compressed form has more than {MOST_MEMBERS} parts")
    if begun:
        raise zlib.error("it ends too early")
    return b"".join(pieces)
