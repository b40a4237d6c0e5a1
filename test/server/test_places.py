"""Nobody reads, writes or deletes what is not theirs by naming its place in the store; and the server opens no place but its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from platform_process import ADMINISTRATOR, Platform

API = "/api/2.0/mlflow"
ANNA = ("anna", "annas-long-password")
BERT = ("bert", "berts-long-password")
SECRET = b"ANNAS SECRET"
ATTACHMENT = "00000000-0000-4000-8000-000000000000"

User = tuple[str, str]


class Anna:
    """What Anna has: an experiment with a run, whose artifacts hold a secret, a registered model, and a trace."""

    def __init__(self, platform: Platform, user: User | None) -> None:
        self.platform, self.user = platform, user
        self.experiment = post(platform, user, f"{API}/experiments/create", name=f"annas-{uuid.uuid4().hex}")["experiment_id"]
        run = post(platform, user, f"{API}/runs/create", experiment_id=self.experiment)["run"]["info"]
        self.run, self.artifact_uri = run["run_id"], run["artifact_uri"]
        for path in ("model/secret.txt", "traces.json", f"attachments/{ATTACHMENT}", "traces.pb"):
            place = f"{self.experiment}/{self.run}/artifacts/{path}"
            answer = platform.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{place}", user, data=SECRET)
            assert answer.status_code == 200, answer.text
        self.model = f"annas-model-{uuid.uuid4().hex}"
        post(platform, user, f"{API}/registered-models/create", name=self.model)
        post(platform, user, f"{API}/model-versions/create", name=self.model, source=f"{self.artifact_uri}/model", run_id=self.run)
        logged = post(platform, user, f"{API}/logged-models", experiment_id=self.experiment, name="logged")["model"]["info"]
        self.logged_model, self.logged_uri = logged["model_id"], logged["artifact_uri"]
        place = self.logged_uri.removeprefix("mlflow-artifacts:/")
        assert platform.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{place}/secret.txt", user, data=SECRET).status_code == 200

    @property
    def folder(self) -> str:
        """The run's folder in the bucket."""
        return f"{self.experiment}/{self.run}/artifacts"

    def places(self) -> list[str]:
        """Ways to name what is in the run."""
        bucket = f"s3://{self.platform.bucket}"
        inside = [self.folder, f"{self.folder}/model", self.experiment, f"./{self.folder}", f"x/../{self.folder}", f"%2e/{self.folder}"]
        return [
            bucket, f"{bucket}/", *(f"{bucket}/{place}" for place in inside),
            f"S3://{self.platform.bucket}/{self.folder}", f"s3://{self.platform.bucket}//{self.folder}", f"s3a://{self.platform.bucket}/{self.folder}",
            f"s3:/{self.platform.bucket}/{self.folder}", f" s3://{self.platform.bucket}/{self.folder}",
            *(f"mlflow-artifacts:/{place}" for place in inside), f"mlflow-artifacts:///{self.folder}", f"mlflow-artifacts:{self.folder}",
            f"mlflow-artifacts://{self.folder}", f"mlflow-artifacts://localhost:5000/{self.folder}",
            f"{self.platform.url}/api/2.0/mlflow-artifacts/artifacts/{self.folder}", f"http://127.0.0.1:5000/api/2.0/mlflow-artifacts/artifacts/{self.folder}",
            f"runs:/{self.run}/model", f"runs:/{self.run}", f"runs://tracking@{self.run}/model", f"models:/{self.model}/1", f"models:/{self.model}/latest",
            f"models:/{self.logged_model}", f"models:///{self.model}/1", f"MODELS:/{self.model}/1", f"Runs:/{self.run}/model",
            "/run/secrets/credentials", "file:///run/secrets/credentials", "file:/run/secrets/credentials", "/",
        ]

    def untouched(self) -> dict[str, str]:
        found = self.platform.store.s3.list_objects_v2(Bucket=self.platform.bucket, Prefix=f"{self.experiment}/")
        return {each["Key"]: each["ETag"] for each in found["Contents"]}


def post(platform: Platform, user: User | None, path: str, **body: Any) -> dict[str, Any]:
    answer = platform.call("POST", path, user, json=body)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
    return dict(answer.json())


def make_users(platform: Platform) -> None:
    for name, password in (ANNA, BERT):
        platform.call("POST", f"{API}/users/create", ADMINISTRATOR, json={"username": name, "password": password})


@pytest.fixture(scope="module")
def anna(with_users: Platform) -> Anna:
    make_users(with_users)
    return Anna(with_users, ANNA)


@pytest.fixture
def unharmed(anna: Anna) -> Iterator[None]:
    before = anna.untouched()
    yield
    assert anna.untouched() == before


def read(platform: Platform, user: User | None, route: str, parameters: dict[str, str], paths: list[str]) -> bytes:
    return b"\n".join(platform.call("GET", route, user, params={**parameters, "path": path}).content for path in paths)


INSIDE = ["secret.txt", "model/secret.txt", "PGPASSWORD"]


