"""A network namespace as a pod has it whose network policy lets nothing out but to its database and its store: every name resolves, and every
packet to another address is dropped without a word."""

from __future__ import annotations

import json
import socket
import subprocess
import threading

HERE, THERE = "10.231.0.1", "10.231.0.2"
# A public address, which MLflow takes for a receiver of webhooks, and the gateway to it.
ANYWHERE, GATEWAY = "93.184.215.14", "93.184.215.1"


def ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True).stdout


class SealedNetwork:
    """Its processes reach this machine at HERE, and are reached at THERE. `asked`: the names that they asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        for each in (name, f"{name}-away"):
            ip("netns", "add", each)
        ip("link", "add", f"{name}-in", "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("addr", "add", f"{HERE}/30", "dev", f"{name}-in")
        ip("link", "set", f"{name}-in", "up")
        # The other end of this cable is in a namespace without addresses, which answers nothing.
        subprocess.run(["ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"], check=True)
        for command in ("link set lo up", f"addr add {THERE}/30 dev eth0", "link set eth0 up", f"link add nowhere type veth peer name nowhere netns {name}-away",
                        "link set nowhere up", "addr add 93.184.215.2/24 dev nowhere", f"neigh add {GATEWAY} lladdr 02:00:00:00:00:02 dev nowhere",
                        f"neigh add {ANYWHERE} lladdr 02:00:00:00:00:02 dev nowhere", f"route add default via {GATEWAY}"):
            ip("-n", name, *command.split())
        ip("-n", f"{name}-away", "link", "set", "nowhere", "up")
        self._before = 0
        self._before = self.dropped()
        self._resolver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._resolver.bind((HERE, 53))
        threading.Thread(target=self._resolve, daemon=True).start()

    def _resolve(self) -> None:
        """Answers every question about an IPv4 address with ANYWHERE, and every other with nothing."""
        while True:
            try:
                question, client = self._resolver.recvfrom(512)
            except OSError:
                return
            labels, at = [], 12
            while length := question[at]:
                labels.append(question[at + 1 : at + 1 + length].decode())
                at += 1 + length
            self.asked.append(".".join(labels))
            is_ipv4 = question[at + 1 : at + 3] == b"\0\x01"
            answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04" + socket.inet_aton(ANYWHERE) if is_ipv4 else b""
            self._resolver.sendto(question[:2] + b"\x81\x80\0\x01\0" + bytes([is_ipv4]) + b"\0\0\0\0" + question[12 : at + 5] + answer, client)

    def dropped(self) -> int:
        """Packets that went to where nothing is."""
        return int(json.loads(ip("-n", self.name, "-s", "-j", "link", "show", "nowhere"))[0]["stats64"]["tx"]["packets"]) - self._before

    def remove(self) -> None:
        self._resolver.close()
        for each in (self.name, f"{self.name}-away"):
            ip("netns", "del", each)
