"""What the set-up Job reads in a policy of a MinIO."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from pod import REPOSITORY

ALLOW = {"Effect": "Allow", "Resource": ["arn:aws:s3:::*"]}

STATEMENTS: list[tuple[dict[str, Any], bool]] = [
    *(({**ALLOW, "Action": action}, True) for action in ("*", "a*", "admin*", "admin:*", "admin:ServerInfo", "?dmin:*", "*Info", "ADMIN:*", ["s3:GetObject", "admin:Heal"])),
    *(({**ALLOW, "Action": action}, False) for action in ("s3:*", "s3:GetObject", "sts:*", "adminx:*", "admin:", "?3:*", [])),
    ({**ALLOW, "NotAction": ["s3:DeleteObject"]}, True),
    ({**ALLOW, "NotAction": "s3:*"}, True),
    ({**ALLOW, "NotAction": ["admin:*", "s3:DeleteObject"]}, False),
    ({**ALLOW, "Effect": "Deny", "Action": ["admin:*"]}, False),
]


@pytest.mark.parametrize(("statement", "makes"), STATEMENTS, ids=lambda each: str(each))
def test_an_administrator_is_who_may_do_any_action_of_administrators(monkeypatch: pytest.MonkeyPatch, statement: dict[str, Any], makes: bool) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "lib/features/artifact-store/set-up"))
    assert importlib.import_module("minio_policy").makes_administrators({"Statement": [statement]}) is makes
