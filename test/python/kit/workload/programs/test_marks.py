"""Whose something is, by its mark."""
from __future__ import annotations

import marks
import pytest

PLATFORM = "one/mlflow/staging"


@pytest.mark.parametrize(("owner", "proven", "is_platforms"), [
    (PLATFORM, False, True),
    ("mlflow/staging", True, True),  # of before the file named a cluster
    ("mlflow/staging", False, False),  # perhaps another cluster's
    ("two/mlflow/staging", True, False),
    ("one/mlflow/production", True, False),
    (None, True, False),
])
def test_a_mark_is_the_platforms_by_its_name_or_by_a_former_one_and_proof(owner: str | None, proven: bool, is_platforms: bool) -> None:
    assert marks.is_platforms(owner, PLATFORM, lambda: proven) is is_platforms


def test_nobody_is_asked_for_proof_where_the_name_says_all() -> None:
    def never() -> bool:
        raise AssertionError("was asked")

    assert marks.is_platforms(PLATFORM, PLATFORM, never)
    assert not marks.is_platforms("two/mlflow/staging", PLATFORM, never)


def test_another_environments_is_named_with_what_to_do() -> None:
    assert marks.problem_of_mark("the bucket b", "two/x", PLATFORM, "give its tag the value y") == (
        "the bucket b belongs to the environment two/x: name another. If two/x is an earlier name of one/mlflow/staging, give its tag the value y")
