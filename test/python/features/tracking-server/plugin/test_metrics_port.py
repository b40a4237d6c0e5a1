"""The port of the metrics."""
from __future__ import annotations

import http.client
import pathlib
import threading
from collections.abc import Iterator

import metrics_port
import pytest


@pytest.fixture
def port(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    server = metrics_port.Server()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str | None, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.headers["Content-Type"], answer.read()


def test_metrics_are_served_in_prometheus_format_and_nothing_else_is(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    status, kind, body = get(port, "/metrics?name[]=x")
    assert (status, str(kind).split(";")[0], body) == (200, "text/plain", b"")
    assert get(port, "/api/2.0/mlflow/experiments/search")[0] == 404
    assert capsys.readouterr() == ("", "")  # Prometheus comes every half a minute


def test_it_listens_on_both_families_where_there_are_two(port: int) -> None:
    if metrics_port.socket.has_dualstack_ipv6():
        assert get(port, "/metrics", "::1")[0] == 200
    assert get(port, "/metrics")[0] == 200


def test_each_worker_may_listen_on_the_same_port(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_port, "PORT", port)
    metrics_port.Server().server_close()


def test_a_worker_serves_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    served = threading.Event()

    def serve_forever(server: metrics_port.Server) -> None:
        server.server_close()
        served.set()

    monkeypatch.setattr(metrics_port.Server, "serve_forever", serve_forever)
    metrics_port.serve()
    assert served.wait(5)
