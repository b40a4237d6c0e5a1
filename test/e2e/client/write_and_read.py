"""write_and_read.py URI...: writes all that MLflow tracks through the first URI, and reads it back through every one."""
import hashlib
import os
import pathlib
import sys
import tempfile
import uuid

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

first, *others = sys.argv[1:]
name = f"e2e-{uuid.uuid4().hex[:8]}"
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "five-megabytes.bin").write_bytes(os.urandom(5 * 2**20))
digest = hashlib.sha256((folder / "five-megabytes.bin").read_bytes()).hexdigest()


class Double(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [2 * value for value in model_input]


mlflow.set_tracking_uri(first)
client = MlflowClient(first)
experiment_id = client.create_experiment(name, tags={"purpose": "e2e"})
assert client.get_experiment(experiment_id).artifact_location.startswith("mlflow-artifacts:/"), "artifacts do not go through the server"
with mlflow.start_run(experiment_id=experiment_id) as run:
    run_id = run.info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric("loss", 1 / (step + 1), 1_700_000_000_000 + step, step) for step in range(100)],
        params=[Param("rate", "0.1"), Param("unicode", "größe 大きさ")],
        tags=[RunTag("stage", "test")],
    )
    mlflow.log_artifact(str(folder / "five-megabytes.bin"), "data")
    model = mlflow.pyfunc.log_model(name="model", python_model=Double(), pip_requirements=[])
version = mlflow.register_model(model.model_uri, name).version
client.set_registered_model_alias(name, "champion", version)

for uri in [first, *others]:
    reader = MlflowClient(uri)
    mlflow.set_tracking_uri(uri)
    found = reader.search_runs([experiment_id], "params.rate = '0.1'")
    assert [r.info.run_id for r in found] == [run_id], f"{uri}: runs {found}"
    assert found[0].data.params["unicode"] == "größe 大きさ"
    assert found[0].data.tags["stage"] == "test"
    assert found[0].info.status == "FINISHED"
    history = reader.get_metric_history(run_id, "loss")
    assert [(m.step, m.value) for m in history] == [(step, 1 / (step + 1)) for step in range(100)], f"{uri}: metrics"
    path = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="data/five-megabytes.bin", tracking_uri=uri, dst_path=tempfile.mkdtemp())
    assert hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest() == digest, f"{uri}: artifact"
    assert reader.get_model_version_by_alias(name, "champion").version == version
    assert mlflow.pyfunc.load_model(f"models:/{name}@champion").predict([1, 2]) == [2, 4]

print(experiment_id, run_id)
