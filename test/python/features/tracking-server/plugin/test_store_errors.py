"""What clients are told of the store's trouble."""
from __future__ import annotations

import errno

import pytest
import store_errors
from boto3.exceptions import RetriesExceededError, S3UploadFailedError
from botocore.exceptions import EndpointConnectionError, ParamValidationError
from botocore.parsers import ResponseParserError
from mlflow.exceptions import MlflowException
from store_errors import told_to_clients
from stores import DENIED, NOT_IMPLEMENTED, TROUBLE, error


def told(problem: BaseException) -> MlflowException:
    with pytest.raises(MlflowException) as raised, told_to_clients("1/model.pkl"):
        raise problem
    return raised.value


AWAY = EndpointConnectionError(endpoint_url="http://minio")
TEMPORARILY = "The object store is not available for '1/model.pkl'. The server's log says why."


@pytest.mark.parametrize(("problem", "status", "message"), [
    (error("NoSuchKey", 404), 404, "No such artifact: '1/model.pkl'"),
    (error("404", 404), 404, "No such artifact: '1/model.pkl'"),
    (DENIED, 403, "The object store does not let the server do this with '1/model.pkl': no"),
    (error("QuotaExceeded", 400), 507, "There is no room for '1/model.pkl': no"),
    (error("Unknown", 507), 507, "There is no room for '1/model.pkl': no"),
    (OSError(errno.ENOSPC, "No space left on device"), 507, "There is no room for '1/model.pkl': [Errno 28] No space left on device"),
    (NOT_IMPLEMENTED, 501, "The object store does not know how to do this with '1/model.pkl': no"),
    (error("KeyTooLongError", 400), 400, "The object store refuses '1/model.pkl': no"),
    (ParamValidationError(report="Invalid length"), 400, "The object store refuses '1/model.pkl': Parameter validation failed:\nInvalid length"),
    (error("InvalidAccessKeyId", 403), 503, TEMPORARILY),
    (error("SomethingNew", 409), 503, TEMPORARILY),
    (TROUBLE, 503, TEMPORARILY),
    (AWAY, 503, TEMPORARILY),
    (ConnectionResetError(), 503, TEMPORARILY),
    (ResponseParserError("a page"), 503, TEMPORARILY),
])
def test_clients_try_again_where_that_may_help_and_only_there(problem: Exception, status: int, message: str) -> None:
    raised = told(problem)
    assert (raised.get_http_status_code(), raised.message) == (status, message)


@pytest.mark.parametrize("problem", [ValueError("a fault"), FileNotFoundError(errno.ENOENT, "no"), MlflowException("another's")])
def test_what_is_not_the_stores_is_not_told_as_its_trouble(problem: Exception) -> None:
    with pytest.raises(type(problem)) as raised, told_to_clients("1"):
        raise problem
    assert raised.value is problem


def test_what_boto3_wrapped_is_told_as_what_it_was() -> None:
    assert told(RetriesExceededError(AWAY)).get_http_status_code() == 503
    try:
        try:
            raise DENIED
        except type(DENIED):
            raise S3UploadFailedError("Failed to upload") from None
    except S3UploadFailedError as wrapped:
        assert store_errors.original(wrapped) is DENIED


@pytest.mark.parametrize(("problem", "is_logged"), [(AWAY, True), (DENIED, False), (error("NoSuchKey", 404), False)])
def test_the_log_says_what_clients_are_not_told(problem: Exception, is_logged: bool, capsys: pytest.CaptureFixture[str]) -> None:
    told(problem)
    assert ("object store: '1/model.pkl': " in capsys.readouterr().out) is is_logged
