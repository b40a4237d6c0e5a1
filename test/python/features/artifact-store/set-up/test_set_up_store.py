"""The Job's steps, each by itself, and the exit code that they end with."""
from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
import set_up_store
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError
from minio_user import Failed
from store import reason
from stores import TROUBLE, raising
from waiting import FINAL, TRY_AGAIN, GiveUp

SAID = {
    "BUCKET": "artifacts",
    "PLATFORM": "one/mlflow/staging",
    "VERSIONING": "where-possible",
    "TAKE_OVER": "nothing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "EXPIRE_OLD_VERSIONS_AFTER_DAYS": "30",
    "ABORT_UPLOADS_AFTER_DAYS": "7",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
WITH_USER = {**SAID, "USER_ID": "mlflow", "USER_KEY": "the-key", "MC": "/nowhere/mc", "MLFLOW_S3_ENDPOINT_URL": "http://minio:9000"}


@pytest.mark.parametrize(("problem", "code"), [
    (None, 0),
    (GiveUp("write another name"), FINAL),
    (Failed("AccessDenied", "Access Denied."), FINAL),
    (Failed("XMinioServerNotInitialized", "wait"), TRY_AGAIN),
    (TROUBLE, TRY_AGAIN),
    (EndpointConnectionError(endpoint_url="http://minio", error="refused"), TRY_AGAIN),
    (ResponseParserError("a page"), TRY_AGAIN),
])
def test_a_step_ends_with_what_tells_whether_another_attempt_may_help(
        problem: Exception | None, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert set_up_store.outcome(raising(problem) if problem else lambda _: None, SAID) == code
    said = capsys.readouterr().out
    assert (reason(problem) if isinstance(problem, ClientError | BotoCoreError | ResponseParserError) else str(problem or "")) in said


@pytest.mark.parametrize(("of_bucket", "of_user", "code"), [
    (None, None, 0), (GiveUp("no"), None, FINAL), (None, TROUBLE, TRY_AGAIN), (TROUBLE, GiveUp("no"), FINAL), (GiveUp("no"), TROUBLE, FINAL),
])
def test_each_step_is_made_whatever_the_other_ends_in_and_what_is_final_decides(
        monkeypatch: pytest.MonkeyPatch, of_bucket: Exception | None, of_user: Exception | None, code: int) -> None:
    made: list[str] = []

    def step(name: str, problem: Exception | None) -> Any:
        def run(_: object) -> None:
            made.append(name)
            if problem:
                raise problem
        return run

    monkeypatch.setattr(set_up_store, "set_up_bucket", step("bucket", of_bucket))
    monkeypatch.setattr(set_up_store, "set_up_user", step("user", of_user))
    assert set_up_store.main(WITH_USER) == code
    assert made == ["bucket", "user"]


def test_without_an_administrator_there_is_no_user_to_make(s3: BaseClient, capsys: pytest.CaptureFixture[str]) -> None:
    assert set_up_store.main(SAID) == 0
    assert s3.list_buckets()["Buckets"][0]["Name"] == "artifacts"
    assert "setting up the object store at Amazon" in capsys.readouterr().out


def test_a_prefix_ends_in_a_slash_and_words_name_what_is_taken_over() -> None:
    wanted = set_up_store.wanted_bucket({**SAID, "PREFIX": "team/mlflow", "TAKE_OVER": "bucket user", "VERSIONING": "required"})
    assert (wanted.prefix, wanted.take_over, wanted.versioning_required) == ("team/mlflow/", True, True)
    assert set_up_store.wanted_bucket(SAID).prefix == ""


def test_the_servers_key_is_its_users_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[tuple[str, ...]] = []
    monkeypatch.setattr(set_up_store, "client", lambda _, *key: keys.append(key))
    monkeypatch.setattr(set_up_store, "may_use", lambda *_: True)
    set_up_store.servers_key_may_use(SAID)
    set_up_store.servers_key_may_use(WITH_USER)
    assert keys == [("key", "secret"), ("mlflow", "the-key")]


def test_the_user_is_wanted_as_the_file_of_policies_says(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    (tmp_path / "policies.json").write_text(json.dumps({"name": "mlflow-b", "content": {"ID": "a"}, "former": {"ID": "b"}}))
    monkeypatch.setattr(set_up_store, "__file__", str(tmp_path / "set_up_store.py"))
    asked: list[Any] = []
    monkeypatch.setattr(set_up_store.minio_user, "set_up", lambda *arguments: asked.append(arguments))
    set_up_store.set_up_user(WITH_USER)
    assert asked[0][3] == (("mlflow", "the-key"), "one/mlflow/staging", "mlflow-b", {"ID": "a"}, {"ID": "b"}, False)
    with pytest.raises(GiveUp, match="key is the administrator itself"):
        set_up_store.set_up_user({**WITH_USER, "USER_ID": "key"})
