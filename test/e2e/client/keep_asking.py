"""keep_asking.py ADDRESS HEADERS STOP: asks from four threads until the file STOP is there, and prints as JSON how many answers there were and the failures.

ADDRESS is that of a port, or https://NAME@ADDRESS for the port of https there, whoever signed the certificate of NAME.
"""
import http.client
import json
import os
import socket
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor

address, headers, stop = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]

unverified = ssl.create_default_context()
unverified.check_hostname, unverified.verify_mode = False, ssl.CERT_NONE


def connect():
    if not address.startswith("https://"):
        return http.client.HTTPConnection(address, timeout=20)
    name, _, ip = address.removeprefix("https://").partition("@")
    connection = http.client.HTTPSConnection(name, timeout=20, context=unverified)
    connection._create_connection = lambda _, *rest: socket.create_connection((ip, 443), *rest)
    return connection


def ask(_):
    answers, failures = 0, []
    while not os.path.exists(stop):
        try:
            connection = connect()
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
