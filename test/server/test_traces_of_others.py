"""Whoever knows the id of another user's trace, assessment or run reads nothing of it by that, and changes nothing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from platform_process import Platform
from test_places import ANNA, API, ATTACHMENT, BERT, SECRET, Anna, anna, berts_things, of_trace, otlp_span, trace_of

V3 = "/api/3.0/mlflow"


def start(platform: Platform, trace: str, experiment: str, **more: Any) -> int:
    info = {"trace_id": trace, "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
            "request_time": "2026-11-25T00:00:00Z", "state": "OK", "tags": {}, **more}
    return platform.call("POST", f"{V3}/traces", BERT, json={"trace": {"trace_info": info}}).status_code


def with_span(platform: Platform, user: tuple[str, str], experiment: str, body: dict[str, Any], **headers: str) -> int:
    return platform.call("POST", "/v1/traces", user, json=body, headers={"x-mlflow-experiment-id": experiment, **headers}).status_code


@pytest.fixture
def annas(with_users: Platform, anna: Anna) -> str:
    """A trace of Anna's whose span holds a secret."""
    trace, body = otlp_span({"mlflow.spanInputs": SECRET.decode()})
    assert with_span(with_users, ANNA, anna.experiment, body) == 200
    assert SECRET in of_trace(with_users, ANNA, trace)
    return trace


@pytest.fixture
def berts(with_users: Platform) -> str:
    things = berts_things(with_users, BERT)
    assert things
    return things[0]


def described(platform: Platform, trace: str) -> dict[str, Any]:
    answer = platform.call("GET", f"{V3}/traces/{trace}", ANNA)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["trace"]["trace_info"])


def test_a_trace_is_not_moved_into_an_experiment_of_ones_own(with_users: Platform, annas: str, berts: str) -> None:
    before = described(with_users, annas)
    assert start(with_users, annas, berts) == 403
    assert SECRET not in of_trace(with_users, BERT, annas)
    assert described(with_users, annas) == before
    assert SECRET in of_trace(with_users, ANNA, annas)


def test_no_span_is_written_into_a_trace_of_another_experiment(with_users: Platform, annas: str, berts: str) -> None:
    before = described(with_users, annas)
    _, body = otlp_span({"mlflow.spanInputs": "EVIL", "mlflow.traceTag.evil": "yes"})
    span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["traceId"] = annas.removeprefix("tr-")
    assert with_span(with_users, BERT, berts, body) in (403, 422)
    assert described(with_users, annas) == before
    assert b"EVIL" not in of_trace(with_users, ANNA, annas)


def test_an_assessment_stays_at_its_trace(with_users: Platform, annas: str, berts: str) -> None:
    def assessment(trace: str, value: str) -> dict[str, Any]:
        return {"assessment_name": "quality", "trace_id": trace, "source": {"source_type": "HUMAN", "source_id": "x"}, "create_time": "2026-11-25T00:00:00Z",
                "last_update_time": "2026-11-25T00:00:00Z", "feedback": {"value": value}}

    made = with_users.call("POST", f"{V3}/traces/{annas}/assessments", ANNA, json={"assessment": assessment(annas, "ANNAS OPINION")}).json()["assessment"]
    own = trace_of(with_users, BERT, berts)
    assert start(with_users, own, berts, assessments=[{**assessment(own, "BERTS"), "assessment_id": made["assessment_id"]}]) >= 400
    found = with_users.call("GET", f"{V3}/traces/{annas}/assessments/{made['assessment_id']}", ANNA)
    assert "ANNAS OPINION" in found.text


def test_no_trace_is_linked_to_a_run_of_another_experiment(with_users: Platform, anna: Anna, berts: str) -> None:
    trace, body = otlp_span({})
    assert with_span(with_users, BERT, berts, body, **{"x-mlflow-run-id": anna.run}) == 200
    linked = with_users.postgres.sql(f"SELECT count(*) FROM entity_associations WHERE source_id = '{trace}'", with_users.database)
    assert linked == [(0,)]


def test_a_trace_that_is_called_like_a_part_of_a_place_is_not_at_that_place(with_users: Platform, anna: Anna, berts: str) -> None:
    attachment = f"{anna.experiment}/traces/tr-annas/artifacts/attachments/{ATTACHMENT}"
    assert with_users.call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{attachment}", ANNA, data=SECRET).status_code == 200
    places = [f"s3://{with_users.bucket}/{anna.folder}", f"mlflow-artifacts:/{anna.folder}", f"s3://{with_users.bucket}/{anna.experiment}/traces/tr-annas/artifacts",
              f"mlflow-artifacts:/{anna.experiment}/traces/tr-annas/artifacts"]
    for trace in ("artifacts", "traces", "tr-annas", anna.run, anna.experiment, "model"):
        start(with_users, trace, berts)
        for place in places:
            for key in ("mlflow.artifactLocation", "mlflow.trace.archiveLocation"):
                start(with_users, f"{trace}-{uuid.uuid4().hex[:8]}", berts, tags={key: place, "mlflow.trace.spansLocation": "ARCHIVE_REPO"})
                with_users.call("PATCH", f"{V3}/traces/{trace}/tags", BERT, json={"key": key, "value": place})
                with_users.call("PATCH", f"{API}/traces/{trace}/tags", BERT, json={"key": key, "value": place})
                assert SECRET not in of_trace(with_users, BERT, trace), (trace, key, place)
                assert SECRET not in with_users.call("GET", "/ajax-api/2.0/mlflow/get-trace-artifact", BERT, params={"request_id": trace, "path": ATTACHMENT}).content
