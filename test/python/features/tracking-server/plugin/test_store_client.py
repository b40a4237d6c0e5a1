"""The server's client of the store, with the keys that the Secret holds now."""
from __future__ import annotations

import pathlib
from types import SimpleNamespace
from typing import Any

import pytest
import store_client
from botocore.exceptions import ClientError, CredentialRetrievalError, EndpointConnectionError
from botocore.parsers import ResponseParserError
from clock import Clock
from store_client import StoreClient
from stores import DENIED, TROUBLE, error, in_memory, raising


class Stores:
    """What clients are built of, and which keys the store knows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
        self.built: list[tuple[str, str, str | None]] = []
        self.known = {"key-1"}
        self.asked = 0
        monkeypatch.setattr(store_client, "build", self.build)
        monkeypatch.setattr(store_client, "is_known", self.is_known)
        monkeypatch.setattr(store_client, "time", clock)

    def build(self, *files: str | None) -> Any:
        self.built.append(files)
        events = SimpleNamespace(register=lambda *_: None)
        return SimpleNamespace(meta=SimpleNamespace(events=events), key=files[0])

    def is_known(self, client: Any) -> bool:
        self.asked += 1
        return client.key in self.known


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Stores:
    return Stores(monkeypatch, clock)


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "access-key-id").write_text("key-1\n")
    (tmp_path / "secret-access-key").write_text("secret\n")
    return tmp_path


def key(client: StoreClient) -> str:
    return str(client.current().key)


def test_a_client_is_built_once_and_of_the_files(stores: Stores, folder: pathlib.Path) -> None:
    client = StoreClient(folder, lambda **_: None)
    assert [key(client), key(client)] == ["key-1", "key-1"]
    assert stores.built == [("key-1", "secret", None)]


def test_an_authority_of_ones_own_is_trusted(stores: Stores, folder: pathlib.Path) -> None:
    (folder / "ca.crt").write_text("a certificate")
    StoreClient(folder, lambda **_: None).current()
    assert stores.built == [("key-1", "secret", str(folder / "ca.crt"))]


def test_new_keys_are_used_as_soon_as_the_store_knows_them(stores: Stores, folder: pathlib.Path, clock: Clock) -> None:
    client = StoreClient(folder, lambda **_: None)
    client.current()
    (folder / "access-key-id").write_text("key-2")
    assert [key(client), key(client)] == ["key-1", "key-1"]
    assert stores.asked == 1  # not for each request
    clock.sleep(5)
    assert key(client) == "key-1"
    stores.known = {"key-2"}
    clock.sleep(5)
    assert [key(client), key(client)] == ["key-2", "key-2"]
    assert stores.asked == 3


def test_while_one_request_looks_others_go_on_with_the_former_keys(stores: Stores, folder: pathlib.Path) -> None:
    client = StoreClient(folder, lambda **_: None)
    client.current()
    (folder / "access-key-id").write_text("key-2")
    with client._lock:
        assert key(client) == "key-1"
    assert stores.asked == 0


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_keys_that_cannot_be_read_are_the_stores_trouble(stores: Stores, folder: pathlib.Path, content: bytes | None) -> None:
    (folder / "access-key-id").unlink()
    if content:
        (folder / "access-key-id").write_bytes(content)
    with pytest.raises(CredentialRetrievalError):
        StoreClient(folder, lambda **_: None).current()


def test_whoever_waits_for_the_store_hears_how_each_attempt_ended(folder: pathlib.Path) -> None:
    heard: list[object] = []
    with in_memory():
        StoreClient(folder, lambda exception, **_: heard.append(exception)).current().list_buckets()
    assert heard == [None]


@pytest.mark.parametrize(("answer", "is_known"), [
    (None, True), (DENIED, True), (error("InvalidAccessKeyId", 403), False), (TROUBLE, False), (EndpointConnectionError(endpoint_url="x"), False),
])
def test_a_key_is_known_whatever_it_may_do(answer: Exception | None, is_known: bool) -> None:
    client = SimpleNamespace(list_buckets=raising(answer) if answer else dict)
    assert store_client.is_known(client) is is_known


def test_a_client_waits_no_longer_than_a_thread_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://minio:9000")
    monkeypatch.setenv("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "path")
    made = store_client.build("key", "secret", None)
    assert made.meta.endpoint_url == "http://minio:9000"
    assert (made.meta.config.connect_timeout, made.meta.config.read_timeout, made.meta.config.retries["total_max_attempts"]) == (10, 20, 2)
    assert made.meta.config.s3 == {"addressing_style": "path"}


def test_objects_are_deleted_with_the_checksum_of_older_stores_and_not_by_half(folder: pathlib.Path) -> None:
    params: dict[str, Any] = {"body": b"abc", "headers": {}}
    store_client.with_md5(params)
    assert params["headers"] == {"Content-MD5": "kAFQmDzST7DWlj99KOF/cg=="}
    store_client.refuse_half({"Deleted": []})
    with pytest.raises(ClientError, match="AccessDenied"):
        store_client.refuse_half({"Errors": [{"Code": "AccessDenied", "Message": "no"}]})


@pytest.mark.parametrize(("operation", "parsed", "is_store"), [
    ("ListObjectsV2", {"IsTruncated": False}, True), ("ListObjectsV2", {}, False), ("PutObject", {}, False),
    ("HeadBucket", {"ResponseMetadata": {}}, True),
])
def test_what_is_no_store_is_not_taken_for_one(operation: str, parsed: dict[str, Any], is_store: bool) -> None:
    def answer(status: int) -> None:
        store_client.refuse_pages(SimpleNamespace(status_code=status), parsed, SimpleNamespace(name=operation))

    answer(404)
    if is_store:
        answer(200)
    else:
        with pytest.raises(ResponseParserError, match=f"the answer to {operation} is none that S3 gives"):
            answer(200)
