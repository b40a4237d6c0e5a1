"""names.py URI ADDRESS HEADERS: names of every kind that MLflow's client sends, there and back, by URI, whose host is at ADDRESS.

HEADERS, as JSON, go with every request. Prints as JSON what became of each name: "ok", or the kind of the error: MLflow takes some of them
by no way, but what it takes it should take by each.
"""
import json
import os
import pathlib
import sys
import tempfile
import uuid
from collections.abc import Callable

uri, address, headers = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
os.environ.update(MLFLOW_HTTP_REQUEST_MAX_RETRIES="1", MLFLOW_TRACKING_INSECURE_TLS="true", MLFLOW_ENABLE_ASYNC_LOGGING="false")

import urllib3
import urllib3.util.connection as connection

urllib3.disable_warnings()
connect = connection.create_connection
host, _, port = address.rpartition(":")
connection.create_connection = lambda _, *args, **options: connect((host, int(port)), *args, **options)

import mlflow
from mlflow import MlflowClient
from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider
from mlflow.tracking.request_header.registry import _request_header_provider_registry


class Headers(RequestHeaderProvider):
    """The headers that let this program in."""

    def in_context(self) -> bool:
        return True

    def request_headers(self) -> dict[str, str]:
        return headers


_request_header_provider_registry.register(Headers)
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
unique = uuid.uuid4().hex[:8]
run = client.create_run(client.create_experiment(f"names/ü % + # ? & ; {unique}")).info.run_id
folder = pathlib.Path(tempfile.mkdtemp())


def artifact(name: str) -> None:
    """Logs a file of that name into a folder of nearly that name, finds it, and gets it back."""
    (folder / name).write_text(name)
    inside = f"in {name.strip('.')}"
    client.log_artifact(run, str(folder / name), inside)
    (found,) = client.list_artifacts(run, inside)
    assert found.path == f"{inside}/{name}", found.path
    back = mlflow.artifacts.download_artifacts(run_id=run, artifact_path=found.path, dst_path=tempfile.mkdtemp())
    assert pathlib.Path(back).read_text() == name


def model(name: str) -> None:
    """Registers a model of that name with a version and an alias."""
    name = f"{name} {unique}"
    client.create_registered_model(name)
    client.set_registered_model_tag(name, "a/b", "ü %2F")
    version = client.create_model_version(name, f"runs:/{run}/model", run).version
    client.set_registered_model_alias(name, "best", version)
    assert client.get_model_version_by_alias(name, "best").version == version
    assert client.get_registered_model(name).tags == {"a/b": "ü %2F"}
    client.delete_registered_model(name)


def mcp_server(name: str) -> None:
    """Registers an MCP server: its name, with a slash, is in the path of every call."""
    name = f"{name}-{unique}"
    client.create_mcp_server(name, description="of a test")
    assert client.get_mcp_server(name).name == name
    assert client.update_mcp_server(name, description="changed").description == "changed"
    client.create_mcp_server_version({"name": name, "version": "1.0.0", "description": "first", "packages": []})
    assert client.get_mcp_server_version(name, "1.0.0").version == "1.0.0"
    client.delete_mcp_server(name)


def outcome(action: Callable[[str], None], name: str) -> str:
    """What became of a name."""
    try:
        action(name)
        return "ok"
    except Exception as error:
        return type(error).__name__


FILES = ["plain", "with space", "ü", "100%", "a+b", "a#b", "a?b=c", "a;b&c=d", "a%2Fb", "a%252Fb", "a%2e%2e", "a%5Cb", "a\\b", "..a", "a..", "(1)[2]{3}", "a:b", "'a\"", "ä" * 60]
MODELS = ["plain", "ü % + # ?", "a%2Fb", "a;b&c=d", "a\\b"]
MCP_SERVERS = ["io.github.user/server", "com.example/server.with.dots"]
print(json.dumps({
    **{f"artifact {name}": outcome(artifact, name) for name in FILES},
    **{f"model {name}": outcome(model, name) for name in MODELS},
    **{f"MCP server {name}": outcome(mcp_server, name) for name in MCP_SERVERS},
}))
