"""The store behind the server."""
from __future__ import annotations

import importlib.metadata
import pathlib
from collections.abc import Iterator
from typing import Any

import proxied_artifacts
import pytest
from botocore.client import BaseClient
from mlflow.entities.trace_data import TraceData
from mlflow.exceptions import MlflowException, MlflowTraceDataNotFound
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, PERMISSION_DENIED, RESOURCE_DOES_NOT_EXIST, TEMPORARILY_UNAVAILABLE
from mlflow.store.artifact.artifact_repo import ArtifactRepository, MultipartDownloadMixin
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository
from proxied_artifacts import ProxiedS3ArtifactRepository
from store_errors import NoRoom
from store_patience import Patience
from stores import DENIED, error, in_memory, raising


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseClient]:
    with in_memory() as client:
        client.create_bucket(Bucket="artifacts")
        monkeypatch.setattr(proxied_artifacts.STORE, "current", lambda: client)
        monkeypatch.setattr(proxied_artifacts, "PATIENCE", Patience())
        yield client


@pytest.fixture
def repository(s3: BaseClient) -> ProxiedS3ArtifactRepository:
    return ProxiedS3ArtifactRepository("s3://artifacts/mlflow/1")


def status(call: Any, *arguments: Any) -> int:
    with pytest.raises(MlflowException) as raised:
        call(*arguments)
    return raised.value.get_http_status_code()


def test_mlflow_finds_it_for_s3_and_no_client_is_told_to_go_there_itself() -> None:
    [found] = importlib.metadata.entry_points(group="mlflow.artifact_repository", name="s3")
    assert found.load() is ProxiedS3ArtifactRepository
    assert not issubclass(ProxiedS3ArtifactRepository, MultipartDownloadMixin | S3ArtifactRepository)


def test_artifacts_come_back_as_they_went(repository: ProxiedS3ArtifactRepository, s3: BaseClient, tmp_path: pathlib.Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    repository.log_artifact(str(tmp_path / "b.txt"), "model")
    repository.log_artifacts(str(tmp_path / "folder"))
    assert sorted(each.path for each in repository.list_artifacts()) == ["a.txt", "model"]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="artifacts")["Contents"]] == ["mlflow/1/a.txt", "mlflow/1/model/b.txt"]
    assert pathlib.Path(repository.download_artifacts("model/b.txt", str(tmp_path))).read_text() == "b"
    assert sorted(each.name for each in pathlib.Path(repository.download_artifacts("model", str(tmp_path))).iterdir()) == ["b.txt"]
    repository.delete_artifacts("model")
    assert [each.path for each in repository.list_artifacts()] == ["a.txt"]


def test_an_artifact_that_is_not_there_is_told_so_and_not_as_a_fault(repository: ProxiedS3ArtifactRepository, tmp_path: pathlib.Path) -> None:
    assert status(repository._download_file, "nothing", str(tmp_path / "x")) == 404


def test_an_upload_that_the_store_refuses_says_why(repository: ProxiedS3ArtifactRepository, s3: BaseClient, monkeypatch: pytest.MonkeyPatch,
                                                  tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_text("a")
    monkeypatch.setattr(repository._store, "log_artifact", raising(DENIED))
    with pytest.raises(MlflowException, match="does not let the server do this with 'model/a'"):
        repository.log_artifact(str(tmp_path / "a"), "model")


def test_a_download_that_is_refused_without_a_reason_is_asked_again_by_a_call_that_has_one(
        repository: ProxiedS3ArtifactRepository, s3: BaseClient, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    refused = error("403", 403)
    refused.operation_name = "HeadObject"
    monkeypatch.setattr(s3, "download_file", raising(refused))
    monkeypatch.setattr(s3, "get_object", raising(error("InvalidAccessKeyId", 403)))
    assert status(repository._download_file, "a", str(tmp_path / "x")) == 503


def test_a_disk_without_room_is_told_as_such_from_a_download_of_many(
    repository: ProxiedS3ArtifactRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ArtifactRepository, "download_artifacts", raising(NoRoom("There is no room")))
    assert status(repository.download_artifacts, "a") == 507
    monkeypatch.setattr(ArtifactRepository, "download_artifacts", raising(MlflowException("no", error_code=PERMISSION_DENIED)))
    assert status(repository.download_artifacts, "a") == 403


def test_a_key_that_may_read_and_not_list_reads_files(repository: ProxiedS3ArtifactRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository._store, "list_artifacts", raising(DENIED))
    assert repository._is_directory("a") is False
    monkeypatch.setattr(repository._store, "list_artifacts", raising(error("SlowDown", 503)))
    assert status(repository._is_directory, "a") == 503


@pytest.mark.parametrize("method", ["download_trace_data", "download_trace_data_to_file"])
def test_a_trace_is_missing_only_where_it_is(repository: ProxiedS3ArtifactRepository, s3: BaseClient, monkeypatch: pytest.MonkeyPatch,
                                             tmp_path: pathlib.Path, method: str) -> None:
    arguments = [tmp_path / "traces.json"] if method.endswith("file") else []
    with pytest.raises(MlflowTraceDataNotFound):
        getattr(repository, method)(*arguments)
    monkeypatch.setattr(repository._store, "_download_file", raising(error("SlowDown", 503)))
    assert status(getattr(repository, method), *arguments) == 503


def test_a_trace_comes_back_as_it_is_in_the_store(repository: ProxiedS3ArtifactRepository, s3: BaseClient, tmp_path: pathlib.Path) -> None:
    s3.put_object(Bucket="artifacts", Key="mlflow/1/traces.json", Body=b'{"spans": []}')
    assert repository.download_trace_data() == {"spans": []}
    assert repository.download_trace_data_to_file(tmp_path / "traces.json").read_text() == '{"spans": []}'


def test_an_archive_that_cannot_be_read_is_not_taken_for_an_empty_one(repository: ProxiedS3ArtifactRepository, s3: BaseClient,
                                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ArtifactRepository, "download_archived_trace_data", lambda _: TraceData(spans=[]))
    assert repository.download_archived_trace_data().spans == []
    s3.put_object(Bucket="artifacts", Key=f"mlflow/1/{proxied_artifacts.TRACE_ARCHIVAL_FILENAME}", Body=b"")
    assert status(repository.download_archived_trace_data) == 503


def test_an_archive_goes_to_the_store(repository: ProxiedS3ArtifactRepository, s3: BaseClient) -> None:
    repository.upload_archived_trace_data_bytes(b"archive")
    assert s3.get_object(Bucket="artifacts", Key=f"mlflow/1/{proxied_artifacts.TRACE_ARCHIVAL_FILENAME}")["Body"].read() == b"archive"


@pytest.mark.parametrize(("cause", "raised"), [
    (MlflowException("not there", error_code=RESOURCE_DOES_NOT_EXIST), MlflowTraceDataNotFound),
    (MlflowException("away", error_code=TEMPORARILY_UNAVAILABLE), MlflowException),
    (MlflowException("a fault", error_code=INTERNAL_ERROR), MlflowException),
    (None, MlflowTraceDataNotFound),
])
def test_only_what_is_not_there_is_missing(cause: Exception | None, raised: type[Exception]) -> None:
    def download() -> None:
        raise MlflowTraceDataNotFound(request_id="tr-1") from cause

    with pytest.raises(raised) as error:
        proxied_artifacts.only_if_missing(download)
    assert type(error.value) is raised
