"""How the store is asked, and what its answers mean."""
from __future__ import annotations

import base64
import hashlib

import pytest
import store
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, SSLError
from botocore.parsers import ResponseParserError
from stores import DENIED, NOT_IMPLEMENTED, TROUBLE, error, raising


@pytest.fixture
def s3(s3: BaseClient) -> BaseClient:
    s3.create_bucket(Bucket="artifacts")
    return s3


def test_a_client_asks_once_and_where_the_variables_say() -> None:
    made = store.client({"MLFLOW_S3_ENDPOINT_URL": "http://minio:9000", "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "path"}, "key", "secret")
    assert made.meta.endpoint_url == "http://minio:9000"
    assert made.meta.config.s3 == {"addressing_style": "path"}
    assert made.meta.config.retries["total_max_attempts"] == 1


def test_a_body_has_the_checksum_that_older_stores_ask_for() -> None:
    params: dict[str, object] = {"body": b"abc", "headers": {}}
    store.with_md5(params)
    assert params["headers"] == {"Content-MD5": base64.b64encode(hashlib.md5(b"abc", usedforsecurity=False).digest()).decode()}
    empty: dict[str, object] = {"body": b"", "headers": {}}
    store.with_md5(empty)
    assert empty["headers"] == {}


@pytest.mark.parametrize(("answer", "is_trouble", "is_unknown"), [
    (TROUBLE, True, False),
    (error("InternalError", 500), True, False),
    (error("OperationAborted", 409), True, False),
    (error("TooManyRequests", 429), True, False),
    (error("RequestTimeout", 408), True, False),
    (NOT_IMPLEMENTED, False, True),
    (error("MethodNotAllowed", 405), False, True),
    (error("NotImplemented", 400), False, True),
    (DENIED, False, False),
])
def test_trouble_passes_and_what_a_store_does_not_have_it_never_will(answer: ClientError, is_trouble: bool, is_unknown: bool) -> None:
    assert store.is_trouble(answer) is is_trouble
    assert store.is_unknown(answer) is is_unknown


def test_what_is_permitted_is_returned_and_what_is_not_there_is_nothing() -> None:
    assert store.permitted("reading tags", lambda **arguments: arguments, Bucket="b") == {"Bucket": "b"}
    assert store.permitted("reading tags", raising(error("NoSuchTagSet", 404))) == {}


@pytest.mark.parametrize(("answer", "returned"), [(DENIED, None), (NOT_IMPLEMENTED, {"Unknown": True}), (ResponseParserError("a page"), None)])
def test_what_is_not_permitted_is_said(answer: Exception, returned: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert store.permitted("reading tags", raising(answer), unknown={"Unknown": True}) == returned
    assert f"reading tags: cannot, as {store.reason(answer)}" in capsys.readouterr().out


def test_trouble_is_not_taken_for_a_no() -> None:
    with pytest.raises(ClientError):
        store.permitted("reading tags", raising(TROUBLE))


def test_a_key_that_may_write_leaves_no_trace(s3: BaseClient) -> None:
    assert store.may_use(s3, "artifacts", "mlflow/") is True
    assert s3.list_multipart_uploads(Bucket="artifacts").get("Uploads", []) == []


@pytest.mark.parametrize(("answer", "may"), [(error("InvalidAccessKeyId", 403), None), (error("SignatureDoesNotMatch", 403), None), (DENIED, False)])
def test_a_key_that_is_unknown_is_told_from_one_that_may_not(
    s3: BaseClient, monkeypatch: pytest.MonkeyPatch, answer: ClientError, may: bool | None
) -> None:
    monkeypatch.setattr(s3, "create_multipart_upload", raising(answer))
    assert store.may_use(s3, "artifacts", "") is may


def test_of_a_store_in_trouble_nothing_is_known(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "list_objects_v2", raising(TROUBLE))
    with pytest.raises(ClientError):
        store.may_use(s3, "artifacts", "")


def test_a_key_that_may_not_abort_may_write_all_the_same(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "abort_multipart_upload", raising(DENIED))
    assert store.may_use(s3, "artifacts", "") is True


def certificate(what: str) -> SSLError:
    return SSLError(endpoint_url="https://minio", error=f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {what} (_ssl.c:1006)")


AUTHORITY = "Put the certificate of the authority that it is of into a Secret, and name that as artifactStore.caSecret"


@pytest.mark.parametrize(("problem", "said"), [
    (error("AccessDenied", 403, "not yours"), "the store answers 403 AccessDenied: not yours"),
    (error("400", 400, "Bad Request"), "the store answers 400 400: Bad Request (does it want https?)"),
    (error("PermanentRedirect", 301, "elsewhere", headers={"x-amz-bucket-region": "eu-west-1"}),
     "the store answers 301 PermanentRedirect: elsewhere (write artifactStore.region: eu-west-1)"),
    (error("AuthorizationHeaderMalformed", 400, "wrong", Region="eu-west-2"),
     "the store answers 400 AuthorizationHeaderMalformed: wrong (write artifactStore.region: eu-west-2)"),
    (ResponseParserError("a page"), "the store answers what S3 stores do not: is artifactStore.endpoint that of its API?"),
    (EndpointConnectionError(endpoint_url="http://minio", error="refused"), 'Could not connect to the endpoint URL: "http://minio" (refused)'),
    (certificate("unable to get local issuer certificate"),
     f"the store's certificate is not accepted: unable to get local issuer certificate. {AUTHORITY}"),
    (certificate("certificate has expired"), "the store's certificate is not accepted: certificate has expired"),
    (SSLError(endpoint_url="https://minio", error="hostname 'minio' doesn't match 'other'"),
     "the store's certificate is not accepted: hostname 'minio' doesn't match 'other'"),
])
def test_a_reason_says_what_to_do_where_that_is_known(problem: Exception, said: str) -> None:
    assert store.reason(problem) == said


def test_http_where_https_is_asked_for_is_guessed() -> None:
    assert store.reason(SSLError(endpoint_url="https://minio", error="[SSL: WRONG_VERSION_NUMBER] wrong version")).endswith(" (is it http?)")
