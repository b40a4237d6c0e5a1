"""What the programs find when they are imported: the variables that their pods have."""
from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator

import pytest
import waiting
from clock import Clock

os.environ.update({
    "MLFLOW_PORT": "5000",
    "PLATFORM_THREADS": "4",
    "PLATFORM_NATIVE_THREADS": "2",
    "PLATFORM_LARGEST_REQUEST": str(16 * 2**20),
    "PLATFORM_REQUEST_MEMORY": str(64 * 2**20),
    "PLATFORM_MEMORY_OF_TEXT": "6",
    "PLATFORM_METRICS_PORT": "0",
    "PLATFORM_READY_WITHIN_S": "4",
    "PLATFORM_DRAINING": "/nowhere/draining",
    "PLATFORM_LAST_BYTES_WITHIN_S": "9",
    "PLATFORM_STORE": "/nowhere/store",
    "PLATFORM_CREDENTIALS": "/nowhere/credentials",
    "MLFLOW_BACKEND_STORE_URI": "postgresql+platform://db:5432/mlflow?secret=/nowhere",
    "MLFLOW_ARTIFACTS_DESTINATION": "s3://artifacts/mlflow",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "ADMINISTRATOR_URI": "postgresql+platform://db:5432/postgres?secret=/nowhere",
    "ENVIRONMENT": "one/mlflow/staging",
    "TAKE_OVER": "nothing",
    "CONNECTION_LIMIT": "50",
    "SHORTEST_PASSWORD": "12",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waits_by_the_clock(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Who waits, waits by that clock."""
    monkeypatch.setattr(waiting, "time", clock)


@pytest.fixture
def secret(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """The folder of a role's Secret."""
    folder = tmp_path / "secret"
    folder.mkdir()
    (folder / "username").write_text("mlflow\n")
    (folder / "password").write_text("the-password\n")
    yield folder
