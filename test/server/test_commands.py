"""MLflow's own commands in a pod of the server, as `kubectl exec` starts them: with the pod's variables, and without its passwords."""

from __future__ import annotations

import uuid

import pytest
from platform_process import ADMINISTRATOR, Platform
from test_flood import expect

API = "/api/2.0/mlflow"
COMMAND = ["python3", "/opt/mlflow-plugin/mlflow_command.py"]


def execute(platform: Platform, *arguments: str) -> str:
    log = platform.server.folder / f"command-{uuid.uuid4().hex}.log"
    code = platform.server.execute("mlflow", log, [*COMMAND, *arguments]).wait(120)
    assert code == 0, log.read_text()
    return log.read_text()


@pytest.mark.parametrize("which", ["local", "with_users"])
def test_gc_deletes_deleted_runs_and_their_artifacts_and_nothing_else(which: str, request: pytest.FixtureRequest) -> None:
    platform: Platform = request.getfixturevalue(which)
    user = ADMINISTRATOR if which == "with_users" else None
    experiment = platform.call("POST", f"{API}/experiments/create", user, json={"name": uuid.uuid4().hex}).json()["experiment_id"]
    runs = []
    for _ in range(2):
        run = platform.call("POST", f"{API}/runs/create", user, json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
        expect(200, platform.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/file.txt", user, data=b"x"))
        runs.append(run)
    expect(200, platform.call("POST", f"{API}/runs/delete", user, json={"run_id": runs[0]}))
    output = execute(platform, "gc", "--older-than", "0d0h0m0s")
    assert runs[0] in output
    assert platform.call("GET", f"{API}/runs/get", user, params={"run_id": runs[0]}).status_code == 404
    assert platform.call("GET", f"{API}/runs/get", user, params={"run_id": runs[1]}).status_code == 200
    found = platform.store.s3.list_objects_v2(Bucket=platform.bucket, Prefix=f"{experiment}/")["Contents"]
    assert [each["Key"] for each in found] == [f"{experiment}/{runs[1]}/artifacts/file.txt"]


def test_other_commands_find_the_server_s_data(with_users: Platform) -> None:
    name = uuid.uuid4().hex
    experiment = with_users.call("POST", f"{API}/experiments/create", ADMINISTRATOR, json={"name": name}).json()["experiment_id"]
    run = with_users.call("POST", f"{API}/runs/create", ADMINISTRATOR, json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    expect(200, with_users.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/file.txt", ADMINISTRATOR, data=b"x"))
    assert name in execute(with_users, "experiments", "search")
    assert "file.txt" in execute(with_users, "artifacts", "list", "--run-id", run)


def test_an_experiment_that_a_command_makes_has_its_artifacts_where_the_server_s_have_theirs(local: Platform) -> None:
    name = uuid.uuid4().hex
    execute(local, "experiments", "create", "-n", name)
    experiment = local.call("GET", f"{API}/experiments/get-by-name", params={"experiment_name": name}).json()["experiment"]
    assert experiment["artifact_location"] == f"mlflow-artifacts:/{experiment['experiment_id']}"


def test_no_command_prints_a_key(local: Platform) -> None:
    output = execute(local, "doctor")
    assert "f" * 43 not in output and "k" * 43 not in output
