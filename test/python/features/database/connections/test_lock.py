"""The lock of a database."""
from __future__ import annotations

from collections.abc import Callable

import lock
import psycopg2
import pytest
import waiting
from clock import Clock
from fake_postgres import Connection

pytestmark = pytest.mark.usefixtures("waits_by_the_clock")

HOLDER = "mlflow-schema-1 (process 7 of role mlflow, since 10:00:00)"


def connecting(monkeypatch: pytest.MonkeyPatch, *made: Connection | Exception) -> None:
    """Each attempt to connect ends in one of these; all further ones in the last."""
    left = list(made)

    def connect(_: str) -> Connection:
        one = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(lock, "connect", connect)


def attempts(*outcomes: bool) -> Callable[[object], list[list[bool]]]:
    left = list(outcomes)
    return lambda _: [[left.pop(0) if len(left) > 1 else left[0]]]


def test_a_server_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made = Connection()
    connecting(monkeypatch, psycopg2.OperationalError("connection refused"), made)
    assert lock.connected("uri", waiting.Waiting()) is made
    assert "waiting: connection refused" in capsys.readouterr().out


def test_the_lock_is_that_of_a_transaction_without_timeouts_and_ends_with_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection({"pg_try_advisory_xact_lock": [[True]]})
    connecting(monkeypatch, connection)
    with lock.locked("uri", waiting.Waiting()):
        assert not connection.autocommit
        assert not connection.closed
        assert connection.executed[0].startswith("SELECT set_config(name, wanted.value, true)")
    assert connection.closed


def test_the_lock_ends_with_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection({"pg_try_advisory_xact_lock": [[True]]})
    connecting(monkeypatch, connection)
    with pytest.raises(ValueError, match="a fault"), lock.locked("uri", waiting.Waiting()):
        raise ValueError("a fault")
    assert connection.closed


def test_who_holds_the_lock_is_said_and_asked_in_a_new_transaction_each_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = Connection({"pg_try_advisory_xact_lock": attempts(False, False, True), "format(": [[HOLDER]]})
    connecting(monkeypatch, connection)
    lock.locked_connection("uri", waiting.Waiting())
    assert f"waiting: {HOLDER} holds the lock of this database" in capsys.readouterr().out
    assert connection.rolled_back == 2


def test_a_lock_that_is_held_for_an_hour_lets_the_job_come_again(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    connecting(monkeypatch, Connection({"pg_try_advisory_xact_lock": [[False]]}))
    began = clock.now
    with pytest.raises(waiting.GiveUp, match="somebody holds the lock") as ended:
        lock.locked_connection("uri", waiting.Waiting())
    assert ended.value.code == waiting.TRY_AGAIN
    assert clock.now - began == 3600


def test_a_connection_that_is_lost_while_it_waits_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lost, made = (
        Connection({"pg_try_advisory_xact_lock": psycopg2.OperationalError("terminated")}),
        Connection({"pg_try_advisory_xact_lock": [[True]]}),
    )
    connecting(monkeypatch, lost, made)
    assert lock.locked_connection("uri", waiting.Waiting()) is made
    assert lost.closed


def test_nobody_holds_a_lock_that_is_free() -> None:
    assert lock.holder(Connection()) is None


@pytest.mark.parametrize(("error", "code"), [
    (psycopg2.OperationalError("the server closed the connection"), 75),
    (psycopg2.InterfaceError("connection already closed"), 75),
    (psycopg2.errors.InsufficientPrivilege("permission denied"), 65),
    (waiting.GiveUp("write another name"), 65),
])
def test_a_program_ends_with_a_line_and_a_code_for_what_may_pass_or_not(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        lock.run(fail)
    assert ended.value.code == code
    assert capsys.readouterr().out.endswith(f" {error}\n")


def test_a_program_without_trouble_ends_with_0() -> None:
    with pytest.raises(SystemExit) as ended:
        lock.run(lambda: None)
    assert ended.value.code == 0
