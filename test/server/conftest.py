from __future__ import annotations

from collections.abc import Iterator

import pytest
from platform_process import Platform
from refusing_store import RefusingStore
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


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> str:
    """A name that no other test has."""
    return "b-" + "".join(each if each.isalnum() else "-" for each in request.node.name.lower()).strip("-")[-50:].strip("-")


@pytest.fixture
def refusing(store: Store) -> Iterator[RefusingStore]:
    """A store that does as its table says."""
    server = RefusingStore(store)
    yield server
    server.remove()
