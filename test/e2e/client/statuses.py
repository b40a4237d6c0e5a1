"""statuses.py ADDRESS REQUESTS: the statuses of many requests. REQUESTS is JSON: {headers: {name: {header: value}}, methods: [], paths: []}.

Prints as JSON, for each name, which requests were answered by which status: {name: {status: ["METHOD path"]}}.
"""
import http.client
import itertools
import json
import sys
from concurrent.futures import ThreadPoolExecutor

address, requests = sys.argv[1], json.loads(sys.argv[2])


def status(request):
    (name, headers), method, path = request
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for header, value in headers.items():
        connection.putheader(header, value)
    connection.endheaders()
    answer = connection.getresponse()
    connection.close()
    return name, str(answer.status), f"{method} {path}"


found = {}
with ThreadPoolExecutor(8) as pool:
    for name, code, what in pool.map(status, itertools.product(requests["headers"].items(), requests["methods"], requests["paths"])):
        found.setdefault(name, {}).setdefault(code, []).append(what)
print(json.dumps(found))
