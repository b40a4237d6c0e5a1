"""Time that passes only where somebody sleeps. It stands for the module `time` of a program."""
from __future__ import annotations

import time


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    strftime = staticmethod(time.strftime)
