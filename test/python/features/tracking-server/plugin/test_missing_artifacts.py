"""Which artifacts this server cannot read."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import databases
import missing_artifacts
import pytest
import sqlalchemy
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from missing_artifacts import Thing
from mlflow.store.model_registry.dbmodels.models import SqlModelVersion, SqlModelVersionTag, SqlRegisteredModel
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlLoggedModel, SqlRun, SqlTraceInfo, SqlTraceTag
from stores import DENIED, in_memory, raising

ROOT = "s3://artifacts/mlflow"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseClient]:
    with in_memory() as client:
        client.create_bucket(Bucket="artifacts")
        monkeypatch.setattr(missing_artifacts.STORE, "current", lambda: client)
        yield client


@pytest.fixture
def engine() -> Iterator[sqlalchemy.Engine]:
    with databases.in_memory() as made:
        yield made


def things(engine: sqlalchemy.Engine) -> list[tuple[str, str, str]]:
    with engine.connect() as connection:
        return [tuple(each) for each in missing_artifacts.things(connection)]


def model(model_id: str, place: str) -> SqlLoggedModel:
    return SqlLoggedModel(
        model_id=model_id, experiment_id=1, name="m", artifact_location=place, creation_timestamp_ms=0, last_updated_timestamp_ms=0, status=0
    )


def version(number: int, source: str, **others: Any) -> SqlModelVersion:
    return SqlModelVersion(name="registered", version=number, source=source, **others)


def test_all_that_has_artifacts_is_found_and_names_are_looked_up(engine: sqlalchemy.Engine) -> None:
    databases.add(
        engine, SqlExperiment(experiment_id=1, name="e", artifact_location="mlflow-artifacts:/1"),
        SqlRun(run_uuid="run", experiment_id=1, artifact_uri="mlflow-artifacts:/1/run/artifacts/"), model("m-1", "mlflow-artifacts:/1/models/m-1"),
        SqlRegisteredModel(name="registered"), version(1, "runs:/run/model"), version(2, "models:/m-1"), version(3, "runs:/gone/model"),
        version(4, "s3://x/y", storage_location="s3://x/z"), version(5, "a prompt"),
        SqlModelVersionTag(name="registered", version=5, key="mlflow.prompt.is_prompt", value="true"),
        *(SqlTraceInfo(request_id=name, experiment_id=1, timestamp_ms=0, status="OK") for name in ("tr-1", "tr-2", "tr-3")),
        SqlTraceTag(request_id="tr-1", key="mlflow.artifactLocation", value="mlflow-artifacts:/1/traces/tr-1"),
        SqlTraceTag(request_id="tr-2", key="mlflow.trace.spansLocation", value="TRACKING_STORE"),
        SqlTraceTag(request_id="tr-3", key="mlflow.trace.spansLocation", value="ARCHIVE_REPO"),
        SqlTraceTag(request_id="tr-3", key=missing_artifacts.MLFLOW_TRACE_ARCHIVE_LOCATION, value="mlflow-artifacts:/1/archive"))
    assert things(engine) == [
        ("experiment", "1", "mlflow-artifacts:/1"),
        ("run", "run", "mlflow-artifacts:/1/run/artifacts/"),
        ("logged model", "m-1", "mlflow-artifacts:/1/models/m-1"),
        ("model version", "registered/1", "mlflow-artifacts:/1/run/artifacts/model"),
        ("model version", "registered/2", "mlflow-artifacts:/1/models/m-1"),
        ("model version", "registered/3", "runs:/gone/model"),
        ("model version", "registered/4", "s3://x/z"),
        ("trace", "tr-1", "mlflow-artifacts:/1/traces/tr-1"),
        ("trace", "tr-3", "mlflow-artifacts:/1/archive"),
    ]


def test_no_row_is_lost_between_pages(engine: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing_artifacts, "PAGE", 2)
    databases.add(engine, SqlExperiment(experiment_id=1, name="e"), *(SqlRun(run_uuid=f"run-{each}", experiment_id=1) for each in range(5)))
    assert [name for kind, name, _ in things(engine) if kind == "run"] == [f"run-{each}" for each in range(5)]
    batches = list(missing_artifacts.batches(Thing("run", str(each), "") for each in range(5)))
    assert [len(batch) for batch in batches] == [2, 2, 1]


@pytest.mark.parametrize(("place", "problem"), [
    ("", "no place is known"),
    ("/mlruns/1/run/artifacts", "a folder of the machine that a former server ran on"),
    ("file:///mlruns/1", "a folder of the machine that a former server ran on"),
    ("runs:/gone/model", "the database does not know what it names"),
    ("gs://bucket/1", f"a place of a former server, which this one does not open: it opens {ROOT}"),
    ("https://elsewhere.example.com/1", f"a place of a former server, which this one does not open: it opens {ROOT}"),
    ("s3://others/1", f"another bucket: this server opens {ROOT} only"),
    ("s3://artifacts/1", f"another prefix: this server opens {ROOT} only"),
    ("mlflow-artifacts:/1/nothing", f"nothing is at {ROOT}/1/nothing"),
    ("mlflow-artifacts:/1/run/artifacts", None),
    (f"{ROOT}/1/run/artifacts", None),
])
def test_a_place_is_readable_where_this_server_opens_it_and_something_is_there(s3: BaseClient, place: str, problem: str | None) -> None:
    s3.put_object(Bucket="artifacts", Key="mlflow/1/run/artifacts/a", Body=b"")
    found = missing_artifacts.checked(Thing("run", "r", place), ROOT)
    assert (found and found.problem) == problem


def test_an_experiment_need_not_have_anything(s3: BaseClient) -> None:
    assert missing_artifacts.checked(Thing("experiment", "1", "mlflow-artifacts:/1"), ROOT) is None


def test_a_store_that_lets_the_server_not_look_is_a_finding_and_one_that_is_away_none(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    thing = Thing("run", "r", f"{ROOT}/1")
    monkeypatch.setattr(s3, "list_objects_v2", raising(DENIED))
    found = missing_artifacts.checked(thing, ROOT)
    assert found is not None and "does not let the server do this" in found.problem
    monkeypatch.setattr(s3, "list_objects_v2", raising(EndpointConnectionError(endpoint_url="http://minio")))
    with pytest.raises(missing_artifacts.Unanswered):
        missing_artifacts.checked(thing, ROOT)


THERE, EMPTY, GONE = f"{ROOT}/1/there", f"{ROOT}/1/empty", "/mlruns/1"


@pytest.mark.parametrize(("all_things", "code", "said"), [
    ([Thing("run", "a", THERE)], 0, ["runs: 1, of which 0 cannot be read"]),
    ([Thing("run", "a", THERE), Thing("run", "b", EMPTY)], 2, [
        f"empty: run b: {EMPTY}: nothing is at {EMPTY}", "runs: 2, of which 0 cannot be read, 1 have nothing at their place",
        "Whether a run ever had artifacts the database does not know. Compare one of them with the former server."]),
    ([Thing("run", "a", THERE), Thing("trace", "t", GONE), Thing("trace", "u", "")], 1, [
        f"cannot be read: trace t: {GONE}: a folder of the machine that a former server ran on", "cannot be read: trace u: (none): no place is known",
        "runs: 1, of which 0 cannot be read", "traces: 2, of which 2 cannot be read"]),
    ([Thing("run", "b", EMPTY)], 2, [
        f"empty: run b: {EMPTY}: nothing is at {EMPTY}", "runs: 1, of which 0 cannot be read, 1 have nothing at their place",
        "Whether a run ever had artifacts the database does not know. Compare one of them with the former server.",
        f"No run has anything below {ROOT}: did the former server's --artifacts-destination have another prefix? Write that as artifactStore.prefix.",
    ]),
])
def test_the_summary_and_the_code_tell_what_is_missing(s3: BaseClient, all_things: list[Thing], code: int, said: list[str]) -> None:
    s3.put_object(Bucket="artifacts", Key="mlflow/1/there/a", Body=b"")
    lines: list[str] = []
    assert missing_artifacts.check(all_things, ROOT, lines.append) == code
    assert lines == said


def test_a_database_that_does_not_answer_leaves_all_unchecked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", "sqlite:////nowhere/database")
    assert missing_artifacts.main() == 3
    assert capsys.readouterr().out.startswith("not checked: ")


def test_it_reads_the_database_and_the_store_of_the_server(s3: BaseClient, engine: sqlalchemy.Engine, monkeypatch: pytest.MonkeyPatch,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    databases.add(engine, SqlExperiment(experiment_id=1, name="e", artifact_location=GONE))
    monkeypatch.setattr(missing_artifacts.sqlalchemy, "create_engine", lambda _: engine)
    monkeypatch.setenv("MLFLOW_ARTIFACTS_DESTINATION", f"{ROOT}/")
    assert missing_artifacts.main() == 1
    assert capsys.readouterr().out.endswith("experiments: 1, of which 1 cannot be read\n")
