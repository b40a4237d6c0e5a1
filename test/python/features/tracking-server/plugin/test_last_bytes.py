"""A worker ends when clients have read their answers."""
from __future__ import annotations

import asyncio
import pathlib

import last_bytes
import pytest
from asgi import Message
from clock import Clock

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def line(port: int, unsent: int, received: int = 0) -> str:
    return f"   0: 0100007F:{port:04X} 0100007F:D431 01 {unsent:08X}:{received:08X} 00:00000000 00000000  1000        0 1 1 0\n"


def test_bytes_count_that_peers_of_our_port_have_not_acknowledged() -> None:
    assert last_bytes.unsent(HEAD + line(5000, 70_000) + line(9464, 5) + line(5000, 1, received=9)) == 70_001
    assert last_bytes.unsent(HEAD) == 0


def test_both_families_count_and_a_kernel_may_have_one(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_bytes, "TABLES", (tmp_path / "tcp", tmp_path / "tcp6"))
    (tmp_path / "tcp").write_text(HEAD + line(5000, 1))
    assert last_bytes.left() == 1
    (tmp_path / "tcp6").write_text(HEAD + line(5000, 2))
    assert last_bytes.left() == 3


@pytest.mark.parametrize(("message", "left_for", "waited"), [
    ("lifespan.shutdown", 3, 3), ("lifespan.shutdown", 1000, 9), ("lifespan.shutdown", 0, 0), ("lifespan.startup", 1000, 0),
])
def test_the_end_waits_for_the_last_bytes_and_no_longer_than_the_pod_has(
        monkeypatch: pytest.MonkeyPatch, clock: Clock, message: str, left_for: int, waited: int) -> None:
    began = clock.now

    async def sleep(seconds: float) -> None:
        clock.sleep(seconds)

    async def receive() -> Message:
        return {"type": message}

    monkeypatch.setattr(last_bytes, "time", clock)
    monkeypatch.setattr(last_bytes.asyncio, "sleep", sleep)
    monkeypatch.setattr(last_bytes, "left", lambda: clock.now - began < left_for)
    assert asyncio.run(last_bytes.after_last_bytes(receive)()) == {"type": message}
    assert clock.now - began == pytest.approx(waited, abs=0.11)
