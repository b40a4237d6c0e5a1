from __future__ import annotations

from collections.abc import Iterator

import pytest
from platform_process import Platform
from services import Postgres, Store


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    server = Store()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def local(postgres: Postgres, store: Store) -> Iterator[Platform]:
    """A platform without users."""
    platform = Platform(postgres, store)
    yield platform
    platform.remove()


@pytest.fixture(scope="session")
def with_users(postgres: Postgres, store: Store) -> Iterator[Platform]:
    """A platform with MLflow's users, none of which may do anything with what others made."""
    platform = Platform(postgres, store, {"access": {"mode": "basic"}})
    yield platform
    platform.remove()
