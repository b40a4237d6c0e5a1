"""Passwords are checked one at a time, and not as often as somebody likes to try."""
from __future__ import annotations

import asyncio
import base64
import threading
from typing import Any

import passwords
import pytest
from answers import Refusal
from asgi import Scope
from calls import request
from clock import Clock
from passwords import Passwords

RIGHT = {"anna": "anna's", "ben": "ben's"}


class Users:
    """MLflow's module of users, which remembers nothing unless it is told to."""

    def __init__(self) -> None:
        self._USER_AUTH_CACHE_LOCK = threading.Lock()
        self._USER_AUTH_CACHE: dict[tuple[str, str], str] = {}
        self.checked: list[str] = []
        self.slow: threading.Event | None = None

    @staticmethod
    def _auth_cache_key(name: str, password: str) -> tuple[str, str]:
        return name, password

    def _authenticate_cached(self, name: str, password: str) -> str | None:
        self.checked.append(name)
        if self.slow:
            self.slow.wait(5)
        return f"user {name}" if RIGHT.get(name) == password else None


@pytest.fixture
def users(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Users:
    monkeypatch.setattr(passwords, "time", clock)
    return Users()


def header(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def outcome(of: Passwords, authorization: str | None, scope: Scope | None = None) -> Any:
    """The user, or the status of the refusal."""
    try:
        return asyncio.run(of.user_of(scope or request(), authorization))
    except Refusal as refusal:
        return refusal.status


def test_a_right_password_names_its_user_and_a_wrong_one_nobody(users: Users) -> None:
    of = Passwords(users)
    assert outcome(of, header("anna", "anna's")) == "user anna"
    assert outcome(of, header("anna", "ben's")) == 401
    assert outcome(of, header("nobody", "ben's")) == 401


@pytest.mark.parametrize("authorization", [None, "", "Bearer abc", "Basic", "Basic !!!", "Basic " + base64.b64encode(b"no-colon").decode(),
                                           "Basic " + base64.b64encode(b"a:\0").decode(), "Basic " + base64.b64encode(b"\xff:x").decode()])
def test_who_names_no_user_is_asked_for_one_and_nothing_is_checked(users: Users, authorization: str | None) -> None:
    with pytest.raises(Refusal) as refusal:
        asyncio.run(Passwords(users).user_of(request(), authorization))
    assert refusal.value.status == 401
    assert refusal.value.headers == {"www-authenticate": 'Basic realm="mlflow"'}
    assert users.checked == []


def test_passwords_may_have_any_letters_and_colons() -> None:
    assert passwords.credentials(header("anna", "p\u00e4ss:w\u00f6rd\u2603")) == ("anna", "p\u00e4ss:w\u00f6rd\u2603")
    assert passwords.credentials("basic  " + header("a", "b")[6:] + " ") == ("a", "b")


def test_a_password_that_mlflow_checked_a_moment_ago_is_not_checked_again(users: Users) -> None:
    users._USER_AUTH_CACHE["anna", "anna's"] = "user anna"
    assert outcome(Passwords(users), header("anna", "anna's")) == "user anna"
    assert users.checked == []


def test_a_client_that_was_wrong_ten_times_must_wait_and_may_try_again_later(users: Users, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    of = Passwords(users)
    assert [outcome(of, header("anna", "wrong")) for _ in range(11)] == [401] * 10 + [429]
    assert "refused 'anna' from 10.0.0.1: too many wrong passwords" in capsys.readouterr().out
    clock.sleep(6)
    assert [outcome(of, header("anna", "wrong")) for _ in range(2)] == [401, 429]


def test_who_was_right_before_is_not_kept_out_by_others_who_share_the_address(users: Users) -> None:
    of = Passwords(users)
    outcome(of, header("anna", "anna's"))
    for _ in range(11):
        outcome(of, header("ben", "wrong"))
    assert outcome(of, header("anna", "anna's")) == "user anna"
    assert outcome(of, header("carl", "unknown")) == 401  # a name that nobody guessed at is looked at


def test_a_name_that_is_guessed_at_from_many_places_is_limited_except_for_who_is_known(users: Users) -> None:
    of = Passwords(users)
    outcome(of, header("anna", "anna's"))
    for each in range(30):
        outcome(of, header("anna", "wrong"), request(client=f"10.0.1.{each}"))
    assert outcome(of, header("anna", "anna's"), request(client="10.0.2.1")) == 429
    assert outcome(of, header("anna", "anna's")) == "user anna"


def test_an_address_may_be_wrong_three_hundred_times_whatever_clients_it_names(users: Users) -> None:
    of = Passwords(users)
    for each in range(301):
        last = outcome(of, header(f"name-{each}", "wrong"), request(headers={"x-forwarded-for": f"1.1.{each // 250}.{each % 250}"}))
    assert last == 429


def test_who_waits_for_a_check_is_counted(users: Users) -> None:
    users.slow = threading.Event()

    async def ask() -> list[int | str]:
        of = Passwords(users)

        async def one(name: str, client: str) -> int | str:
            try:
                return str(await of.user_of(request(client=client), header(name, RIGHT.get(name, "wrong"))))
            except Refusal as refusal:
                return refusal.status

        waiting = [asyncio.create_task(one(f"name-{each}", "10.0.0.1")) for each in range(4)]
        await asyncio.sleep(0)
        fifth = await one("name-5", "10.0.0.1")
        waiting += [asyncio.create_task(one(f"name-{each}", f"10.0.1.{each}")) for each in range(16)]
        await asyncio.sleep(0)
        of_another = await one("name-6", "10.0.2.1")
        assert users.slow
        users.slow.set()
        return [fifth, of_another, *await asyncio.gather(*waiting)]

    assert asyncio.run(ask()) == [429, 429, *[401] * 20]
    assert outcome(Passwords(users), header("anna", "anna's")) == "user anna"


def test_whoever_was_right_lately_does_not_wait_behind_those_who_try(users: Users) -> None:
    async def ask() -> str:
        of = Passwords(users)
        await of.user_of(request(), header("anna", "anna's"))
        users.slow = threading.Event()
        trying = asyncio.create_task(of.user_of(request(client="10.0.1.1"), header("ben", "wrong")))
        while users.checked != ["anna", "ben"]:  # noqa: ASYNC110 - the check runs in a thread
            await asyncio.sleep(0.001)
        slow, users.slow = users.slow, None
        found = str(await of.user_of(request(), header("anna", "anna's")))
        slow.set()
        with pytest.raises(Refusal):
            await trying
        return found

    assert asyncio.run(ask()) == "user anna"


@pytest.mark.parametrize(("scope", "found"), [
    (request(client="10.0.0.1"), ("10.0.0.1", "10.0.0.1")),
    (request(client="::ffff:10.0.0.1"), ("10.0.0.1", "10.0.0.1")),
    (request(client="10.0.0.1", headers={"x-forwarded-for": "invented, 1.2.3.4"}), ("10.0.0.1", "1.2.3.4 by 10.0.0.1")),
    ({**request(), "client": None}, ("unknown", "unknown")),
])
def test_a_client_is_told_by_the_last_word_of_its_proxy(scope: Scope, found: tuple[str, str]) -> None:
    assert passwords.source(scope) == found


def test_what_is_kept_has_an_end(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(passwords, "MOST_ENTRIES", 2)
    monkeypatch.setattr(passwords, "time", clock)
    known, attempts = passwords.Known(), passwords.Attempts((1, 1000.0))
    for name in ("a", "b", "c"):
        known.add(name)
        attempts.take(name)
    assert [known.has(name) for name in ("a", "b", "c")] == [False, True, True]
    assert [round(attempts.left(name)) for name in ("a", "b", "c")] == [1, 0, 0]
    clock.sleep(86_401)
    assert not known.has("c")
