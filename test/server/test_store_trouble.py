"""What clients are told of the object store's trouble: what MLflow's clients try again, and only that, may be 408, 429 or 500 to 504."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from platform_process import Platform
from pod import REPOSITORY, eventually
from refusing_store import A_PAGE, A_PAGE_OF_403, BROKEN_OFF, DENIED, NOT_IMPLEMENTED, SILENCE, UNKNOWN_KEY, Answer, RefusingStore, error
from services import Postgres, Store

pytestmark = pytest.mark.long

FILES = "/api/2.0/mlflow-artifacts/artifacts"
TRACE = "tr-00000000000000000000000000000001"
Call = Callable[["Trouble"], requests.Response]


class Trouble:
    """A platform whose store does as a table says, with one of each thing that has artifacts."""

    def __init__(self, postgres: Postgres, store: Store) -> None:
        self.store = RefusingStore(store)
        self.platform = Platform(postgres, self.store)  # type: ignore[arg-type]
        self.call = self.platform.call
        self.experiment = self._made("experiments/create", {"name": "trouble"})["experiment_id"]
        self.run = self._made("runs/create", {"experiment_id": self.experiment})["run"]["info"]["run_id"]
        self.model = self._made("logged-models", {"experiment_id": self.experiment, "name": "m"})["model"]["info"]["model_id"]
        self._made("registered-models/create", {"name": "m"})
        self._made("model-versions/create", {"name": "m", "source": f"mlflow-artifacts:/{self.experiment}/{self.run}/artifacts/model", "run_id": self.run})
        self._make_trace()
        self.files = f"{FILES}/{self.experiment}/{self.run}/artifacts"
        self.put()

    def put(self) -> None:
        answered(self.call("PUT", f"{self.files}/there.txt", data=b"there"), 200)

    def _made(self, path: str, content: dict[str, str]) -> dict[str, dict[str, dict[str, str]]]:
        answer = self.call("POST", f"/api/2.0/mlflow/{path}", json=content)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _make_trace(self) -> None:
        place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": self.experiment}}
        trace = {"trace_id": TRACE, "trace_location": place, "request_time": "2026-01-01T00:00:00Z", "state": "OK", "execution_duration": "1s"}
        answer = self.call("POST", "/api/3.0/mlflow/traces", json={"trace": {"trace_info": trace}})
        assert answer.status_code == 200, answer.text

    def remove(self) -> None:
        self.store.remove()
        self.platform.remove()


@pytest.fixture(scope="module")
def troubles(postgres: Postgres, store: Store) -> Iterator[Trouble]:
    trouble = Trouble(postgres, store)
    yield trouble
    trouble.remove()


@pytest.fixture
def trouble(troubles: Trouble) -> Iterator[Trouble]:
    yield troubles
    troubles.store.table.clear()
    troubles.store.keys.clear()
    eventually(60, troubles.put)


def answered(answer: requests.Response, status: int) -> None:
    assert (answer.status_code, answer.text[:2000]) == (status, answer.text[:2000])


CALLS: dict[str, Call] = {
    "download": lambda it: it.call("GET", f"{it.files}/none.txt"),
    "list": lambda it: it.call("GET", FILES, params={"path": f"{it.experiment}/{it.run}/artifacts"}),
    "upload": lambda it: it.call("PUT", f"{it.files}/new.txt", data=b"x"),
    "upload of 20 MB": lambda it: it.call("PUT", f"{it.files}/large.bin", data=b"x" * 20_000_000),
    "delete": lambda it: it.call("DELETE", f"{it.files}/there.txt"),
    "artifacts/list": lambda it: it.call("GET", "/api/2.0/mlflow/artifacts/list", params={"run_id": it.run}),
    "get-artifact": lambda it: it.call("GET", "/get-artifact", params={"run_id": it.run, "path": "none.txt"}),
    "model-versions/get-artifact": lambda it: it.call("GET", "/model-versions/get-artifact", params={"name": "m", "version": "1", "path": "none.txt"}),
    "logged model": lambda it: it.call("GET", f"/ajax-api/2.0/mlflow/logged-models/{it.model}/artifacts/files", params={"artifact_file_path": "none.txt"}),
    "upload-artifact": lambda it: it.call("POST", "/ajax-api/2.0/mlflow/upload-artifact", params={"run_uuid": it.run, "path": "new.txt"}, data=b"x"),
    "trace": lambda it: it.call("GET", "/ajax-api/2.0/mlflow/get-trace-artifact", params={"request_id": TRACE}),
}

DOWNLOADS = ("download", "get-artifact", "model-versions/get-artifact", "logged model", "trace")
UPLOADS = ("upload", "upload of 20 MB", "upload-artifact")


@pytest.mark.parametrize("name", DOWNLOADS)
def test_what_is_not_there_is_404_at_once(trouble: Trouble, name: str) -> None:
    began = time.monotonic()
    answer = CALLS[name](trouble)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "NOT_FOUND" if name == "trace" else "RESOURCE_DOES_NOT_EXIST")
    assert time.monotonic() - began < 3


Row = tuple[str, dict[str, Answer], int, str]
ALL_READS = ("ListObjectsV2", "GetObject", "HeadObject")
ALL_WRITES = ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")


def of_all(said: Answer) -> dict[str, Answer]:
    """A store that says the same to every request; of a HEAD without a body."""
    return {name: said if name != "HeadObject" or said is SILENCE else said._replace(body="") for name in (*ALL_READS, *ALL_WRITES, "DeleteObjects", "ListBuckets")}


ROWS: dict[str, tuple[Answer, int, str]] = {
    "does not permit it": (DENIED, 403, "PERMISSION_DENIED"),
    "does not permit it, on a page": (A_PAGE_OF_403, 403, "PERMISSION_DENIED"),
    "does not know the key": (UNKNOWN_KEY, 503, "TEMPORARILY_UNAVAILABLE"),
    "finds another signature": (error(403, "SignatureDoesNotMatch"), 503, "TEMPORARILY_UNAVAILABLE"),
    "has another clock": (error(403, "RequestTimeTooSkewed"), 503, "TEMPORARILY_UNAVAILABLE"),
    "is in another region": (error(400, "AuthorizationHeaderMalformed", Region="eu-west-9"), 503, "TEMPORARILY_UNAVAILABLE"),
    "leads elsewhere": (error(301, "PermanentRedirect"), 503, "TEMPORARILY_UNAVAILABLE"),
    "is slow": (error(503, "SlowDown"), 503, "TEMPORARILY_UNAVAILABLE"),
    "is broken": (error(500, "InternalError"), 503, "TEMPORARILY_UNAVAILABLE"),
    "is no store but a page": (A_PAGE, 503, "TEMPORARILY_UNAVAILABLE"),
    "does not know how": (NOT_IMPLEMENTED, 501, "NOT_IMPLEMENTED"),
    "finds the key too long": (error(400, "KeyTooLongError"), 400, "INVALID_PARAMETER_VALUE"),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("row", ROWS)
def test_a_store_that(trouble: Trouble, row: str, name: str) -> None:
    said, status, code = ROWS[row]
    trouble.store.table |= of_all(said)
    answer = CALLS[name](trouble)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text
    assert ("Retry-After" in answer.headers) == (status == 503)


FULL = {
    "MinIO, full": error(507, "XMinioStorageFull"),
    "MinIO, over a bucket's quota": error(400, "XMinioAdminBucketQuotaExceeded"),
    "Ceph, over a quota": error(403, "QuotaExceeded"),
    "a proxy, full": Answer(507, "full"),
}


@pytest.mark.parametrize("name", UPLOADS)
@pytest.mark.parametrize("row", FULL)
def test_a_full_store_is_507_which_no_client_tries_again(trouble: Trouble, row: str, name: str) -> None:
    trouble.store.table |= of_all(FULL[row])
    answer = CALLS[name](trouble)
    assert (answer.status_code, answer.json()["error_code"]) == (507, "RESOURCE_EXHAUSTED")


def test_a_download_that_the_store_breaks_off_is_503(trouble: Trouble) -> None:
    trouble.store.table["GetObject"] = BROKEN_OFF
    answer = trouble.call("GET", f"{trouble.files}/there.txt")
    assert (answer.status_code, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")


def test_a_full_disk_of_the_pod_is_507(trouble: Trouble) -> None:
    answered(CALLS["upload of 20 MB"](trouble), 200)
    inside = ["nsenter", "--mount", "--target", str(trouble.platform._process.pid)]
    subprocess.run([*inside, "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/tmp"], check=True)
    try:
        answer = trouble.call("GET", f"{trouble.files}/large.bin")
        assert (answer.status_code, answer.json()["error_code"]) == (507, "RESOURCE_EXHAUSTED")
    finally:
        subprocess.run([*inside, "umount", "/tmp"], check=True)


@pytest.mark.parametrize("size", [0, 1, 8 * 2**20, 20 * 2**20 + 1])
def test_artifacts_of_any_size_come_back_as_they_were(trouble: Trouble, size: int) -> None:
    content = bytes(each % 251 for each in range(1000)) * (size // 1000) + b"x" * (size % 1000)
    answered(trouble.call("PUT", f"{trouble.files}/of-{size}.bin", data=content), 200)
    assert trouble.call("GET", f"{trouble.files}/of-{size}.bin").content == content


def test_the_store_s_own_uploads_in_parts_are_not_offered_whatever_it_says(trouble: Trouble) -> None:
    trouble.store.table |= of_all(DENIED)
    answer = trouble.call("POST", f"/api/2.0/mlflow-artifacts/mpu/create/{trouble.experiment}/x", json={"path": "file", "num_parts": 2})
    assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED")


def test_what_is_not_deleted_is_told(trouble: Trouble) -> None:
    trouble.store.table["DeleteObjects"] = Answer(200, "<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>")
    answer = CALLS["delete"](trouble)
    assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_a_key_that_may_not_list_reads_what_is_there(trouble: Trouble) -> None:
    trouble.store.table["ListObjectsV2"] = DENIED
    assert trouble.call("GET", f"{trouble.files}/there.txt").text == "there"
    assert CALLS["download"](trouble).status_code == 404


def test_clients_do_not_learn_where_the_store_is_and_the_log_does(trouble: Trouble) -> None:
    trouble.store.table |= of_all(UNKNOWN_KEY)
    answer = CALLS["list"](trouble)
    assert "minio" not in answer.text and "InvalidAccessKeyId" not in answer.text
    assert "InvalidAccessKeyId" in trouble.platform.log.read_text()


def test_a_store_that_never_answers_keeps_one_thread_at_a_time_and_none_for_a_minute(trouble: Trouble) -> None:
    trouble.store.table |= of_all(SILENCE)
    with ThreadPoolExecutor(12) as pool:
        began = time.monotonic()
        first = [pool.submit(CALLS["list"], trouble) for _ in range(4)]
        assert [each.result().status_code for each in first] == [503] * 4
        assert time.monotonic() - began < 60
        waiting = [pool.submit(CALLS[name], trouble) for name in ("list", "upload", "download") for _ in range(4)]
        time.sleep(1)
        began = time.monotonic()
        for _ in range(10):
            answered(trouble.call("POST", "/api/2.0/mlflow/experiments/search", json={"max_results": 1}), 200)
        assert time.monotonic() - began < 3
        assert len([each for each in waiting if each.done()]) == 11  # the store is asked by one request
        trouble.store.table.clear()
        assert sorted(each.result().status_code for each in waiting)[1:] == [503] * 11
    answered(CALLS["list"](trouble), 200)


def test_a_store_that_closes_connections_is_503_at_once_and_found_again_when_it_is_back(trouble: Trouble) -> None:
    trouble.store.away = True
    began = time.monotonic()
    answers = [CALLS[name](trouble) for name in ("list", "upload", "download")]
    trouble.store.away = False
    assert [(each.status_code, each.json()["error_code"]) for each in answers] == [(503, "TEMPORARILY_UNAVAILABLE")] * 3
    assert time.monotonic() - began < 10
    answered(CALLS["list"](trouble), 200)


def test_new_keys_in_the_secret_are_used_without_a_restart_once_the_store_knows_them(trouble: Trouble) -> None:
    trouble.store.keys = {"mlflow"}
    answered(CALLS["list"](trouble), 200)
    trouble.platform.server.write_volumes({"mlflow-object-store": {"access-key-id": "rotated", "secret-access-key": "another"}})
    answered(CALLS["list"](trouble), 200)  # by the old ones
    trouble.store.keys = {"rotated"}
    eventually(20, lambda: answered(CALLS["list"](trouble), 200))
    answered(CALLS["upload of 20 MB"](trouble), 200)


@pytest.mark.parametrize("release", ["2.10.0", "2.22.0", "3.1.0", "3.17.2"])
def test_clients_learn_at_once_what_is_not_there(trouble: Trouble, release: str) -> None:
    client = subprocess.run([str(REPOSITORY / ".ci/mlflow-client"), release], check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    found = json.loads(trouble.platform.client("missing.py", trouble.experiment, trouble.run, release=client))
    assert {what: ended for what, (seconds, ended) in found.items() if seconds > 5} == {}
    assert "nothing raised" not in (found["an artifact"][1], found["a model"][1])
