"""with_token.py GUARD HOST TOKEN: MLflow's own client, with a token, at http://HOST, whose controller is this program and leads to GUARD."""
import os
import pathlib
import sys
import tempfile

guard, host, os.environ["MLFLOW_TRACKING_TOKEN"] = sys.argv[1:]
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"

import urllib3.util.connection as connection

connect = connection.create_connection
address = guard.split(":")
connection.create_connection = lambda _, *args, **options: connect((address[0], int(address[1])), *args, **options)

import mlflow
from mlflow import MlflowClient

uri = f"http://{host}"
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
try:
    client.search_experiments(max_results=1)
except mlflow.exceptions.MlflowException as error:
    sys.exit(f"refused: {error}")
file = pathlib.Path(tempfile.mkdtemp()) / "artifact.bin"
file.write_bytes(os.urandom(3 * 10**6))
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    mlflow.log_artifact(str(file))
assert client.get_run(run.info.run_id).data.metrics == {"loss": 0.5}
back = mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="artifact.bin", dst_path=tempfile.mkdtemp())
assert pathlib.Path(back).read_bytes() == file.read_bytes()
print("done")
