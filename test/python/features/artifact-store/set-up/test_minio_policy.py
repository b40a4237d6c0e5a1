"""What the set-up Job reads in a policy of a MinIO."""

from __future__ import annotations

from typing import Any

import minio_policy
import pytest

ALLOW = {"Effect": "Allow", "Resource": ["arn:aws:s3:::*"]}

STATEMENTS: list[tuple[dict[str, Any], bool]] = [
    *(
        ({**ALLOW, "Action": action}, True)
        for action in ("*", "a*", "admin*", "admin:*", "admin:ServerInfo", "?dmin:*", "*Info", "ADMIN:*", ["s3:GetObject", "admin:Heal"])
    ),
    *(({**ALLOW, "Action": action}, False) for action in ("s3:*", "s3:GetObject", "sts:*", "adminx:*", "admin:", "?3:*", [])),
    ({**ALLOW, "NotAction": ["s3:DeleteObject"]}, True),
    ({**ALLOW, "NotAction": "s3:*"}, True),
    ({**ALLOW, "NotAction": ["admin:*", "s3:DeleteObject"]}, False),
    ({**ALLOW, "Effect": "Deny", "Action": ["admin:*"]}, False),
]


@pytest.mark.parametrize(("statement", "makes"), STATEMENTS, ids=str)
def test_an_administrator_is_who_may_do_any_action_of_administrators(statement: dict[str, Any], makes: bool) -> None:
    assert minio_policy.makes_administrators({"Statement": [statement]}) is makes


@pytest.mark.parametrize(("identifier", "owner"), [("mlflow-platform one/mlflow/staging", "one/mlflow/staging"), ("theirs", None), (None, None)])
def test_a_policy_belongs_to_the_environment_that_its_id_names(identifier: str | None, owner: str | None) -> None:
    assert minio_policy.owner_of({"ID": identifier} if identifier else {}) == owner


def test_what_a_policy_permits_does_not_depend_on_the_order_or_the_names_of_its_statements() -> None:
    one = {"Statement": [{**ALLOW, "Sid": "a", "Action": ["s3:GetObject", "s3:PutObject"]}, {**ALLOW, "Action": ["s3:ListBucket"]}]}
    other = {"ID": "x", "Statement": [{"Action": ["s3:ListBucket"], **ALLOW}, {**ALLOW, "Sid": "b", "Action": ["s3:PutObject", "s3:GetObject"]}]}
    assert minio_policy.permissions(one) == minio_policy.permissions(other)
    assert minio_policy.permissions(one) != minio_policy.permissions({"Statement": one["Statement"][:1]})
