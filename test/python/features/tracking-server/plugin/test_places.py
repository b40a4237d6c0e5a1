"""Which places the server opens, and which its users may name."""
from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import places
import pytest
from flask import Flask
from mlflow.exceptions import MlflowException
from mlflow.protos.model_registry_pb2 import CreateModelVersion
from mlflow.protos.service_pb2 import CreateExperiment
from mlflow.server import handlers
from mlflow.store.artifact import artifact_repository_registry

ROOT = "s3://artifacts/mlflow"


@pytest.mark.parametrize(("place", "is_within"), [
    (ROOT, True), (f"{ROOT}/", True), (f"{ROOT}/1/run/artifacts", True),
    ("s3://artifacts", False), ("s3://artifacts/mlflow2/1", False), ("s3://other/mlflow/1", False), ("/artifacts/mlflow/1", False),
    ("file:///artifacts/mlflow/1", False), (f"{ROOT}/../other", False), (f"{ROOT}/%2e%2e/other", False), (f"{ROOT}/./1", False),
    (f"{ROOT}//1", False),
    (f"{ROOT}/1?x=y", False), (f"{ROOT}/1#x", False),
])
def test_a_place_is_within_a_root_only_where_no_part_of_it_could_stand_for_another(place: str, is_within: bool) -> None:
    assert places.is_within(place, ROOT) is is_within


def test_all_of_a_bucket_is_within_a_root_without_a_prefix() -> None:
    assert places.is_within("s3://artifacts/1/run", "s3://artifacts")
    assert not places.is_within("s3://artifacts2/1/run", "s3://artifacts")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = SimpleNamespace(get_artifact_repository=lambda uri, *_, **__: f"repository of {uri}")
    monkeypatch.setattr(artifact_repository_registry, "_artifact_repository_registry", made)
    places.open_none_but(ROOT)
    return made


@pytest.mark.parametrize("place", [f"{ROOT}/1", "runs:/abc/model", "models:/m-1"])
def test_the_server_opens_its_own_store_and_what_mlflow_looks_up(registry: Any, place: str) -> None:
    assert registry.get_artifact_repository(place) == f"repository of {place}"


@pytest.mark.parametrize("place", ["s3://other/1", "/run/secrets/credentials", "file:///etc/passwd", "http://169.254.169.254/", "gs://b/x", ""])
def test_it_opens_no_other_place_whoever_names_it(registry: Any, place: str) -> None:
    with pytest.raises(MlflowException, match="opens artifacts in its own store only") as raised:
        registry.get_artifact_repository(place)
    assert raised.value.get_http_status_code() == 403


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(info=SimpleNamespace(artifact_uri="s3://artifacts/mlflow/1/run/artifacts"))
    found = SimpleNamespace(get_run=lambda _: run, get_logged_model=lambda _: SimpleNamespace(artifact_location="s3://artifacts/mlflow/1/models/m/artifacts"))
    monkeypatch.setattr(handlers, "_get_tracking_store", lambda: found)


@pytest.mark.parametrize(("fields", "allowed"), [
    ({"source": "runs:/abc/model"}, True),
    ({"source": "models:/m-1"}, True),
    ({"source": "mlflow-artifacts:/1/run/artifacts/model"}, True),
    ({"source": "mlflow-artifacts://elsewhere/1"}, False),
    ({"source": "s3://artifacts/mlflow/1/run/artifacts/model", "run_id": "abc"}, True),
    ({"source": "s3://artifacts/mlflow/1/models/m/artifacts", "model_id": "m"}, True),
    ({"source": "s3://artifacts/mlflow/2/others", "run_id": "abc", "model_id": "m"}, False),
    ({"source": "s3://artifacts/mlflow/1/run/artifacts/model"}, False),
    ({"source": "/etc/passwd"}, False),
])
@pytest.mark.usefixtures("store")
def test_a_model_version_comes_from_what_its_request_names(fields: dict[str, str], allowed: bool) -> None:
    problem = places.of_model_version(CreateModelVersion(name="model", **fields))
    assert problem is None if allowed else problem and problem.startswith("the source of a model version must be")


@pytest.mark.usefixtures("store")
def test_a_prompt_has_no_artifacts() -> None:
    message = CreateModelVersion(name="prompt", source="prompt-template")
    message.tags.add(key="mlflow.prompt.is_prompt", value="true")
    assert places.of_model_version(message) is None


@pytest.fixture
def flask() -> Iterator[Flask]:
    """An application with MLflow's routes, which answer that they were reached."""
    made = Flask("an_application")
    for path, message, methods in handlers.get_endpoints(lambda message: message):
        if message in places.CHECKS:
            made.add_url_rule(path, f"{path} {methods}", lambda: "reached", methods=methods)
    made.add_url_rule("/health", view_func=lambda: "reached")
    yield made


@pytest.mark.parametrize(("is_administrator", "json", "status"), [
    (False, {"name": "e", "artifact_location": "s3://artifacts/mlflow/others"}, 403),
    (False, {"name": "e"}, 200),
    (True, {"name": "e", "artifact_location": "s3://artifacts/mlflow/others"}, 200),
])
def test_a_request_that_names_a_place_is_an_administrators(flask: Flask, is_administrator: bool, json: dict[str, str], status: int) -> None:
    places.refuse_places_of_others(flask, lambda: is_administrator)
    for prefix in ("api", "ajax-api"):
        answer = flask.test_client().post(f"/{prefix}/2.0/mlflow/experiments/create", json=json)
        assert answer.status_code == status
        assert ("artifact_location is for administrators" in answer.text) is (status == 403)
    assert flask.test_client().get("/health").text == flask.test_client().get("/health").text == "reached"
    assert flask.test_client().get("/nowhere").status_code == 404


def test_an_experiment_without_a_place_is_anybodys() -> None:
    assert places.of_experiment(CreateExperiment(name="e")) is None
