"""`mlflow server --app-name platform`, whose process becomes the server instead of waiting next to it with all of MLflow in its memory.

The server listens on addresses of both families, or on those of IPv4 where the kernel has no others: uvicorn by itself takes one family for a
host, and which one depends on the number of its workers.
"""
from __future__ import annotations

import os
import resource
import socket
from typing import Any

import mlflow.server
from authorities import trust
from mlflow.cli import cli

# Connections that wait to be taken: uvicorn's own number.
BACKLOG = 2048


def listening(port: int) -> socket.socket:
    """A socket that the next program of this process inherits."""
    if socket.has_dualstack_ipv6():
        made = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=BACKLOG)
    else:
        made = socket.create_server(("0.0.0.0", port), backlog=BACKLOG)
    made.set_inheritable(True)
    return made


def become(command: list[str], *, extra_env: dict[str, str], **_: Any) -> None:
    made = listening(int(os.environ["MLFLOW_PORT"]))
    # Some container runtimes allow 1024 open files by default, which so many idle connections use up.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    at = command.index("--host")  # the host and the port end where the descriptor is
    os.execve(command[0], [*command[:at], "--fd", str(made.fileno()), *command[at:]], {**os.environ, **extra_env})


if __name__ == "__main__":
    if own := os.environ.get("PLATFORM_AUTHORITIES"):
        os.environ.update(trust(own))
    mlflow.server._exec_cmd = become  # type: ignore[assignment,attr-defined]
    cli(["server", "--app-name", "platform"])
