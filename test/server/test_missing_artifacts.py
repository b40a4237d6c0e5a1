"""After a take-over every artifact is found, or the check lists it, and says why it cannot be read."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from platform_process import Platform
from pod import REPOSITORY
from refusing_store import DENIED, RefusingStore, error
from services import Postgres, Store

pytestmark = pytest.mark.long

API = "/api/2.0/mlflow"


class TakenOver:
    """A platform on the database of another deployment. `write` puts an object where that deployment had it."""

    def __init__(self, postgres: Postgres, store: Store) -> None:
        self.store = RefusingStore(store)
        self.platform = Platform(postgres, self.store)  # type: ignore[arg-type]

    def made(self, path: str, **content: object) -> dict[str, dict[str, dict[str, str]]]:
        answer = self.platform.call("POST", f"{API}/{path}", json=content)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def run(self, experiment: str = "0") -> str:
        return self.made("runs/create", experiment_id=experiment)["run"]["info"]["run_id"]

    def sql(self, statement: str) -> None:
        self.platform.postgres.sql(statement, self.platform.database)

    def write(self, key: str, bucket: str | None = None) -> None:
        self.store.s3.put_object(Bucket=bucket or self.platform.bucket, Key=key, Body=b"x")

    def check(self, prefix: str = "") -> tuple[int, list[str]]:
        """Exit code, and what it says."""
        log = self.platform.server.folder / "check.log"
        log.unlink(missing_ok=True)
        destination = f"s3://{self.platform.bucket}" + (f"/{prefix}" if prefix else "")
        command = ["env", f"MLFLOW_ARTIFACTS_DESTINATION={destination}", "python3", "/opt/mlflow-plugin/missing_artifacts.py"]
        process = self.platform.server.execute("mlflow", log, command)
        return process.wait(120), log.read_text().splitlines()

    def clear(self) -> None:
        self.store.table.clear()
        self.sql("DELETE FROM model_version_tags; DELETE FROM model_versions; DELETE FROM registered_models; DELETE FROM logged_models; DELETE FROM trace_tags; "
                 "DELETE FROM trace_info; DELETE FROM tags; DELETE FROM runs; DELETE FROM experiments WHERE experiment_id > 0")


@pytest.fixture(scope="module")
def taken_overs(postgres: Postgres, store: Store) -> Iterator[TakenOver]:
    taken_over = TakenOver(postgres, store)
    yield taken_over
    taken_over.store.remove()
    taken_over.platform.remove()


@pytest.fixture
def old(taken_overs: TakenOver) -> Iterator[TakenOver]:
    yield taken_overs
    taken_overs.clear()


def test_artifacts_below_the_former_servers_prefix_are_found_by_it_and_missed_without(old: TakenOver) -> None:
    run = old.run()
    old.write(f"company/mlflow/0/{run}/artifacts/model.pkl")
    assert old.check("company/mlflow")[0] == 0
    code, lines = old.check()
    assert code == 2
    assert f"empty: run {run}: mlflow-artifacts:/0/{run}/artifacts: nothing is at s3://{old.platform.bucket}/0/{run}/artifacts" in lines
    assert "artifactStore.prefix" in lines[-1]


def test_a_run_without_artifacts_is_listed_apart(old: TakenOver) -> None:
    empty, full = old.run(), old.run()
    old.write(f"0/{full}/artifacts/x")
    code, lines = old.check()
    assert code == 2 and [line for line in lines if line.startswith(("empty", "cannot"))] == [
        f"empty: run {empty}: mlflow-artifacts:/0/{empty}/artifacts: nothing is at s3://{old.platform.bucket}/0/{empty}/artifacts"]
    assert "runs: 2, of which 0 cannot be read, 1 have nothing at their place" in lines


PLACES = {
    "s3://somebody-elses/mlflow/1": "another bucket",
    "s3://{bucket}/another/1": "another prefix",
    "file:///mlruns/1": "a folder of the machine",
    "/mlruns/1": "a folder of the machine",
    "./mlruns/1": "a folder of the machine",
    "dbfs:/databricks/mlflow/1": "a place of a former server",
    "wasbs://container@account.blob.core.windows.net/1": "a place of a former server",
    "gs://bucket/1": "a place of a former server",
    "hdfs://namenode/1": "a place of a former server",
    "https://elsewhere.example.com/files/1": "a place of a former server",
    "": "no place is known",
}


@pytest.mark.parametrize("kind", ["experiment", "run", "logged model", "model version", "trace"])
def test_places_of_former_servers_are_listed_with_the_reason(old: TakenOver, kind: str) -> None:
    for number, place in enumerate(each.format(bucket=old.platform.bucket) for each in PLACES):
        old.sql(ROWS[kind].format(number=number, place=place))
    code, lines = old.check("mlflow")
    found = [line for line in lines if line.startswith(f"cannot be read: {kind} ")]
    assert code == 1 and len(found) == len(PLACES), lines
    for place, reason in PLACES.items():
        assert any(f": {place.format(bucket=old.platform.bucket) or '(none)'}: " in line and reason in line for line in found), (place, found)


REGISTERED = "INSERT INTO registered_models (name, creation_time) VALUES ('m', 0) ON CONFLICT DO NOTHING; "
TRACE = "INSERT INTO trace_info (request_id, experiment_id, timestamp_ms, status) VALUES ('tr-{number}', 0, 0, 'OK'); "
ROWS = {
    "experiment": "INSERT INTO experiments (name, artifact_location, lifecycle_stage) VALUES ('e-{number}', '{place}', 'active')",
    "run": "INSERT INTO runs (run_uuid, experiment_id, lifecycle_stage, artifact_uri) VALUES ('run-{number}', 0, 'active', '{place}')",
    "logged model": "INSERT INTO logged_models (model_id, experiment_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status, "
                    "lifecycle_stage) VALUES ('m-{number}', 0, 'm', '{place}', 0, 0, 2, 'active')",
    "model version": REGISTERED + "INSERT INTO model_versions (name, version, source, storage_location) VALUES ('m', {number}, '{place}', '{place}')",
    "trace": TRACE + "INSERT INTO trace_tags (request_id, key, value) VALUES ('tr-{number}', 'mlflow.artifactLocation', '{place}')",
}


def test_artifacts_that_are_copied_and_led_to_as_documented_are_found(old: TakenOver) -> None:
    old.sql(ROWS["run"].format(number=1, place="s3://old/1/run-1/artifacts"))
    assert old.check()[0] == 1
    old.write("old/1/run-1/artifacts/x")
    statement = re.search("`(UPDATE runs .*?)`", (REPOSITORY / "docs/upgrade.md").read_text())
    assert statement
    old.sql(statement[1].replace("s3://mlflow-artifacts/", f"s3://{old.platform.bucket}/"))
    assert old.check()[0] == 0


def test_places_that_this_server_opens_are_asked_for_in_the_store(old: TakenOver) -> None:
    bucket = old.platform.bucket
    places = {"run": f"s3://{bucket}/mlflow/a", "logged model": "mlflow-artifacts:/b", "model version": "mlflow-artifacts://mlflow:5000/c",
              "trace": "http://mlflow:5000/api/2.0/mlflow-artifacts/artifacts/d"}
    for number, (kind, place) in enumerate(places.items()):
        old.sql(ROWS[kind].format(number=number, place=place))
    code, lines = old.check("mlflow")
    assert code == 1 and len([line for line in lines if "nothing is at" in line]) == 4
    for key in "abcd":
        old.write(f"mlflow/{key}/x")
    assert old.check("mlflow")[0] == 0


def test_model_versions_by_name_are_looked_up_and_prompts_and_traces_in_the_database_have_no_artifacts(old: TakenOver) -> None:
    run = old.run()
    old.write(f"0/{run}/artifacts/model/MLmodel")
    old.sql(ROWS["model version"].format(number=1, place=f"runs:/{run}/model"))
    old.sql(ROWS["model version"].format(number=2, place="prompt-template"))
    old.sql("INSERT INTO model_version_tags (name, version, key, value) VALUES ('m', 2, 'mlflow.prompt.is_prompt', 'true')")
    old.sql(ROWS["trace"].format(number=1, place="mlflow-artifacts:/0/traces/tr-1/artifacts"))
    old.sql("INSERT INTO trace_tags (request_id, key, value) VALUES ('tr-1', 'mlflow.trace.spansLocation', 'TRACKING_STORE')")
    assert old.check() == (0, ["experiments: 1, of which 0 cannot be read", "runs: 1, of which 0 cannot be read", "model versions: 1, of which 0 cannot be read"])
    old.sql(ROWS["model version"].format(number=3, place="runs:/gone/model"))
    assert "the database does not know what it names" in "".join(old.check()[1])


def test_any_number_of_runs_is_checked_page_by_page(old: TakenOver) -> None:
    old.sql("INSERT INTO runs (run_uuid, experiment_id, lifecycle_stage, artifact_uri) "
            "SELECT 'run-' || n, 0, 'active', 'mlflow-artifacts:/0/run-' || n || '/artifacts' FROM generate_series(1, 2500) n")
    began = time.monotonic()
    code, lines = old.check()
    assert (code, len({line for line in lines if line.startswith("empty: run ")})) == (2, 2500)
    assert "runs: 2500, of which 0 cannot be read, 2500 have nothing at their place" in lines
    assert time.monotonic() - began < 100


def test_what_the_store_does_not_permit_is_listed_and_a_store_in_trouble_ends_the_check(old: TakenOver) -> None:
    run = old.run()
    old.store.table["ListObjectsV2"] = DENIED
    code, lines = old.check()
    assert code == 1 and any(line.startswith(f"cannot be read: run {run}: ") and "does not let the server" in line for line in lines)
    old.store.table["ListObjectsV2"] = error(503, "SlowDown")
    code, lines = old.check()
    assert code == 3 and lines[-1].startswith("not checked: ")
