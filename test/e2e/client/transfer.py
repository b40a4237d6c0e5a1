"""transfer.py ADDRESS HEADERS MEGABYTES [SECONDS]: uploads and downloads an artifact by HTTP, and prints as JSON how many seconds each took.

The download is read so slowly that it takes SECONDS.
"""
import hashlib
import http.client
import json
import os
import sys
import time
import uuid

address, headers, megabytes = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3])
pause = float(sys.argv[4]) / megabytes if len(sys.argv) > 4 else 0
path = f"/api/2.0/mlflow-artifacts/artifacts/e2e/{uuid.uuid4().hex}"
block = os.urandom(10**6)


def ask(method, body=None):
    connection = http.client.HTTPConnection(address, timeout=300)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for header, value in headers.items():
        connection.putheader(header, value)
    if body:
        connection.putheader("Content-Length", str(megabytes * 10**6))
    connection.endheaders()
    for part in body or []:
        connection.send(part)
    answer = connection.getresponse()
    assert answer.status == 200, (method, answer.status, answer.read(500))
    return answer


began = time.monotonic()
ask("PUT", (block for _ in range(megabytes))).read()
uploaded = time.monotonic()
answer, digest, size = ask("GET"), hashlib.sha256(), 0
while part := answer.read(10**6):
    digest.update(part)
    size += len(part)
    time.sleep(pause)
downloaded = time.monotonic()
expected = hashlib.sha256()
for _ in range(megabytes):
    expected.update(block)
assert digest.digest() == expected.digest(), f"{size} bytes came back, not the same"
print(json.dumps({"upload": round(uploaded - began, 1), "download": round(downloaded - uploaded, 1)}))
