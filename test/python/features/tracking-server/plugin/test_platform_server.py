"""The process that becomes the server."""
from __future__ import annotations

import os
import resource
import socket

import platform_server
import pytest


def test_it_listens_on_both_families_by_a_socket_that_the_server_inherits() -> None:
    with platform_server.listening(0) as made:
        assert os.get_inheritable(made.fileno())
        port = made.getsockname()[1]
        for address in ["127.0.0.1", *(["::1"] if socket.has_dualstack_ipv6() else [])]:
            socket.create_connection((address, port), timeout=5).close()


def test_without_ipv6_it_listens_on_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with platform_server.listening(0) as made:
        assert made.family == socket.AF_INET


def test_it_becomes_the_command_with_the_socket_instead_of_host_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[tuple[str, list[str], dict[str, str]]] = []
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setenv("MLFLOW_PORT", "0")
    monkeypatch.setattr(os, "execve", lambda *arguments: became.append(arguments))
    monkeypatch.setattr(resource, "setrlimit", lambda what, limit: limits.append((what, limit)))
    platform_server.become(["python", "-m", "uvicorn", "--host", "0.0.0.0", "--port", "5000", "app"], extra_env={"A": "1"}, capture_output=False)
    [(program, command, environment)] = became
    assert program == "python"
    assert command[:4] == ["python", "-m", "uvicorn", "--fd"]
    assert command[5:] == ["--host", "0.0.0.0", "--port", "5000", "app"]
    assert environment["A"] == "1"
    assert limits[0][1][0] == limits[0][1][1] == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
