"""An S3 store in memory."""
from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.client import BaseClient
from stores import in_memory


@pytest.fixture
def s3() -> Iterator[BaseClient]:
    with in_memory() as client:
        yield client
