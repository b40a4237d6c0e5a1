"""missing.py EXPERIMENT RUN: asks MLflow's client, of any release, for what is not there; how long each took and what it ended in, as JSON."""
import json
import sys
import time

import mlflow
from mlflow import MlflowClient

experiment, run = sys.argv[1:]


def search_traces():
    # Releases before 2.14 have no traces.
    if hasattr(MlflowClient, "search_traces"):
        found = MlflowClient().search_traces(experiment_ids=[experiment])
        assert not any(trace.data.spans for trace in found), found


def outcome(call, *arguments):
    began = time.monotonic()
    try:
        call(*arguments)
        ended = "nothing raised"
    except Exception as error:
        ended = f"{type(error).__name__}: {error}"
    return time.monotonic() - began, ended


print(json.dumps({
    "an artifact": outcome(mlflow.artifacts.load_text, f"runs:/{run}/none.txt"),
    "a download": outcome(MlflowClient().download_artifacts, run, "none.txt"),
    "a model": outcome(mlflow.pyfunc.load_model, f"runs:/{run}/none"),
    "a trace": outcome(search_traces),
}))
