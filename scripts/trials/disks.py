"""Hosts with disks of their own: what is in /var/lib and /srv of one is on no other, nor on this machine."""

import os
import shutil
from pathlib import Path

# What each host has for itself: where topologies put what belongs to a host.
PLACES = ("/var/lib", "/srv")
# A host's programs see its own folders there. The first argument is where they are.
ENTER = " && ".join(
    [*(f'mount --bind "$0{place}" {place}' for place in PLACES), 'exec "$@"'])


class Disks:
    def __init__(self, rack, folder):
        self.rack = rack
        self.folder = Path(folder)
        for host in rack.hosts:
            for place in PLACES:
                os.makedirs(f"{self.of(host)}{place}")

    def of(self, host):
        return self.folder / host

    def on(self, host):
        """What to put before a command so that it runs on a host, with the host's disk.

        A namespace of mounts comes with that of the network, and goes with the program.
        """
        return [*self.rack.on(host), "sh", "-c", ENTER, str(self.of(host))]

    def path(self, host, path):
        """Where a file of a host is on this machine."""
        if not any(str(path).startswith(f"{place}/") for place in PLACES):
            raise SystemExit(f"{path} is no place of a host's own: {', '.join(PLACES)}")
        return Path(f"{self.of(host)}{path}")

    def copy(self, host, path, other):
        """Takes a file from one host to another, in the place of the one there: whole, or not at all."""
        source, target = self.path(host, path), self.path(other, path)
        if source == target:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{target.name}.new")
        shutil.copy(source, beside)
        os.replace(beside, target)
