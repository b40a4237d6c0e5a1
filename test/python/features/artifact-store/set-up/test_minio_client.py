"""A MinIO, as its client `mc` tells it."""
from __future__ import annotations

import json
import pathlib

import minio_user
import pytest
from minio_user import Failed, Minio


def program(tmp_path: pathlib.Path, answer: str, code: int = 0, pause: str = "true") -> Minio:
    """A MinIO whose mc answers so, and writes down what it was asked."""
    mc = tmp_path / "mc"
    mc.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$*\" > {tmp_path}/arguments\nenv > {tmp_path}/environment\ncat > {tmp_path}/stdin\n{pause}\n"
                  f"cat <<'END'\n{answer}\nEND\nexit {code}\n")
    mc.chmod(0o755)
    return Minio(str(mc), {"MLFLOW_S3_ENDPOINT_URL": "https://minio:9000", "AWS_CA_BUNDLE": "/ca.crt"}, ("admin", "secret"))


def failure(code: str, message: str = "no") -> str:
    return json.dumps({"status": "error", "error": {"cause": {"message": message, "error": {"Code": code}}}})


def test_mc_is_asked_with_no_secret_among_its_arguments(tmp_path: pathlib.Path) -> None:
    minio = program(tmp_path, 'noise\n{"status": "success"}')
    assert minio.admin("user", "add", stdin="mlflow\nkey\n") == {"status": "success"}
    arguments = (tmp_path / "arguments").read_text()
    assert arguments.endswith(" admin user add store\n")
    assert "secret" not in arguments
    assert (tmp_path / "stdin").read_text() == "mlflow\nkey\n"
    assert "SSL_CERT_FILE=/ca.crt" in (tmp_path / "environment").read_text()
    folder = arguments.split(" --config-dir ")[1].split()[0]
    assert json.loads(pathlib.Path(folder, "config.json").read_text())["aliases"]["store"]["secretKey"] == "secret"


@pytest.mark.parametrize(("answer", "code", "failed"), [
    (failure("AccessDenied", "Access Denied."), 1, ("AccessDenied", "Access Denied.")),
    (failure("AccessDenied", "Access Denied."), 0, ("AccessDenied", "Access Denied.")),
    ("no JSON", 1, ("", "no JSON\n")),
])
def test_what_mc_says_instead_is_a_failure(tmp_path: pathlib.Path, answer: str, code: int, failed: tuple[str, str]) -> None:
    with pytest.raises(Failed) as error:
        program(tmp_path, answer, code).admin("user", "list")
    assert (error.value.code, str(error.value)) == failed


def test_an_mc_that_does_not_end_is_a_failure(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minio_user, "ANSWER_WITHIN_S", 0.1)
    with pytest.raises(Failed, match=r"no answer within 0\.1 s"):
        program(tmp_path, "{}", pause="exec sleep 5").admin("user", "list")


def test_what_is_not_there_is_told_from_trouble(tmp_path: pathlib.Path) -> None:
    assert program(tmp_path, failure("XMinioAdminNoSuchUser"), 1).user("mlflow") is None
    assert program(tmp_path, failure("XMinioAdminNoSuchPolicy"), 1).policy("mlflow") is None
    with pytest.raises(Failed):
        program(tmp_path, failure("XMinioServerNotInitialized"), 1).user("mlflow")


def test_what_is_there_is_returned(tmp_path: pathlib.Path) -> None:
    assert program(tmp_path, '{"policyName": "a"}').user("mlflow") == {"policyName": "a"}
    assert program(tmp_path, '{"policyInfo": {"Policy": {"ID": "x"}}}').policy("a") == {"ID": "x"}
    mappings = '{"result": {"policyMappings": [{"users": ["a"], "groups": ["g"]}, {"users": null}]}}'
    assert program(tmp_path, mappings).holders("p") == [("users", "a"), ("groups", "g")]
    assert program(tmp_path, '{"result": {}}').holders("p") == []


@pytest.mark.parametrize(("answer", "code", "is_administrator"), [("{}", 0, True), (failure("AccessDenied"), 1, False)])
def test_an_administrator_is_who_may_list_users(tmp_path: pathlib.Path, answer: str, code: int, is_administrator: bool) -> None:
    assert program(tmp_path, answer, code).is_administrator() is is_administrator
