"""metrics.py URL: the number of requests that a scrape counts."""
import sys
import urllib.request

with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
    lines = answer.read().decode().splitlines()
print(sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("mlflow_http_request_total{")))
