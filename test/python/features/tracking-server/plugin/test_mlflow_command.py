"""MLflow's own commands in a pod of the server."""
from __future__ import annotations

import os
import pathlib

import mlflow.cli
import mlflow_command
import pytest
from mlflow.store.artifact import artifact_repository_registry


def test_it_takes_the_passwords_of_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    for name, value in {"A_PASSWORD": "p@ss \n", "..data": "of the kubelet"}.items():
        (tmp_path / name).write_text(value)
    monkeypatch.setattr(mlflow_command, "CREDENTIALS", tmp_path)
    monkeypatch.setattr(os, "environ", {})
    mlflow_command.take_credentials()
    assert os.environ == {"A_PASSWORD": "p@ss "}


def test_a_command_knows_the_database_and_goes_to_the_store_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[list[str], dict[str, object]]] = []
    registered: dict[str, object] = {}
    monkeypatch.setattr(mlflow.cli, "cli", lambda arguments, prog_name, default_map: ran.append((arguments, default_map)))
    monkeypatch.setattr(artifact_repository_registry._artifact_repository_registry, "register", registered.__setitem__)
    for variable in ("MLFLOW_TRACKING_URI", "_MLFLOW_SERVER_ARTIFACT_ROOT"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", "postgresql+platform://db/mlflow")
    mlflow_command.run(["gc", "--older-than", "30d"])
    assert ran == [(["gc", "--older-than", "30d"], {"gc": {"backend_store_uri": "postgresql+platform://db/mlflow"}, "doctor": {"mask_envs": True}})]
    assert os.environ["MLFLOW_TRACKING_URI"] == "postgresql+platform://db/mlflow"
    assert os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] == "mlflow-artifacts:/"
    assert registered == {"mlflow-artifacts": mlflow_command.directly}


def test_an_artifact_is_where_the_server_would_lead_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact_repository_registry, "get_artifact_repository", lambda place, *_: place)
    assert mlflow_command.directly("mlflow-artifacts:/1/run/artifacts") == "s3://artifacts/mlflow/1/run/artifacts"
