"""What clients are told of the object store's trouble, in MLflow's codes: they try again, for minutes, where that may help, and only there."""
from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from boto3.exceptions import Boto3Error, RetriesExceededError, S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    NOT_IMPLEMENTED,
    PERMISSION_DENIED,
    RESOURCE_DOES_NOT_EXIST,
    RESOURCE_EXHAUSTED,
    TEMPORARILY_UNAVAILABLE,
    ErrorCode,
)

Code: TypeAlias = ErrorCode.ValueType

# By the store's own code, where that tells more than the status.
CODES = {
    **dict.fromkeys(["NoSuchKey", "NoSuchBucket", "NoSuchUpload"], RESOURCE_DOES_NOT_EXIST),
    **dict.fromkeys(["AccessDenied", "InvalidObjectState"], PERMISSION_DENIED),
    **dict.fromkeys(["QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "InsufficientCapacity"],
                    RESOURCE_EXHAUSTED),
    **dict.fromkeys(["XMinioObjectExistsAsDirectory", "XMinioParentIsObject"], INVALID_PARAMETER_VALUE),
    # The server's own settings are wrong, or the clock is; the same request may do once somebody has mended them.
    **dict.fromkeys(["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "RequestTimeTooSkewed",
                     "AuthorizationHeaderMalformed", "AccountProblem", "NotSignedUp", "UserSuspended", "IllegalLocationConstraintException"],
                    TEMPORARILY_UNAVAILABLE),
    **dict.fromkeys(["RequestTimeout", "SlowDown", "Throttling", "OperationAborted", "BadDigest", "XAmzContentSHA256Mismatch"],
                    TEMPORARILY_UNAVAILABLE),
}

# Of an answer without a body, or with a code that is not above.
STATUSES = {403: PERMISSION_DENIED, 404: RESOURCE_DOES_NOT_EXIST, 405: NOT_IMPLEMENTED, 501: NOT_IMPLEMENTED, 507: RESOURCE_EXHAUSTED}

# Client errors of HTTP that pass, or that are the server's own.
PASSING = {401, 407, 408, 409, 421, 423, 425, 429}

FULL = {errno.ENOSPC, errno.EDQUOT}

MESSAGES = {
    RESOURCE_DOES_NOT_EXIST: "No such artifact: '{what}'",
    PERMISSION_DENIED: "The object store does not let the server do this with '{what}': {reason}",
    RESOURCE_EXHAUSTED: "There is no room for '{what}': {reason}",
    INVALID_PARAMETER_VALUE: "The object store refuses '{what}': {reason}",
    NOT_IMPLEMENTED: "The object store does not know how to do this with '{what}': {reason}",
    TEMPORARILY_UNAVAILABLE: "The object store is not available for '{what}'. The server's log says why.",
}


class NoRoom(MlflowException):
    """A full store or disk. MLflow has no code for it that clients do not take for passing: 507 is one."""

    def __init__(self, message: str) -> None:
        super().__init__(message, error_code=RESOURCE_EXHAUSTED)

    def get_http_status_code(self) -> int:
        return 507


@contextmanager
def told_to_clients(what: str) -> Iterator[None]:
    """Raises the store's trouble as MLflow's exceptions. what: the path of the artifact."""
    try:
        yield
    except Exception as raised:
        error = original(raised)
        code = code_of(error)
        if code is None:
            raise
        if code not in (RESOURCE_DOES_NOT_EXIST, PERMISSION_DENIED):
            print(f"object store: '{what}': {error or type(error).__name__}", flush=True)
        raise exception(code, MESSAGES[code].format(what=what, reason=reason(error))) from error


def exception(code: Code, message: str) -> MlflowException:
    """MLflow's exception of a code, with the status that clients are to get."""
    return NoRoom(message) if code == RESOURCE_EXHAUSTED else MlflowException(message, error_code=code)


def original(error: BaseException) -> BaseException:
    """What boto3 and MLflow wrapped into exceptions of their own."""
    if isinstance(error, RetriesExceededError):
        return original(error.last_exception)
    cause = error.__context__
    return cause if isinstance(error, S3UploadFailedError | MlflowException) and cause is not None and isinstance(cause, ClientError) else error


def code_of(error: BaseException) -> Code | None:
    """MLflow's code for trouble of the store, or None for what is another's."""
    if isinstance(error, ClientError):
        return code_of_answer(error)
    if isinstance(error, ParamValidationError):
        return INVALID_PARAMETER_VALUE
    if isinstance(error, BotoCoreError | Boto3Error | ResponseParserError | ConnectionError | TimeoutError):
        return TEMPORARILY_UNAVAILABLE
    if isinstance(error, OSError):
        return RESOURCE_EXHAUSTED if error.errno in FULL else None
    return None


def code_of_answer(error: ClientError) -> Code:
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    known = CODES.get(code) or STATUSES.get(status)
    if known is not None:
        return known
    return INVALID_PARAMETER_VALUE if 400 <= status < 500 and status not in PASSING else TEMPORARILY_UNAVAILABLE


def reason(error: BaseException) -> str:
    """What the store says of it, without the operation's name."""
    if isinstance(error, ClientError):
        return str(error.response["Error"].get("Message") or error.response["Error"].get("Code", ""))
    return str(error)
