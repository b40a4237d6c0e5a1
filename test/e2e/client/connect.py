"""Prints as JSON which of the given places, each `name=host:port`, can be connected to; `dns` is a lookup."""
import json
import os
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

os.environ["RES_OPTIONS"] = "timeout:4 attempts:1 ndots:1"  # of a DNS that does not answer


def reached(place):
    name, _, address = place.partition("=")
    host, _, port = address.rpartition(":")
    try:
        if name == "dns":
            socket.getaddrinfo(host, int(port))
        else:
            socket.create_connection((host, int(port)), timeout=4).close()
        return name
    except OSError:
        return None


with ThreadPoolExecutor(len(sys.argv)) as pool:
    print(json.dumps([name for name in pool.map(reached, sys.argv[1:]) if name]))
