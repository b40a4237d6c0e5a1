"""How large a body may be, and how much memory all bodies of a worker may take."""
from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Iterable
from typing import Any

import bodies
import pytest
from answers import Refusal
from asgi import Message, Scope
from bodies import Bodies
from calls import receiving, request
from clock import Clock
from spans_messages import message

MIB = 2**20
TRACES = "/v1/traces"
SEARCH = "/api/2.0/mlflow/experiments/search"


def post(path: str = SEARCH, **headers: str) -> Scope:
    return request("POST", path, {name.replace("_", "-"): value for name, value in headers.items()})


async def taken(all_of: Bodies, scope: Scope, pieces: Iterable[bytes]) -> bytes | None:
    async with all_of.of(scope, receiving(pieces, then_gone=True)) as body:
        return body


def read(scope: Scope, *pieces: bytes) -> bytes | None:
    return asyncio.run(taken(Bodies(), scope, pieces))


def refused(scope: Scope, *pieces: bytes) -> tuple[int, str]:
    with pytest.raises(Refusal) as refusal:
        read(scope, *pieces)
    return refusal.value.status, refusal.value.reason


def test_a_body_is_whole_whatever_pieces_it_came_in() -> None:
    assert read(post(), b'{"a"', b": 1}") == b'{"a": 1}'
    assert read(post(), b"[" + b" " * 100_000, b"]") == b"[" + b" " * 100_000 + b"]"


def test_a_client_that_has_gone_has_no_body() -> None:
    assert read(post()) is None


@pytest.mark.parametrize(("path", "limit"), [
    (SEARCH, 4), ("/ajax-api/2.0/mlflow/upload-artifact", 10), (TRACES, 16), ("/gateway/chat/invocations", 16), ("/api/2.0/mlflow/traces", 16),
    ("/ajax-api/3.0/mlflow/datasets/d-1/records", 16),
])
def test_a_body_may_be_as_large_as_its_route_needs(path: str, limit: int) -> None:
    assert bodies.largest(path) == limit * MIB
    reason = f"The request is too large: it has more than {limit * MIB} bytes."
    assert refused(post(path), *[b" " * MIB] * limit, b" ") == (413, reason)
    assert refused(post(path, content_length=str(limit * MIB + 1))) == (413, reason)  # before a byte of it came


def test_a_body_that_would_take_more_memory_than_there_is_for_requests_is_refused() -> None:
    status, reason = refused(post(), b"[" + b"1," * (2 * MIB - 2) + b"1]")
    assert (status, reason) == (413, "The request is too large: working on it would take more memory than this server has for requests.")


@pytest.mark.parametrize("body", [b"[" * 500_001, b'{"a":' * 500_001, b":" * 750_001])
def test_a_body_that_would_hold_up_all_others_is_refused(body: bytes) -> None:
    status, reason = refused(post(), body)
    assert status == 413
    assert "500000 and 750000 are the most" in reason


@pytest.mark.parametrize(("body", "cost"), [
    (b" " * 1000, 6000), (b"[]", 12 + 256), (b'{"a": 1, "b": 2}', 16 * 6 + 256 + 40 + 2 * 160), ("\u00fc".encode() * 10, 20 * 48),
])
def test_the_memory_of_a_text_is_estimated(body: bytes, cost: int) -> None:
    assert bodies.estimate(post(), body) == cost


@pytest.mark.parametrize(("body", "spans"), [
    (b'{"spanId": "1"}', 1), (b'{"span_id": "1"}', 1), (b'{"\\u0073panId": "1"}', 1), (b"{}", 0), (b'{"\\u0073": {}}', 2),
])
def test_spans_of_a_text_count_however_their_keys_are_written(body: bytes, spans: int) -> None:
    elsewhere = bodies.estimate(post(), body)
    assert bodies.estimate(post(TRACES, content_type="application/json; charset=utf-8"), body) == elsewhere + spans * bodies.OF_SPAN


