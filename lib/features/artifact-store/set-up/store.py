"""The object store as the set-up Job sees it: how it is asked and waited for, and what its answers mean."""
from __future__ import annotations

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, SSLError
from botocore.parsers import ResponseParserError
from waiting import say

Answer = dict[str, Any]

# What a store says of a setting that a bucket does not have.
NONE_THERE = {"NoSuchTagSet", "NoSuchTagSetError", "NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration", "NoSuchBucketPolicy"}

UNKNOWN_KEY = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "401", "Unauthorized"}


def client(environment: Mapping[str, str], key_id: str, key: str) -> BaseClient:
    """A client of the store that the variables name, as MLflow and the AWS SDKs read them, which asks once."""
    s3 = boto3.client(
        "s3",
        endpoint_url=environment.get("MLFLOW_S3_ENDPOINT_URL"),
        aws_access_key_id=key_id,
        aws_secret_access_key=key,
        config=Config(
            s3={"addressing_style": environment.get("MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "auto")},
            connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1}),
    )
    s3.meta.events.register_last("before-call.s3", with_md5)
    return s3


def with_md5(params: Answer, **_: object) -> None:
    """Adds the checksum that older stores ask for; botocore sends another one."""
    if isinstance(params.get("body"), bytes) and params["body"]:
        params["headers"]["Content-MD5"] = base64.b64encode(hashlib.md5(params["body"], usedforsecurity=False).digest()).decode()


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_trouble(error: ClientError) -> bool:
    """Whether the store may answer otherwise later: 501 says that it never will."""
    return code_of(error) == "OperationAborted" or status_of(error) in (408, 429) or (status_of(error) >= 500 and status_of(error) != 501)


def is_unknown(error: ClientError) -> bool:
    """Whether the store has no such thing, whoever asks."""
    return status_of(error) in (405, 501) or code_of(error) in ("MethodNotAllowed", "NotImplemented")


def permitted(what: str, call: Callable[..., Answer], unknown: Answer | None = None, **arguments: Any) -> Answer | None:
    """What a call returns, {} where there is nothing of the kind, and None where the store or the key does not allow it, which is said.

    unknown: what to return where the store has no such thing.

    Raises ClientError and BotoCoreError for trouble of the store.
    """
    try:
        return call(**arguments)
    except ClientError as error:
        if code_of(error) in NONE_THERE:
            return {}
        if is_trouble(error):
            raise
        say(f"{what}: cannot, as {reason(error)}")
        return unknown if is_unknown(error) else None
    except ResponseParserError as error:
        say(f"{what}: cannot, as {reason(error)}")
    return None


def may_use(s3: BaseClient, bucket: str, prefix: str) -> bool | None:
    """Whether a key may do what the server does, None where the store does not know it. Whether it may delete cannot be asked without a trace."""
    try:
        s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)
        object_ = {"Bucket": bucket, "Key": f"{prefix}mlflow-platform-may-i"}
        upload = s3.create_multipart_upload(**object_)
    except ClientError as error:
        if code_of(error) in UNKNOWN_KEY:
            return None
        if status_of(error) == 403:
            return False
        raise
    with contextlib.suppress(ClientError):  # which leaves an upload that was never begun, for the lifecycle to remove
        s3.abort_multipart_upload(**object_, UploadId=upload["UploadId"])
    return True


def region_of(error: ClientError) -> str | None:
    """Where the bucket is, as the store says to a client that asks for it elsewhere."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region: str | None = error.response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region")
    return region


UNTRUSTED = ("unable to get local issuer certificate", "self-signed certificate", "self signed certificate")


def reason(error: Exception) -> str:
    """What is wrong, and what to do where that is known."""
    if isinstance(error, SSLError):
        return reason_of_tls(str(error))
    if isinstance(error, ClientError):
        message = error.response.get("Error", {}).get("Message", "")
        if code_of(error) == "400":
            message += " (does it want https?)"
        if region := region_of(error):
            message += f" (write artifactStore.region: {region})"
        return f"the store answers {status_of(error)} {code_of(error)}: {message}"
    if isinstance(error, ResponseParserError):
        return "the store answers what S3 stores do not: is artifactStore.endpoint that of its API?"
    cause = error.kwargs.get("error") if isinstance(error, BotoCoreError) else None
    return f"{error}{f' ({cause})' if cause else ''}"


def reason_of_tls(text: str) -> str:
    found = re.search(r"certificate verify failed: (.*?)\.? \(_ssl", text) or re.search("(hostname '.*' doesn't match .*)", text)
    if not found:
        return f"no TLS with the store: {text}" + (" (is it http?)" if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text else "")
    what = f"the store's certificate is not accepted: {found[1]}"
    if any(each in found[1] for each in UNTRUSTED):
        what += ". Put the certificate of the authority that it is of into a Secret, and name that as artifactStore.caSecret"
    return what