def of_model(platform: Platform, user: User | None, model: str) -> bytes:
    """What a user gets to read of a model version."""
    return read(platform, user, "/model-versions/get-artifact", {"name": model, "version": "1"}, ["", *INSIDE])


def of_run(platform: Platform, user: User | None, run: str) -> bytes:
    return read(platform, user, "/get-artifact", {"run_id": run}, INSIDE) + read(platform, user, f"{API}/artifacts/list", {"run_id": run}, ["", "model"])


def of_trace(platform: Platform, user: User | None, trace: str) -> bytes:
    route = "/ajax-api/2.0/mlflow/get-trace-artifact"
    return platform.call("GET", route, user, params={"request_id": trace}).content + read(platform, user, route, {"request_id": trace}, [ATTACHMENT])


def berts_things(platform: Platform, user: User | None, location: str | None = None) -> tuple[str, str] | None:
    """An experiment and a run of Bert's, or None where its place is refused."""
    body = {"name": f"berts-{uuid.uuid4().hex}", **({"artifact_location": location} if location is not None else {})}
    answer = platform.call("POST", f"{API}/experiments/create", user, json=body)
    if answer.status_code != 200:
        assert 400 <= answer.status_code < 500, answer.text
        return None
    experiment = answer.json()["experiment_id"]
    return experiment, post(platform, user, f"{API}/runs/create", experiment_id=experiment)["run"]["info"]["run_id"]


def trace_of(platform: Platform, user: User | None, experiment: str, tags: dict[str, str] | None = None) -> str:
    trace = f"tr-{uuid.uuid4().hex}"
    info = {"trace_id": trace, "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
            "request_time": "2026-11-25T00:00:00Z", "state": "OK", "tags": tags or {}}
    answer = platform.call("POST", "/api/3.0/mlflow/traces", user, json={"trace": {"trace_info": info}})
    return trace if answer.status_code == 200 else ""


