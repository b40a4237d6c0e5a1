"""data_of_every_kind.py write|read URI NAME: writes all that MLflow tracks under a name, or reads it back. For clients since 2.10."""
import hashlib
import os
import pathlib
import sys
import tempfile
import urllib.request

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

action, uri, name = sys.argv[1:]
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
BYTES = b"".join(hashlib.sha256(f"{name} {block}".encode()).digest() for block in range(2**16))  # 2 MiB
METRICS = [(step, 1 / (step + 1)) for step in range(100)]
TRACES = hasattr(mlflow, "start_span_no_context")  # since 3.0


def write():
    experiment = client.create_experiment(name, tags={"purpose": "e2e"})
    with (mlflow.start_run(experiment_id=experiment, run_name="parent", description="a parent"),
          mlflow.start_run(experiment_id=experiment, run_name="child", nested=True) as run):
        client.log_batch(
            run.info.run_id,
            metrics=[Metric("loss", value, 1_700_000_000_000 + step, step) for step, value in METRICS],
            params=[Param("rate", "0.1"), Param("unicode", "größe 大きさ")],
            tags=[RunTag("stage", "test")],
        )
        folder = pathlib.Path(tempfile.mkdtemp())
        (folder / "model.bin").write_bytes(BYTES)
        mlflow.log_artifact(str(folder / "model.bin"), "model")
    deleted = client.create_run(experiment, run_name="deleted")
    client.delete_run(deleted.info.run_id)
    client.create_registered_model(name, tags={"team": "e2e"}, description="a model")
    for number in ("1", "2"):
        version = client.create_model_version(name, f"{run.info.artifact_uri}/model", run.info.run_id, tags={"number": number})
        assert str(version.version) == number
    client.transition_model_version_stage(name, "1", "Production")
    client.set_registered_model_alias(name, "champion", "2")
    if TRACES:
        mlflow.set_experiment(name)
        with mlflow.start_span(f"{name} span") as span:
            span.set_inputs({"question": name})
            span.set_outputs({"answer": 42})
        mlflow.flush_trace_async_logging()
        client.set_experiment_tag(experiment, "traced", "yes")


def read():
    experiment = client.get_experiment_by_name(name)
    assert experiment.tags["purpose"] == "e2e"
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert set(runs) == {"parent", "child"}, runs
    child = runs["child"]
    assert child.data.tags["mlflow.parentRunId"] == runs["parent"].info.run_id
    assert runs["parent"].data.tags["mlflow.note.content"] == "a parent"
    assert child.info.status == "FINISHED"
    assert child.data.params == {"rate": "0.1", "unicode": "größe 大きさ"}
    assert child.data.tags["stage"] == "test"
    assert [(m.step, m.value) for m in client.get_metric_history(child.info.run_id, "loss")] == METRICS
    # By the server, as the UI does: a client may have no way to the store, nor its keys.
    with urllib.request.urlopen(f"{uri}/get-artifact?run_uuid={child.info.run_id}&path=model/model.bin") as answer:
        assert answer.read() == BYTES
    if not child.info.artifact_uri.startswith("s3:") or "AWS_ACCESS_KEY_ID" in os.environ:
        assert [f.path for f in client.list_artifacts(child.info.run_id, "model")] == ["model/model.bin"]
        path = mlflow.artifacts.download_artifacts(f"runs:/{child.info.run_id}/model/model.bin", dst_path=tempfile.mkdtemp())
        assert pathlib.Path(path).read_bytes() == BYTES
    deleted = client.search_runs([experiment.experiment_id], run_view_type=mlflow.entities.ViewType.DELETED_ONLY)
    assert [run.info.run_name for run in deleted] == ["deleted"]
    model = client.get_registered_model(name)
    assert (model.description, model.tags) == ("a model", {"team": "e2e"})
    assert str(client.get_model_version_by_alias(name, "champion").version) == "2"
    versions = {str(version.version): version for version in client.search_model_versions(f"name = '{name}'")}
    assert {number: version.tags for number, version in versions.items()} == {"1": {"number": "1"}, "2": {"number": "2"}}
    assert versions["1"].current_stage == "Production"
    assert client.get_model_version_download_uri(name, "2") == f"{child.info.artifact_uri}/model"
    if "traced" in experiment.tags:
        (trace,) = mlflow.search_traces([experiment.experiment_id], return_type="list")
        (span,) = trace.data.spans
        assert (span.name, span.inputs, span.outputs) == (f"{name} span", {"question": name}, {"answer": 42})
        assert trace.info.tags["mlflow.traceName"] == f"{name} span"


{"write": write, "read": read}[action]()
