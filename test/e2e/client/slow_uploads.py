"""slow_uploads.py URI: how many seconds a call takes, at most, while eight uploads to each half of MLflow's server do not get on."""
import http.client
import sys
import time
import urllib.parse

host = urllib.parse.urlsplit(sys.argv[1]).netloc
uploads = []
for method, path in [("POST", "/api/2.0/mlflow/runs/log-batch"), ("PUT", "/api/2.0/mlflow-artifacts/artifacts/slow/upload")]:
    for _ in range(8):
        upload = http.client.HTTPConnection(host, timeout=30)
        upload.putrequest(method, path)
        upload.putheader("Content-Type", "application/json")
        upload.putheader("Content-Length", "1000000")
        upload.endheaders(b" " * 1000)
        uploads.append(upload)
time.sleep(1)
slowest = 0
for _ in range(10):
    began = time.monotonic()
    quick = http.client.HTTPConnection(host, timeout=30)
    quick.request("GET", "/api/2.0/mlflow/experiments/search?max_results=1")
    assert quick.getresponse().status == 200
    slowest = max(slowest, time.monotonic() - began)
for upload in uploads:
    upload.send(b" ")  # is not refused: the server still waits for the rest
print(slowest)
