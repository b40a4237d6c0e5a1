"""The server is reached in clusters whose pods have addresses of IPv4, of IPv6, or of both."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator

import pytest
import requests
from platform_process import DATABASE, STORE, Platform
from sealed import ip
from services import Postgres, Store

pytestmark = pytest.mark.long

HERE = {4: "10.232.0.1", 6: "fd00:232::1"}
THERE = {4: "10.232.0.2", 6: "fd00:232::2"}
LENGTH = {4: 30, 6: 126}


@pytest.fixture(params=[(4,), (6,), (4, 6), (6, 4)], ids=lambda families: " and ".join(f"IPv{family}" for family in families))
def network(request: pytest.FixtureRequest) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A network of some families, the pod's own address of the first one."""
    name = f"pod-{uuid.uuid4().hex[:6]}"
    ip("netns", "add", name)
    ip("link", "add", f"{name}-in", "type", "veth", "peer", "name", "eth0", "netns", name)
    ip("-n", name, "link", "set", "lo", "up")
    if 6 not in request.param:
        subprocess.run(["ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"], check=True)
    if 4 not in request.param:
        ip("-n", name, "addr", "del", "127.0.0.1/8", "dev", "lo")
    for family in request.param:
        more = ["nodad"] if family == 6 else []
        ip("addr", "add", f"{HERE[family]}/{LENGTH[family]}", "dev", f"{name}-in", *more)
        ip("-n", name, "addr", "add", f"{THERE[family]}/{LENGTH[family]}", "dev", "eth0", *more)
    ip("link", "set", f"{name}-in", "up")
    ip("-n", name, "link", "set", "eth0", "up")
    yield name, request.param
    ip("netns", "del", name)


@pytest.mark.parametrize("workers", [1, 2])
def test_it_serves_every_address_of_the_pod(network: tuple[str, tuple[int, ...]], workers: int, postgres: Postgres, store: Store) -> None:
    name, families = network
    here = HERE[families[0]]
    platform = Platform(postgres, store, {"tracking": {"workers": workers}}, hosts={DATABASE: here, STORE: here}, address=THERE[families[0]], network=name)
    try:
        for family in families:
            host = f"[{THERE[family]}]" if family == 6 else THERE[family]
            assert requests.get(f"http://{host}:5000/health", timeout=10).text == "OK"
            answer = requests.post(f"http://{host}:5000/api/2.0/mlflow/experiments/search", json={"max_results": 1}, timeout=10, headers={"Host": "mlflow:5000"})
            assert answer.status_code == 200
            assert "mlflow_http_request_total" in requests.get(f"http://{host}:{platform.metrics_port}/metrics", timeout=10).text
        assert platform.call("GET", "/ready").status_code == 200  # as the kubelet asks, by the pod's own address
        assert platform.call("GET", "/version").status_code == 200
    finally:
        platform.remove()
