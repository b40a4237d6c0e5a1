from __future__ import annotations

from collections.abc import Iterator

import pytest
from platform_process import Platform
from refusing_store import RefusingStore
from services import Postgres, Store


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--short", action="store_true", help="of each file that takes long only the first test, and none with a MinIO that must be built")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--short"):
        first = {item.path: item for item in reversed(items)}
        short = (item for item in items if item.get_closest_marker("long") is None or item is first[item.path])
        items[:] = [item for item in short if "minio" not in getattr(item, "fixturenames", ())]


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
