"""The server goes on when its database's password changes, its server fails over or has no connection left, and /ready tells what requests meet."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from platform_process import DATABASE, Platform
from pod import check, eventually
from services import Postgres, Store

pytestmark = pytest.mark.long

SEARCH = ("POST", "/api/2.0/mlflow/experiments/search")


class Hurried(Platform):
    """With a readiness that is as impatient in seconds as the real one is in a minute."""

    def start(self) -> None:
        file = self.server.folder / "mlflow-plugin" / "readiness.py"
        text = re.sub(r"RENEWED_EVERY_S = \d+", "RENEWED_EVERY_S = 1", file.read_text())
        file.write_text(re.sub(r"KEPT_FOR_S = \d+", "KEPT_FOR_S = 4", text))
        super().start()

    def statuses(self) -> tuple[int, int]:
        """What a request that writes is answered, and what /ready."""
        created = self.call("POST", "/api/2.0/mlflow/experiments/create", json={"name": f"{time.monotonic()}"})
        return created.status_code, self.ready()

    def ready(self) -> int:
        return self.call("GET", "/ready").status_code

    def secret(self, password: str) -> None:
        """The Secret changes, and the kubelet has written its files."""
        self.server.write_volumes({"mlflow-database": {"username": self.database, "password": password}})

    def role(self, password: str) -> None:
        self.postgres.sql(f"ALTER ROLE {self.database} PASSWORD '{password}'")

    def without_connections(self) -> None:
        """Every connection of the server is lost, so that it needs new ones."""
        self.postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", parameters=(self.database,))


@pytest.fixture(scope="module")
def platform(store: Store) -> Iterator[Hurried]:
    postgres = Postgres()
    platform = Hurried(postgres, store)
    yield platform
    platform.remove()
    postgres.remove()


def answered(platform: Hurried, *statuses: int, within_s: float = 15) -> None:
    def same() -> None:
        assert platform.statuses() == statuses

    eventually(within_s, same)


def stays(platform: Hurried, *statuses: int, for_s: float = 8) -> None:
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        assert platform.statuses() == statuses
        time.sleep(0.3)


def test_a_new_password_in_the_secret_first_and_then_of_the_role_is_learnt_without_a_failed_call(platform: Hurried) -> None:
    answered(platform, 200, 200)
    platform.secret("the new one")
    platform.without_connections()
    answered(platform, 200, 200)
    stays(platform, 200, 200, for_s=6)
    platform.role("the new one")
    platform.without_connections()
    answered(platform, 200, 200, within_s=5)
    stays(platform, 200, 200, for_s=3)


def test_a_new_password_of_the_role_first_is_noticed_and_learnt_from_the_secret_without_a_restart(platform: Hurried) -> None:
    answered(platform, 200, 200)
    platform.role("the third one")
    until = time.monotonic() + 8
    while platform.ready() == 200:
        assert time.monotonic() < until
        assert platform.call(*SEARCH, json={"max_results": 1}).status_code == 200  # by the connections that it has
        time.sleep(0.3)
    platform.without_connections()
    answered(platform, 503, 503)
    platform.secret("the third one")
    answered(platform, 200, 200, within_s=8)


def test_a_used_up_connection_limit_takes_no_pod_away(platform: Hurried) -> None:
    answered(platform, 200, 200)
    platform.postgres.sql(f"ALTER ROLE {platform.database} CONNECTION LIMIT 1")
    try:
        stays(platform, 200, 200)
        platform.without_connections()
        for _ in range(10):
            assert platform.ready() == 200
            time.sleep(0.5)
    finally:
        platform.postgres.sql(f"ALTER ROLE {platform.database} CONNECTION LIMIT -1")
    answered(platform, 200, 200)


@pytest.mark.parametrize(("change", "back"), [
    ("ALTER ROLE {0} NOLOGIN", "ALTER ROLE {0} LOGIN"),
    ("ALTER DATABASE {0} ALLOW_CONNECTIONS false", "ALTER DATABASE {0} ALLOW_CONNECTIONS true"),
])
def test_what_new_connections_meet_is_noticed(platform: Hurried, change: str, back: str) -> None:
    answered(platform, 200, 200)
    platform.postgres.sql(change.format(platform.database))
    try:
        eventually(10, lambda: check(platform.ready() == 503))
    finally:
        platform.postgres.sql(back.format(platform.database))
    answered(platform, 200, 200)


def test_a_server_that_turns_read_only_is_noticed_at_once_and_nobody_stays_on_it(platform: Hurried) -> None:
    answered(platform, 200, 200)
    platform.postgres.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    platform.postgres.reload()
    try:
        answered(platform, 503, 503, within_s=5)
    finally:
        platform.postgres.sql("ALTER SYSTEM RESET default_transaction_read_only")
        platform.postgres.reload()
    answered(platform, 200, 200, within_s=8)


def test_a_database_that_restarts_is_503_and_comes_back(platform: Hurried) -> None:
    answered(platform, 200, 200)
    platform.postgres.stop("immediate")
    for _ in range(5):
        answer = platform.call(*SEARCH, json={"max_results": 1})
        assert (answer.status_code, platform.ready()) == (503, 503)
        assert answer.json()["error_code"] == "TEMPORARILY_UNAVAILABLE"
    platform.postgres.start()
    answered(platform, 200, 200, within_s=8)


def test_after_a_failover_to_a_standby_nobody_stays_on_the_side_that_takes_no_writes(store: Store) -> None:
    primary = Postgres({"listen_addresses": "'127.0.0.1'"})
    platform = Hurried(primary, store)
    standby = primary.standby("127.0.0.2")

    def leads_to(server: Postgres) -> None:
        # In its place: the pod has the file mounted.
        (platform.server.folder / "hosts").write_text(f"127.0.0.1 localhost\n{server.address} {DATABASE}\n127.0.0.1 minio.data.svc.cluster.local\n")

    try:
        answered(platform, 200, 200)
        # The name leads to the standby, and the primary is still there for those who have connections.
        leads_to(standby)
        eventually(10, lambda: check(platform.ready() == 503))
        assert "session is read-only" in platform.log.read_text()
        # New connections to the standby are refused.
        platform.without_connections()
        answered(platform, 503, 503)
        leads_to(primary)
        answered(platform, 200, 200, within_s=8)
        # The primary is lost, and the standby takes its place.
        leads_to(standby)
        primary.stop("immediate")
        answered(platform, 503, 503)
        standby.promote()
        began = time.monotonic()
        answered(platform, 200, 200, within_s=8)
        print(f"served {time.monotonic() - began:.1f} s after the promotion")
        assert standby.sql("SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = %s", parameters=(platform.database,)) == [(True,)]
    finally:
        platform.remove()
        standby.remove()
        primary.start()
        primary.remove()
