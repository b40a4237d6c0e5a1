"""A bucket is waited for, found or made."""
from __future__ import annotations

from typing import Any

import bucket
import pytest
import waiting
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from stores import DENIED, WANTED, error, raising

pytestmark = pytest.mark.usefixtures("waits_by_the_clock")


def find_or_make(s3: BaseClient) -> Any:
    return bucket.find_or_make(lambda: s3, WANTED)


@pytest.mark.parametrize(("answer", "said"), [
    (EndpointConnectionError(endpoint_url="http://minio", error="refused"), "Could not connect"),
    (error("InvalidAccessKeyId", 403), "InvalidAccessKeyId"),
    (error("RequestTimeTooSkewed", 403), "RequestTimeTooSkewed"),
])
def test_a_store_that_is_away_or_does_not_know_the_key_is_waited_for_and_asked_by_a_new_client(
        s3: BaseClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Exception, said: str) -> None:
    listing, clients = s3.list_objects_v2, []

    def connect() -> BaseClient:
        clients.append(s3)
        monkeypatch.setattr(s3, "list_objects_v2", raising(answer) if len(clients) < 3 else listing)
        return s3

    assert bucket.find_or_make(connect, WANTED) == (s3, True)
    assert said in capsys.readouterr().out
    assert len(clients) == 3


def test_a_key_that_may_not_list_takes_the_bucket_to_be_there(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "list_objects_v2", raising(DENIED))
    assert find_or_make(s3) == (s3, False)


def test_what_is_no_store_is_not_taken_for_one(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "list_objects_v2", lambda **_: {})
    with pytest.raises(waiting.GiveUp, match="gave up after 8 minutes: the store answers what S3 stores do not"):
        find_or_make(s3)


def test_a_name_that_another_account_has_is_refused(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "create_bucket", raising(error("BucketAlreadyExists", 409)))
    with pytest.raises(waiting.GiveUp, match="the name of the bucket artifacts is taken by another account"):
        find_or_make(s3)


def test_a_bucket_that_may_not_be_made_is_waited_for(s3: BaseClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "create_bucket", raising(DENIED))
    with pytest.raises(waiting.GiveUp, match="gave up after 8 minutes: the bucket artifacts is not there, and cannot be made: the store answers 403"):
        find_or_make(s3)
