"""Who waits for a store that does not answer."""
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from store_errors import original

NO_ANSWER = (ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError)


class Patience:
    """Lets everybody wait for a store that answers, and one request at a time for one that does not: the others are refused at once.

    Otherwise all threads of the worker would wait for the store, and none would be left for what needs no store.
    """

    def __init__(self) -> None:
        self._silent = False
        self._one = threading.Lock()

    def heard(self, exception: Exception | None, **_: object) -> None:
        """An attempt has ended: in that exception, or in an answer."""
        self._silent = isinstance(exception, NO_ANSWER)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For the time of a request to the store. Raises ReadTimeoutError where another waits for a store that is silent."""
        alone = self._silent
        if alone and not self._one.acquire(blocking=False):
            raise ReadTimeoutError(endpoint_url="(another request waits for it)")
        try:
            yield
        except Exception as error:
            self._silent = self._silent or isinstance(original(error), NO_ANSWER)  # in the middle of a file
            raise
        finally:
            if alone:
                self._one.release()
