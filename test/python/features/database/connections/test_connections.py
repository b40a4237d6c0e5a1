"""How connections are opened."""
from __future__ import annotations

import contextlib
import pathlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import connections
import fake_postgres
import psycopg2
import pytest
from certificates import self_signed
from psycopg2 import errors
from sqlalchemy import make_url


class Server:
    """Stands for psycopg2.connect, with one password that is right."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.asked: list[dict[str, Any]] = []

    def connect(self, **parameters: Any) -> fake_postgres.Connection:
        self.asked.append(parameters)
        if parameters.get("password") != self.password:
            raise psycopg2.OperationalError(f'FATAL:  password authentication failed for user "{parameters["user"]}"\n')
        return fake_postgres.Connection()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server("the-password")
    monkeypatch.setattr(psycopg2, "connect", made.connect)
    monkeypatch.setattr(connections, "worked", {})
    return made


def test_a_uri_leads_to_the_server_with_what_the_secret_says(server: Server, secret: pathlib.Path) -> None:
    connection = connections.connect(f"postgresql+platform://db:5433/mlflow?sslmode=require&secret={secret}")
    assert server.asked == [{"host": "db", "port": 5433, "dbname": "mlflow", "sslmode": "require", "user": "mlflow", "password": "the-password"}]
    assert connection.autocommit


def test_another_password_in_the_secret_is_used_for_the_next_connection(server: Server, secret: pathlib.Path) -> None:
    connections.open_connection(str(secret))
    (secret / "password").write_text("another")
    server.password = "another"
    connections.open_connection(str(secret))
    assert [each["password"] for each in server.asked] == ["the-password", "another"]


def test_a_password_that_worked_before_does_where_the_role_has_no_other_yet(server: Server, secret: pathlib.Path) -> None:
    connections.open_connection(str(secret))
    (secret / "password").write_text("too-early")
    connections.open_connection(str(secret))
    assert [each["password"] for each in server.asked] == ["the-password", "too-early", "the-password"]


def test_where_no_password_works_the_error_is_that_of_the_secrets(server: Server, secret: pathlib.Path) -> None:
    connections.open_connection(str(secret))
    (secret / "username").write_text("somebody")
    server.password = "changed"
    with pytest.raises(psycopg2.OperationalError, match='user "somebody"'):
        connections.open_connection(str(secret))


def test_without_a_password_in_the_secret_none_is_sent(server: Server, secret: pathlib.Path) -> None:
    (secret / "password").unlink()
    assert connections.credentials(str(secret)) == {"user": "mlflow"}


@pytest.mark.parametrize(("content", "problem"), [
    (b"\n", "is empty"), (b"a\0b", "holds a NUL byte"), (b"\xff\xfe", "is no text in UTF-8"),
])
def test_a_value_that_cannot_be_one_is_the_servers_no(secret: pathlib.Path, content: bytes, problem: str) -> None:
    (secret / "password").write_bytes(content)
    with pytest.raises(psycopg2.OperationalError, match=problem) as error:
        connections.credentials(str(secret))
    assert "write another password into the Secret" in str(error.value)


def test_a_secret_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(psycopg2.OperationalError, match="username cannot be read: No such file"):
        connections.credentials(str(tmp_path))


def test_all_but_the_line_ends_at_its_end_is_part_of_a_value(secret: pathlib.Path) -> None:
    (secret / "password").write_bytes(b" p@ss\n:/w%rd \r\n\n")
    assert connections.credentials(str(secret))["password"] == " p@ss\n:/w%rd "


def test_another_database_of_the_server_has_the_same_parameters() -> None:
    uri = make_url("postgresql+platform://db:1/mlflow?secret=/s&sslmode=require")
    assert make_url(connections.at(str(uri), "users")) == uri.set(database="users")


def test_a_connection_that_may_only_read_is_as_one_that_was_lost() -> None:
    dialect = connections.Dialect(dbapi=psycopg2)
    assert dialect.is_disconnect(errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), None, None)
    assert not dialect.is_disconnect(errors.UniqueViolation("duplicate key"), None, None)


@pytest.mark.parametrize("name", ["ReadOnlySqlTransaction", "IdleInTransactionSessionTimeout", "InterfaceError", "DatabaseError"])
def test_what_tells_of_the_server_is_an_operational_error(name: str) -> None:
    assert connections.Dialect().dbapi_exception_translation_map[name] == "OperationalError"


def test_sqlalchemy_opens_connections_by_it(server: Server, secret: pathlib.Path) -> None:
    dialect = connections.Dialect()
    arguments, parameters = dialect.create_connect_args(make_url(f"postgresql+platform://db/mlflow?secret={secret}"))
    assert dialect.connect(*arguments, **parameters).closed is False
    assert server.asked[0]["user"] == "mlflow"


def test_a_reason_is_one_line() -> None:
    assert connections.reason(ValueError("FATAL:  no\n  HINT: yes\n\n")) == "FATAL:  no; HINT: yes"
    assert connections.reason(ValueError()) == "ValueError"


def test_a_certificate_that_is_not_accepted_is_explained(monkeypatch: pytest.MonkeyPatch, secret: pathlib.Path) -> None:
    def refuse(**_: Any) -> None:
        raise psycopg2.OperationalError("SSL error: certificate verify failed\n")

    monkeypatch.setattr(psycopg2, "connect", refuse)
    monkeypatch.setattr(connections, "why_unverified", lambda **place: f"it ended, at {place['host']}")
    with pytest.raises(psycopg2.OperationalError, match=r"^SSL error: certificate verify failed: it ended, at db$"):
        connections.open_connection(str(secret), host="db")


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """The port of a server that takes one connection, and answers PostgreSQL's request for TLS by b"S" and what comes then."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            peer, _ = server.accept()
            with peer, contextlib.suppress(OSError):
                if peer.recv(8) == bytes((0, 0, 0, 8, 4, 210, 22, 47)):
                    peer.sendall(b"S")
                    answer(peer)

        thread = threading.Thread(target=take)
        thread.start()
        yield int(server.getsockname()[1])
        thread.join()


@pytest.mark.parametrize(("trusted", "why"), [
    ("theirs", "the server has another certificate now"), ("ours", "self-signed certificate (the authorities are "),
])
def test_what_is_wrong_with_a_certificate_is_found_out_by_asking_for_it(tmp_path: pathlib.Path, trusted: str, why: str) -> None:
    authorities = {name: self_signed(tmp_path, name) for name in ("ours", "theirs")}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authorities["theirs"])
    with listening(lambda peer: context.wrap_socket(peer, server_side=True).close()) as port:
        assert connections.why_unverified("127.0.0.1", port, str(authorities[trusted][0])).startswith(why)


def test_a_server_that_speaks_no_tls_is_said_to(tmp_path: pathlib.Path) -> None:
    with listening(lambda peer: peer.sendall(b"this is no TLS at all")) as port:
        why = connections.why_unverified("127.0.0.1", port, str(self_signed(tmp_path, "ours")[0]))
    assert "wrong version number" in why.lower().replace("_", " ")


def test_authorities_that_are_none_are_said_to_be(tmp_path: pathlib.Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")
    assert "no certificate" in connections.why_unverified("127.0.0.1", 1, str(tmp_path / "ca.crt")).lower().replace("_", " ")
