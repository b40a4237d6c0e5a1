"""MLflow's own commands, in a pod of the tracking server: `python3 /opt/mlflow-plugin/mlflow_command.py gc --older-than 30d`.

What somebody starts in a pod has none of the server's passwords, MLflow's commands do not read where its database is, and those that touch
artifacts ask the server for them, as a user. Here they have the passwords, the database, and the store.
"""
from __future__ import annotations

import os
import pathlib
import posixpath
import sys
import urllib.parse
from typing import Any

CREDENTIALS = pathlib.Path(os.environ["PLATFORM_CREDENTIALS"])


def take_credentials() -> None:
    """Each file is named after a variable and holds its value, as for the server."""
    for file in CREDENTIALS.glob("[!.]*"):
        os.environ[file.name] = file.read_text().rstrip("\n")


def directly(artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> Any:
    """The place in the store that the server would lead to."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    place = urllib.parse.urlsplit(artifact_uri).path.lstrip("/")
    return get_artifact_repository(posixpath.join(os.environ["MLFLOW_ARTIFACTS_DESTINATION"], place), tracking_uri, registry_uri)


def run(arguments: list[str]) -> None:
    database = os.environ["MLFLOW_TRACKING_URI"] = os.environ["MLFLOW_BACKEND_STORE_URI"]
    # As `mlflow server` tells its workers: an experiment that is made here must have its artifacts where the server's have theirs.
    os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "mlflow-artifacts:/"

    from mlflow.cli import cli
    from mlflow.store.artifact.artifact_repository_registry import _artifact_repository_registry

    _artifact_repository_registry.register("mlflow-artifacts", directly)
    cli(arguments, prog_name="mlflow", default_map={"gc": {"backend_store_uri": database}, "doctor": {"mask_envs": True}})


if __name__ == "__main__":
    take_credentials()
    run(sys.argv[1:])
