from platform_process import Platform


def test_it_serves_and_is_ready(local: Platform) -> None:
    assert local.call("GET", "/ready").status_code == 200
    assert local.call("POST", "/api/2.0/mlflow/experiments/search", json={"max_results": 1}).status_code == 200


def test_with_users_it_asks_for_one(with_users: Platform) -> None:
    assert with_users.call("POST", "/api/2.0/mlflow/experiments/search", json={"max_results": 1}).status_code == 401
