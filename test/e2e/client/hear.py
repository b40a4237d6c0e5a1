"""hear.py ADDRESS HEADERS: what echo.py heard through a guard, and how many seconds after the request each line of its slow answer came."""
import http.client
import json
import sys
import time

address, headers = sys.argv[1], json.loads(sys.argv[2])


def ask(path):
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 200, (path, answer.status)
    return answer


heard = json.load(ask("/api/headers"))
began, seconds = time.monotonic(), []
answer = ask("/api/slow")
while line := answer.readline():
    if line.strip():
        seconds.append(round(time.monotonic() - began, 1))
print(json.dumps({"headers": sorted(name for name, _ in heard), "seconds": seconds}))
