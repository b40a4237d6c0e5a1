"""Checks the password of a request before its body is read, without holding up others, and limits how often somebody may be wrong.

MLflow checks passwords where it serves a request: in the event loop for artifacts, traces and the gateway, so that sixty wrong ones at once
kept a pod from answering its probes; and for a name that it does not know it answers at once, so that names can be found out.
"""
from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections import Counter, OrderedDict
from typing import Any

import anyio
import prometheus_client
from answers import Refusal

# A check takes a tenth of a second of one core and more. So many wait for one, and so many of one client; further ones are told to come again.
MOST_WAITING, MOST_WAITING_OF_ONE = 20, 4

# Wrong attempts that are taken at once, and seconds after which one more is: of a client, of an address that may stand for many clients (a
# proxy, or a node), and for a name. A client that was right before is not kept out by what others do to its name.
CLIENT, ADDRESS, NAME = (10, 6.0), (300, 0.2), (30, 2.0)

# Seconds for which a client that was right is known. As many entries are kept of each kind; the oldest go first.
KNOWN_S, MOST_ENTRIES = 86_400, 10_000

failures = prometheus_client.Counter("mlflow_platform_authentication_failures", "Requests whose user was not let in.", ["reason"])


class Attempts:
    """How often somebody may still be wrong: a bucket for each key that fills again with time."""

    def __init__(self, limit: tuple[int, float]) -> None:
        self._size, self._seconds = limit
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def left(self, key: str) -> float:
        level, then = self._buckets.get(key, (self._size, 0.0))
        return min(self._size, level + (time.monotonic() - then) / self._seconds)

    def take(self, key: str) -> None:
        self._buckets[key] = (self.left(key) - 1, time.monotonic())
        self._buckets.move_to_end(key)
        if len(self._buckets) > MOST_ENTRIES:
            self._buckets.popitem(last=False)


class Known:
    """Clients and the credentials with which they were right, as hashes that mean nothing outside this process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def _digest(self, *parts: str) -> bytes:
        return hmac.new(self._key, "\0".join(parts).encode("utf-8", "surrogateescape"), hashlib.sha256).digest()

    def add(self, *parts: str) -> None:
        self._until[self._digest(*parts)] = time.monotonic() + KNOWN_S
        if len(self._until) > MOST_ENTRIES:
            self._until.popitem(last=False)

    def has(self, *parts: str) -> bool:
        return self._until.get(self._digest(*parts), 0.0) > time.monotonic()


class Passwords:
    """The users of MLflow, for requests that name one. `users` is MLflow's module of them. Its methods run in the event loop."""

    def __init__(self, users: Any) -> None:
        self._users = users
        self._waiting: Counter[str] = Counter()
        # Apart from each other: whoever was right lately does not wait behind those who try.
        self._for_known, self._for_others = anyio.CapacityLimiter(1), anyio.CapacityLimiter(1)
        self._known = Known()
        self._clients, self._addresses, self._names = Attempts(CLIENT), Attempts(ADDRESS), Attempts(NAME)

    async def user_of(self, scope: dict[str, Any], authorization: str | None) -> Any:
        """The user that a request names with its password. Raises Refusal."""
        name, password = credentials(authorization) or self._refuse("missing")
        address, client = source(scope)
        if (remembered := self._remembered(name, password)) is not None:
            return self._let_in(remembered, name, password, client)
        known = self._known.has(name, password, client)
        if not known and self._is_limited(address, client, name) and not self._known.has(name, client):
            self._refuse("limited", name, client)
        if not known and (self._waiting.total() >= MOST_WAITING or self._waiting[client] >= MOST_WAITING_OF_ONE):
            self._refuse("busy", name, client)
        self._waiting[client] += 1
        try:
            limiter = self._for_known if known else self._for_others
            user = await anyio.to_thread.run_sync(self._users._authenticate_cached, name, password, limiter=limiter)
        finally:
            self._waiting -= Counter([client])
        if user is None:
            for attempts, key in ((self._clients, client), (self._addresses, address), (self._names, name)):
                attempts.take(key)
            self._refuse("wrong", name, client)
        return self._let_in(user, name, password, client)

    def _is_limited(self, address: str, client: str, name: str) -> bool:
        """Whether there were too many wrong attempts.

        What looks like one client may be many, behind a second proxy or a node. So its limit holds for names that were wrong lately; whoever
        comes with another name is looked at, as often as the address may be wrong.
        """
        if min(self._addresses.left(address), self._names.left(name)) < 1:
            return True
        return self._clients.left(client) < 1 and self._names.left(name) < NAME[0]

    def _let_in(self, user: Any, name: str, password: str, client: str) -> Any:
        if not self._known.has(name, password, client):
            self._known.add(name, password, client)
            self._known.add(name, client)
        return user

    def _remembered(self, name: str, password: str) -> Any:
        """The user, where MLflow checked this password a moment ago."""
        users = self._users
        with users._USER_AUTH_CACHE_LOCK:
            return users._USER_AUTH_CACHE.get(users._auth_cache_key(name, password))

    def _refuse(self, reason: str, name: str = "", client: str = "") -> Any:
        failures.labels(reason).inc()
        if reason == "missing":
            raise Refusal(401, "UNAUTHENTICATED", "You are not authenticated: send a user's name and password.", ASK)
        print(f"refused {name[:100]!r} from {client}: {LOGGED[reason]}", flush=True)
        if reason == "wrong":
            raise Refusal(401, "UNAUTHENTICATED", "The name or the password is wrong.", ASK)
        raise Refusal(429, "REQUEST_LIMIT_EXCEEDED", "Too many passwords are being tried. Wait before you try again.", {"retry-after": "5"})


ASK = {"www-authenticate": 'Basic realm="mlflow"'}
LOGGED = {"wrong": "its password is wrong", "limited": "too many wrong passwords", "busy": "many passwords are waiting to be checked"}


def credentials(authorization: str | None) -> tuple[str, str] | None:
    """Name and password of a header, or None where it has none. PostgreSQL holds no NUL."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon and "\0" not in name + password else None


def source(scope: dict[str, Any]) -> tuple[str, str]:
    """The address that connects, and with it the one that it connects for, by the last word of X-Forwarded-For.

    A proxy adds that word. A client that invents it stays within what its own address may do.
    """
    address = (scope["client"][0] if scope.get("client") else "unknown").removeprefix("::ffff:")  # IPv4 at a socket of both families
    forwarded = [value for key, value in scope["headers"] if key == b"x-forwarded-for"]
    last = forwarded[-1].decode("latin-1").rpartition(",")[2].strip()[:64] if forwarded else ""
    return address, f"{last} by {address}" if last else address