def test_a_message_of_opentelemetry_is_estimated_by_its_spans() -> None:
    body = message(10)
    assert bodies.estimate(post(TRACES, content_type="application/x-protobuf"), body) == 32 * len(body) + 80 * body.count(0) + 8192 * 10


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress, lambda body: zlib.compress(body)[2:-4]])
def test_traces_are_inflated_and_their_headers_are_true(compress: Any) -> None:
    scope = post(TRACES, content_encoding="gzip", content_type="application/json", content_length="20")
    assert read(scope, compress(b'{"resourceSpans": []}')) == b'{"resourceSpans": []}'
    assert scope["headers"] == [(b"content-type", b"application/json"), (b"content-length", b"21")]


def test_members_of_gzip_may_follow_each_other_with_zeros_between() -> None:
    assert bodies.inflate(gzip.compress(b"one") + bytes(70_000) + gzip.compress(b"two"), zlib.MAX_WBITS | 32) == b"onetwo"


def test_nothing_else_is_inflated() -> None:
    packed = gzip.compress(b"{}")
    assert read(post(SEARCH, content_encoding="gzip"), packed) == packed


@pytest.mark.parametrize("body", [b"{}", gzip.compress(b"{}")[:-9]])
def test_what_is_not_as_its_encoding_says_is_refused(body: bytes) -> None:
    status, reason = refused(post(TRACES, content_encoding="gzip"), body)
    assert status == 400
    assert "Content-Encoding says gzip, and its body is not" in reason


def test_a_small_body_that_becomes_too_large_is_refused_before_it_is_inflated() -> None:
    status, reason = refused(post(TRACES, content_encoding="gzip"), gzip.compress(bytes(17 * MIB)))
    assert (status, "when it is decompressed" in reason) == (413, True)
    status, reason = refused(post(TRACES, content_encoding="gzip"), gzip.compress(b"") * 1001)
    assert (status, "more than 1000 parts" in reason) == (413, True)


def test_a_client_that_says_nothing_for_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SILENT_S", 0.01)

    async def silent() -> Message:
        await asyncio.Event().wait()
        return {}

    async def ask() -> None:
        async with Bodies().of(post(), silent):
            pass

    with pytest.raises(Refusal) as refusal:
        asyncio.run(ask())
    assert refusal.value.status == 408


def test_bodies_that_are_worked_on_leave_no_room_for_more_and_give_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MEMORY", 2 * MIB)

    async def ask() -> None:
        all_of, large = Bodies(), [b" " * (300 * 1024)]
        async with all_of.of(post(), receiving(large)):
            with pytest.raises(Refusal) as refusal:
                await taken(all_of, post(), large)
            assert (refusal.value.status, refusal.value.code) == (503, "TEMPORARILY_UNAVAILABLE")
            assert await taken(all_of, post(), [b"{}"]) == b"{}"  # everyday calls are served
        assert await taken(all_of, post(), large) == large[0]

    asyncio.run(ask())


def test_a_body_that_comes_in_slowly_makes_room_for_others(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(bodies, "MEMORY", 2 * MIB)
    monkeypatch.setattr(bodies, "time", clock)

    async def ask() -> None:
        all_of, slow = Bodies(), asyncio.Event()

        async def receive() -> Message:
            if slow.is_set():
                await asyncio.Event().wait()
            slow.set()
            return {"type": "http.request", "body": b" " * (2 * MIB), "more_body": True}

        async def ask_slowly() -> None:
            async with all_of.of(post(TRACES), receive):
                pass

        task = asyncio.create_task(ask_slowly())
        await slow.wait()
        await asyncio.sleep(0)
        quick = [b" " * (300 * 1024)]
        with pytest.raises(Refusal):
            await taken(all_of, post(), quick)  # it has not been coming in for long
        clock.sleep(11)
        assert await taken(all_of, post(), quick) == quick[0]
        with pytest.raises(Refusal) as refusal:
            await task
        assert refusal.value.status == 503

    asyncio.run(ask())


@pytest.mark.parametrize(("method", "path", "streams"), [
    ("PUT", "/api/2.0/mlflow-artifacts/artifacts/1/model.pkl", True), ("GET", "/ajax-api/2.0/mlflow-artifacts/artifacts/1/model.pkl", True),
    ("POST", "/api/2.0/mlflow-artifacts/artifacts/1", False), ("PUT", SEARCH, False),
])
def test_artifacts_stream(method: str, path: str, streams: bool) -> None:
    assert Bodies.streams(request(method, path)) is streams
