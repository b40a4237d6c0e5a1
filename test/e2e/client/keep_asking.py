"""keep_asking.py ADDRESS HEADERS STOP: asks from four threads until the file STOP is there, and prints as JSON how many answers there were and the failures."""
import http.client
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

address, headers, stop = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]


def ask(_):
    answers, failures = 0, []
    while not os.path.exists(stop):
        try:
            connection = http.client.HTTPConnection(address, timeout=20)
            connection.putrequest("GET", "/version", skip_host=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            answer.read()
            connection.close()
            assert answer.status == 200, answer.status
            answers += 1
        except Exception as error:
            failures.append(f"{time.strftime('%H:%M:%S')} {error!r}")
        time.sleep(0.02)
    return answers, failures


with ThreadPoolExecutor(4) as pool:
    results = list(pool.map(ask, range(4)))
print(json.dumps({"answers": sum(answers for answers, _ in results), "failures": [each for _, failures in results for each in failures][:5]}))
