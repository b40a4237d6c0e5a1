"""How the platform's programs wait, what they say, and how they end: never without a word, and no Job for ever.

Exit codes: FINAL says that another attempt would end the same, and the Job fails at once. With any other the Job tries again.
"""
from __future__ import annotations

import os
import time
from collections.abc import Callable

FINAL, TRY_AGAIN = os.EX_DATAERR, os.EX_TEMPFAIL

# Seconds. With what Kubernetes takes to start the pod, and an attempt before, less than ten minutes: by then a setting that cannot work
# has failed the Job, and a server that merely restarts is there.
WITHIN_S = 480

SAY_AGAIN_S = 60
POLL_S = 2


class GiveUp(Exception):
    """Ends a program, with an exit code. The message says what is wrong and, for what only people can decide or mend, what to write."""

    def __init__(self, message: str, code: int = FINAL) -> None:
        super().__init__(message)
        self.code = code


def say(message: str) -> None:
    print(time.strftime("%H:%M:%S"), message, flush=True)


class Waiting:
    """Says what is waited for: at once, when it is another thing, and every minute. within_s: gives up after so long; None: never."""

    def __init__(self, within_s: float | None = WITHIN_S, code: int = FINAL) -> None:
        self._within_s, self._code = within_s, code
        self._since = time.monotonic()
        self._said: tuple[str, float] | None = None

    def on(self, what: str) -> None:
        """Waits a moment. Raises GiveUp where that was long enough."""
        now = time.monotonic()
        if self._within_s is not None and now - self._since >= self._within_s:
            raise GiveUp(f"gave up after {self._within_s / 60:.0f} minutes: {what}", self._code)
        if self._said is None or self._said[0] != what or now - self._said[1] >= SAY_AGAIN_S:
            say(f"waiting: {what}")
            self._said = what, now
        time.sleep(POLL_S)

    def restart(self) -> None:
        """There was progress: counts from now."""
        self._since = time.monotonic()


def exit_code(program: Callable[[], None]) -> int:
    """Runs a program to its end, and says why it gave up, if it did."""
    try:
        program()
    except GiveUp as given_up:
        say(str(given_up))
        return given_up.code
    return 0
