"""through_the_gateway.py URI AUTHORITY NAME=VALUE...: tracks a run with 200 MB through the URI, as a program outside the cluster does.

AUTHORITY is the certificate, in base64, of who signed the gateway's; the others are the client's environment.
"""
import base64
import hashlib
import os
import pathlib
import sys
import tempfile
import uuid

uri, authority, *variables = sys.argv[1:]
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "authority.pem").write_bytes(base64.b64decode(authority))
os.environ.update(MLFLOW_TRACKING_URI=uri, MLFLOW_TRACKING_SERVER_CERT_PATH=str(folder / "authority.pem"), **dict(variable.split("=", 1) for variable in variables))
sys.path.append("/tmp/site")

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric

SIZE = 200 * 2**20
PIECE = os.urandom(2**20)


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


with open(folder / "large.bin", "wb") as file:
    for _ in range(SIZE // len(PIECE)):
        file.write(PIECE)
digest = digest_of(folder / "large.bin")

mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
experiment_id = client.create_experiment(f"gateway-{uuid.uuid4().hex[:8]}")
with mlflow.start_run(experiment_id=experiment_id) as run:
    client.log_batch(run.info.run_id, metrics=[Metric("loss", 1 / (step + 1), 1_700_000_000_000 + step, step) for step in range(100)])
    mlflow.log_artifact(str(folder / "large.bin"), "data")
os.remove(folder / "large.bin")

assert len(client.get_metric_history(run.info.run_id, "loss")) == 100
path = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="data/large.bin", tracking_uri=uri, dst_path=str(folder))
assert digest_of(path) == digest, "the artifact came back changed"
os.remove(path)
print(run.info.run_id)