def otlp_span(experiment_attributes: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """A span in OTLP's JSON, which the trace's tags are in, and the id of its trace."""
    identifier = uuid.uuid4()
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in experiment_attributes.items()]
    span = {"traceId": identifier.hex, "spanId": identifier.hex[:16], "name": "span", "startTimeUnixNano": "1764000000000000000",
            "endTimeUnixNano": "1764000001000000000", "attributes": attributes}
    return f"tr-{identifier.hex}", {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


# Fields that may name a place, and why none of them leads to what is not the caller's.
FIELDS = {
    "tried in this file": ["CreateExperiment.artifact_location", "CreateModelVersion.source"],
    "below a run, a model or an experiment whose permission MLflow checks": [
        "AbortMultipartUpload.path", "CompleteMultipartUpload.parts.url", "CompleteMultipartUpload.path", "CreateMultipartUpload.path",
        "CreatePresignedDownloadUrl.path", "CreatePresignedUploadUrl.path", "ListArtifacts.path", "ListLoggedModelArtifacts.artifact_directory_path"],
    "workspaces are off, and their settings are administrators'": [
        "CreateWorkspace.default_artifact_root", "CreateWorkspace.trace_archival_config.location",
        "UpdateWorkspace.default_artifact_root", "UpdateWorkspace.trace_archival_config.location"],
    "MLflow's own check of webhooks: https to public addresses, or what the environment file names": ["CreateWebhook.url", "UpdateWebhook.url"],
    "kept and shown, never opened by the server": [
        "CreateDataset.profile", "CreateDataset.source", "CreateIssue.root_causes", "CreateMCPAccessEndpointRequest.url", "CreateMCPServerVersionRequest.source",
        "LogInputs.datasets.dataset.profile", "LogInputs.datasets.dataset.source", "LogInputs.datasets.dataset.source_type", "ServerJSONPackagePayload.registryBaseUrl",
        "ServerJSONPayload.repository", "ServerJSONPayload.websiteUrl", "ServerJSONRemotePayload.url", "ServerJSONRepositoryPayload.source",
        "ServerJSONRepositoryPayload.url", "UpdateMCPAccessEndpointRequest.url"],
    "no place: an identifier, a kind, a number, a list of fields": [
        "CreateAssessment.assessment.source.source_id", "CreateGatewayBudgetPolicy.target_value", "CreateGatewayEndpointBinding.resource_id",
        "CreateGatewayEndpointBinding.resource_type", "CreateIssue.source_run_id", "CreateLoggedModel.source_run_id", "DeleteGatewayEndpointBinding.resource_id",
        "DeleteGatewayEndpointBinding.resource_type", "GetOnlineTraceDetails.source_databricks_request_id", "GetOnlineTraceDetails.source_inference_table",
        "ListGatewayEndpointBindings.resource_id", "ListGatewayEndpointBindings.resource_type", "StartTraceV3.trace.trace_info.assessments.source.source_id",
        "UpdateAssessment.assessment.source.source_id", "UpdateAssessment.update_mask.paths", "UpdateGatewayBudgetPolicy.target_value"],
    "of what is not offered: jobs and the assistant": [
        "CreatePromptOptimizationJob.source_prompt_uri", "MessageResponse.stream_url", "SkillsInstallRequest.custom_path", "SkillsInstallResponse.skills_directory"],
    "in answers only": ["MCPAccessEndpointResponse.url", "MCPAccessEndpointSummaryResponse.url", "MCPServerResponse.access_endpoints",
                        "MCPServerVersionResponse.source", "SearchMCPAccessEndpointsResponse.mcp_access_endpoints"],
}


def test_every_field_that_may_name_a_place_is_known(local: Platform) -> None:
    known = {field for fields in FIELDS.values() for field in fields}
    assert [field for field in local.client("place_fields.py").split() if field not in known] == []


@pytest.mark.usefixtures("unharmed")
def test_a_model_version_names_no_place_that_is_not_the_callers(anna: Anna, with_users: Platform) -> None:
    _, run = berts_things(with_users, BERT) or ("", "")
    holes = []
    for place in anna.places():
        for more in ({}, {"run_id": run}, {"run_id": anna.run}, {"model_id": anna.logged_model}):
            model = f"berts-{uuid.uuid4().hex}"
            post(with_users, BERT, f"{API}/registered-models/create", name=model)
            with_users.call("POST", f"{API}/model-versions/create", BERT, json={"name": model, "source": place, **more})
            if SECRET in of_model(with_users, BERT, model):
                holes.append((place, more))
    assert not holes


@pytest.mark.usefixtures("unharmed")
def test_an_experiment_is_at_no_place_that_is_not_the_callers(anna: Anna, with_users: Platform) -> None:
    holes = []
    for place in anna.places():
        things = berts_things(with_users, BERT, place)
        if things is None:
            continue
        experiment, run = things
        with_users.call("POST", "/ajax-api/2.0/mlflow/upload-artifact", BERT, params={"run_uuid": run, "path": "model/evil.txt"}, data=b"evil")
        with_users.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{anna.folder}/evil.txt", BERT, data=b"evil")
        if SECRET in of_run(with_users, BERT, run) + of_trace(with_users, BERT, trace_of(with_users, BERT, experiment)):
            holes.append(place)
    assert not holes


@pytest.mark.usefixtures("unharmed")
def test_a_trace_is_at_no_place_that_is_not_the_callers(anna: Anna, with_users: Platform) -> None:
    experiment, _ = berts_things(with_users, BERT) or ("", "")
    holes = []
    for place in anna.places():
        named = {"mlflow.artifactLocation": place, "mlflow.trace.archiveLocation": place, "mlflow.trace.spansLocation": "ARCHIVE_REPO"}
        at_start = trace_of(with_users, BERT, experiment, named)
        later = trace_of(with_users, BERT, experiment)
        for key, value in named.items():
            for version in ("2.0", "3.0"):
                with_users.call("PATCH", f"/api/{version}/mlflow/traces/{later}/tags", BERT, json={"key": key, "value": value})
        by_spans, spans = otlp_span({f"mlflow.traceTag.{key}": value for key, value in named.items()})
        with_users.call("POST", "/v1/traces", BERT, json=spans, headers={"x-mlflow-experiment-id": experiment})
        for trace in (at_start, later, by_spans):
            if SECRET in of_trace(with_users, BERT, trace):
                holes.append((place, ("at its start", "by a tag", "by a span")[(at_start, later, by_spans).index(trace)]))
            with_users.call("POST", f"{API}/traces/delete-traces", BERT, json={"experiment_id": experiment, "request_ids": [trace]})
    assert not holes


@pytest.mark.parametrize("place", ["s3://BUCKET", "s3://BUCKET/7", "/run/secrets/credentials", "file:///run/secrets/credentials",
                                   "gs://BUCKET", "wasbs://x@y.blob.core.windows.net/z", "dbfs:/x", "ftp://127.0.0.1/x", "http://127.0.0.1:1/x"])
def test_in_every_mode_the_server_opens_no_place_but_its_own(local: Platform, place: str) -> None:
    store, bucket = local.store.s3, f"somebody-elses-{uuid.uuid4().hex}"
    place = place.replace("BUCKET", bucket)
    store.create_bucket(Bucket=bucket)
    for key in ("secret.txt", "7/secret.txt"):
        store.put_object(Bucket=bucket, Key=key, Body=SECRET)
    model = f"model-{uuid.uuid4().hex}"
    post(local, None, f"{API}/registered-models/create", name=model)
    local.call("POST", f"{API}/model-versions/create", json={"name": model, "source": place})
    experiment, run = berts_things(local, None, place) or berts_things(local, None) or ("", "")
    found = of_run(local, None, run) + of_model(local, None, model) + of_trace(local, None, trace_of(local, None, experiment))
    assert SECRET not in found
    assert local.password.encode() not in found
    local.call("POST", "/ajax-api/2.0/mlflow/upload-artifact", params={"run_uuid": run, "path": "evil.txt"}, data=b"evil")
    kept = store.list_objects_v2(Bucket=bucket)["Contents"]
    assert sorted(each["Key"] for each in kept) == ["7/secret.txt", "secret.txt"]
