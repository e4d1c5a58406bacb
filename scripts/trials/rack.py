"""Hosts on one machine: network namespaces, joined by a switch that can cut, lose and delay what passes.

Needs root, iproute2 and ethtool. Nothing touches the machine's own network.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

NETWORK = "10.77.0"
SWITCH = Path(__file__).with_name("switch.py")


def do(*command):
    subprocess.run(command, check=True, capture_output=True, text=True)


class Rack:
    """Hosts by name, each with an address and a file of names of its own."""

    def __init__(self, name, hosts):
        self.name = name
        self.hosts = hosts
        self.addresses = {host: f"{NETWORK}.{number}" for number, host in enumerate(hosts, 1)}
        self.switch = None
        # What the switch has done to frames, when it was last told something.
        self.counts = {}

    def space(self, host):
        return f"{self.name}-{host}"

    def up(self):
        self.down()
        do("ip", "netns", "add", self.space("switch"))
        for host in self.hosts:
            space = self.space(host)
            do("ip", "netns", "add", space)
            do("ip", "-n", space, "link", "set", "lo", "up")
            do("ip", "-n", space, "link", "add", "eth0", "type", "veth",
               "peer", "name", host, "netns", self.space("switch"))
            do("ip", "-n", space, "addr", "add", f"{self.addresses[host]}/24", "dev", "eth0")
            # Frames pass through a program: they have to be as they would be on a cable.
            for space_of, device in ((space, "eth0"), (self.space("switch"), host)):
                do("ip", "netns", "exec", space_of, "ethtool", "-K", device,
                   "tx", "off", "tso", "off", "gso", "off", "gro", "off")
            do("ip", "-n", space, "link", "set", "eth0", "up")
            do("ip", "-n", self.space("switch"), "link", "set", host, "up")
            os.makedirs(f"/etc/netns/{space}", exist_ok=True)
        self.write_names()
        self.switch = subprocess.Popen(
            [*self.on("switch"), sys.executable, str(SWITCH), *self.hosts],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def down(self):
        if self.switch:
            self.switch.stdin.close()
            self.switch.wait()
            self.switch = None
        for host in [*self.hosts, "switch"]:
            subprocess.run(["ip", "netns", "del", self.space(host)], capture_output=True)
            shutil.rmtree(f"/etc/netns/{self.space(host)}", ignore_errors=True)

    def on(self, host):
        """What to put before a command so that it runs on a host."""
        return ["ip", "netns", "exec", self.space(host)]

    def write_names(self):
        """Written in place: a host that runs sees the file that was there when it started."""
        text = "127.0.0.1 localhost\n" + "".join(
            f"{address} {host}\n" for host, address in self.addresses.items())
        for host in self.hosts:
            with open(f"/etc/netns/{self.space(host)}/hosts", "w") as file:
                file.write(text)

    def move(self, host, number):
        """Gives a host another address, under the same name."""
        old, new = self.addresses[host], f"{NETWORK}.{number}"
        do("ip", "-n", self.space(host), "addr", "del", f"{old}/24", "dev", "eth0")
        do("ip", "-n", self.space(host), "addr", "add", f"{new}/24", "dev", "eth0")
        self.addresses[host] = new
        self.write_names()

    def rule(self, one, other, **rule):
        """From one host to another: `cut`, `loss` (0…1), `delay` (seconds)."""
        self.switch.stdin.write(json.dumps({"from": one, "to": other, **rule}) + "\n")
        self.switch.stdin.flush()
        self.counts = json.loads(self.switch.stdout.readline())

    def rules(self, hosts, others, **rule):
        """The same in both directions."""
        for one in hosts:
            for other in others:
                self.rule(one, other, **rule)
                self.rule(other, one, **rule)
