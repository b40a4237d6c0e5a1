"""How the platform's programs wait, what they say, and how they end."""
from __future__ import annotations

import itertools

import pytest
import waiting
from clock import Clock

pytestmark = pytest.mark.usefixtures("waits_by_the_clock")


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was printed, without the time of day."""
    return [line.split(" ", 1)[1] for line in capsys.readouterr().out.splitlines()]


def wait_for(what: str, waits: waiting.Waiting) -> waiting.GiveUp:
    with pytest.raises(waiting.GiveUp) as ended:
        while True:
            waits.on(what)
    return ended.value


def test_it_says_every_minute_for_what_it_waits_and_gives_up_within_ten(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    began = clock.now
    ended = wait_for("the store is away", waiting.Waiting())
    assert (str(ended), ended.code) == ("gave up after 8 minutes: the store is away", 65)
    assert clock.now - began < 540
    assert said(capsys) == ["waiting: the store is away"] * 8


def test_it_says_at_once_when_it_waits_for_another_thing(capsys: pytest.CaptureFixture[str]) -> None:
    waits = waiting.Waiting()
    for what in ("the role is not there", "the role is not there", "the database is not there"):
        waits.on(what)
    assert said(capsys) == ["waiting: the role is not there", "waiting: the database is not there"]


def test_who_waits_for_ever_never_gives_up(clock: Clock) -> None:
    began, waits = clock.now, waiting.Waiting(within_s=None)
    while clock.now - began < 100_000:
        waits.on("the schema is not migrated")


def test_progress_counts_from_its_time(clock: Clock) -> None:
    waits = waiting.Waiting(within_s=10)
    for _ in range(3):
        clock.sleep(9)
        waits.restart()
    began = clock.now
    wait_for("the lock", waits)
    assert clock.now - began == 10


def test_the_code_tells_whether_another_attempt_may_help() -> None:
    assert wait_for("somebody holds the lock", waiting.Waiting(1, code=waiting.TRY_AGAIN)).code == 75


def test_a_program_that_gives_up_says_why_and_ends_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    def give_up() -> None:
        raise waiting.GiveUp("write another name")

    assert waiting.exit_code(give_up) == 65
    assert said(capsys) == ["write another name"]


def test_a_program_that_comes_to_its_end_says_nothing_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert waiting.exit_code(lambda: waiting.say("made")) == 0
    assert said(capsys) == ["made"]


def test_other_errors_are_not_taken_for_the_end() -> None:
    counted = itertools.count()

    def fail() -> None:
        next(counted)
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        waiting.exit_code(fail)
    assert next(counted) == 1
