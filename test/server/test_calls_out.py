"""The server calls nobody by itself: where a network policy drops what it sends, each such call takes as long as its last timeout."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator

import pytest
from platform_process import DATABASE, STORE, Platform
from sealed import HERE, THERE, SealedNetwork
from services import Postgres, Store

EXPERIMENT = {"x-mlflow-experiment-id": "0", "content-type": "application/json"}


@pytest.fixture(scope="module")
def network() -> Iterator[SealedNetwork]:
    made = SealedNetwork("sealed")
    yield made
    made.remove()


@pytest.fixture(scope="module")
def sealed(network: SealedNetwork, postgres: Postgres, store: Store) -> Iterator[Platform]:
    platform = Platform(postgres, store, hosts={DATABASE: HERE, STORE: HERE}, address=THERE, network=network.name, nameserver=HERE)
    yield platform
    platform.remove()


def span(provider: str) -> bytes:
    """A span of a call to a model, which MLflow puts a price on."""
    values = {"gen_ai.operation.name": "chat", "gen_ai.system": provider, "gen_ai.provider.name": provider, "gen_ai.request.model": f"{provider}-large",
              "gen_ai.response.model": f"{provider}-large"}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
    attributes += [{"key": f"gen_ai.usage.{kind}_tokens", "value": {"intValue": "100"}} for kind in ("input", "output")]
    identifier = uuid.uuid4().bytes
    each = {"traceId": identifier.hex(), "spanId": identifier[:8].hex(), "name": "chat", "startTimeUnixNano": "1764000000000000000",
            "endTimeUnixNano": "1764000001000000000", "attributes": attributes}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [each]}]}]}).encode()


def quickly(platform: Platform, method: str, path: str, **arguments: object) -> int:
    started = time.monotonic()
    status = platform.call(method, path, **arguments).status_code
    assert time.monotonic() - started < 1, f"{method} {path} took {time.monotonic() - started:.1f} s"
    return status


@pytest.mark.parametrize("provider", ["openai", "anthropic", "bedrock", "vertex_ai", "gemini", "mistral", "databricks", "nobody-knows", str(uuid.uuid4())])
def test_a_span_of_a_model_is_taken_at_once(sealed: Platform, network: SealedNetwork, provider: str) -> None:
    assert quickly(sealed, "POST", "/v1/traces", data=span(provider), headers=EXPERIMENT) == 200
    assert network.dropped() == 0


@pytest.mark.parametrize("path", ["supported-models?provider=openai", "supported-models", "supported-providers", "provider-config?provider=openai", "secrets/config"])
def test_forms_for_models_come_at_once(sealed: Platform, network: SealedNetwork, path: str) -> None:
    assert quickly(sealed, "GET", f"/ajax-api/3.0/mlflow/gateway/{path}") == 200
    assert network.dropped() == 0


def test_no_route_calls_anybody(sealed: Platform, network: SealedNetwork) -> None:
    asked = len(network.asked)
    for method, rule in json.loads(sealed.client("all_routes.py")):
        path = rule.replace("<path:", "<").replace("<int:", "<")
        if "webhooks" in path or "/demo/" in path:
            continue  # a receiver's name is looked up when it is named; examples take half a minute of work
        quickly(sealed, method, "".join("1" if part.endswith(">") or ">" in part else part for part in path.replace(">", ">\0").replace("<", "\0<").split("\0")),
                json={} if method != "GET" else None)
    assert network.dropped() == 0
    assert network.asked[asked:] == []


def test_a_client_at_work_leads_to_no_call(sealed: Platform, network: SealedNetwork) -> None:
    asked = len(network.asked)
    sealed.client("work.py")
    assert network.dropped() == 0
    assert network.asked[asked:] == []


def test_the_network_tells_of_a_call(sealed: Platform, network: SealedNetwork) -> None:
    """That the tests above can fail."""
    body = {"name": "hook", "url": "https://hooks.example.com/x", "events": [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]}
    before = network.dropped()
    webhook = sealed.call("POST", "/api/2.0/mlflow/webhooks", json=body).json()["webhook"]["webhook_id"]
    assert "hooks.example.com" in network.asked
    with contextlib.suppress(OSError):
        sealed.call("POST", f"/api/2.0/mlflow/webhooks/{webhook}/test", json={}, timeout=3)
    assert network.dropped() > before
