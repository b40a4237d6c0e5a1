"""What GET /ready asks."""
from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import psycopg2
import pytest
import readiness
from clock import Clock
from fake_postgres import Connection

TAKES_WRITES = {"transaction_read_only": [["off"]]}


class Server:
    def __init__(self) -> None:
        self.opened: list[Connection] = []
        self.refuses: str | None = None
        self.read_only = False

    def connect(self, _: str) -> Connection:
        if self.refuses:
            raise psycopg2.OperationalError(self.refuses)
        self.opened.append(Connection({"transaction_read_only": lambda _: [["on" if self.read_only else "off"]]}))
        return self.opened[-1]

    def breaks(self) -> None:
        """All connections are lost."""
        for each in self.opened:
            each.answers = {"": psycopg2.OperationalError("server closed the connection unexpectedly")}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Server:
    made = Server()
    monkeypatch.setattr(readiness, "connect", made.connect)
    monkeypatch.setattr(readiness, "time", clock)
    return made


@pytest.fixture
def ready(server: Server) -> Callable[[], bool]:
    """Asks one worker's database, each time in an event loop of its own."""
    database = readiness.Database()

    def ask() -> bool:
        database._one_at_a_time = None
        return asyncio.run(database.answers())

    return ask


def test_the_kept_connection_is_asked_each_time_and_renewed_every_quarter_of_a_minute(
    server: Server, clock: Clock, ready: Callable[[], bool]
) -> None:
    assert [ready(), ready()] == [True, True]
    assert len(server.opened) == 1
    clock.sleep(15)
    assert ready()
    assert [each.closed for each in server.opened] == [True, False]


def test_a_lost_connection_is_opened_again(server: Server, ready: Callable[[], bool]) -> None:
    ready()
    server.breaks()
    assert ready()
    assert len(server.opened) == 2


def test_a_server_that_only_reads_makes_the_pod_not_ready(server: Server, ready: Callable[[], bool], capsys: pytest.CaptureFixture[str]) -> None:
    ready()
    server.read_only = True
    assert not ready()
    assert capsys.readouterr().out == "not ready: the database is read-only\n"


def test_a_server_that_lets_nobody_in_does_not_matter_for_a_while(server: Server, clock: Clock, ready: Callable[[], bool]) -> None:
    ready()
    server.refuses = "password authentication failed"
    clock.sleep(44)
    assert ready()
    clock.sleep(1)
    assert not ready()


@pytest.mark.parametrize("full", ["FATAL:  too many connections for role", "FATAL:  sorry, too many clients already",
                                  "FATAL:  remaining connection slots are reserved", "no more connections allowed (max_client_conn)"])
def test_a_server_that_is_full_is_there(server: Server, ready: Callable[[], bool], full: str) -> None:
    server.refuses = full
    assert ready()


def test_a_server_that_was_never_reached_makes_the_pod_not_ready(server: Server, ready: Callable[[], bool]) -> None:
    server.refuses = "connection refused"
    assert not ready()


def test_an_answer_comes_before_the_probe_gives_up(server: Server, ready: Callable[[], bool], monkeypatch: pytest.MonkeyPatch,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    assert readiness.ANSWER_WITHIN_S == 4
    monkeypatch.setattr(readiness, "ANSWER_WITHIN_S", 0.05)
    monkeypatch.setattr(readiness, "connect", lambda _: time.sleep(0.2))
    assert not ready()
    assert capsys.readouterr().out == "not ready: the database does not answer\n"
