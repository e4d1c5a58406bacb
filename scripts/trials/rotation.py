"""Changes all keys of a cluster that works, each as docs/keys.md has it."""

import json
import shutil
import subprocess
import time


class Rotation:
    """What is replaced is kept beside the new one, with `.old` behind its name."""

    def __init__(self, cluster, inquiry, members):
        self.cluster = cluster
        self.inquiry = inquiry
        self.members = members

    def replace_key(self, worker):
        self.change_keys(
            "add-worker", worker, "--replace", "--output", self.cluster.kept(f"{worker}.new"))
        self.keep_old(f"{worker}.secret", f"{worker}.new")
        before = self.cluster.said(worker, "] registered")
        self.cluster.hand_over(worker, ["key"])
        began = time.monotonic()
        self.inquiry.wait_until(
            f"{worker} registers with its new key",
            lambda: self.cluster.said(worker, "] registered") > before)
        seconds = time.monotonic() - began
        self.change_keys("revoke", worker, "--old")
        return f"{worker} registered with it after {seconds:.1f} s; the old one is revoked"

    def replace_tokens(self):
        figures = []
        for pool in self.cluster.topology["pools"]:
            replicas = [name for name in self.cluster.workers if name.startswith(f"{pool}/")]
            self.change_keys("pool-token", pool, "--output", self.cluster.kept(f"{pool}.new"))
            self.keep_old(f"{pool}.token", f"{pool}.new")
            for name in replicas:
                self.cluster.hand_over(name, ["pool-token"])
            began = time.monotonic()
            self.inquiry.wait_until(
                f"the replicas of {pool} enrol with the new token",
                lambda: self.enrolled(pool) == len(replicas))
            figures.append(f"{pool} enrolled after {time.monotonic() - began:.1f} s")
            self.change_keys("revoke", pool, "--old")
        return f"{', '.join(figures)}; the old ones are revoked"

    def replace_coordinator_key(self):
        port = self.cluster.port
        folder = self.cluster.key_folder
        shutil.copy(folder / "coordinator.public", folder / "coordinator.public.old")
        self.cluster.manage_keys("rotate")
        moved = self.wait_for_peers("the workers have moved to the next key", port + 2, port)
        self.cluster.manage_keys("rotate", "--finish")
        back = self.wait_for_peers(
            "the workers have come back to the ordinary endpoint", port, port + 2)
        return (
            f"{len(self.members.names)} workers at port {port + 2} after {moved:.1f} s, "
            f"back at {port} {back:.1f} s after the old key ended")

    def change_keys(self, *words):
        """Until the coordinator knows of it: a key that is used before that is refused at first."""
        before = self.cluster.said("coordinator", "keys were read")
        self.cluster.manage_keys(*words)
        self.inquiry.wait_until(
            "the coordinator reads its keys",
            lambda: self.cluster.said("coordinator", "keys were read") > before)

    def keep_old(self, name, new):
        folder = self.cluster.key_folder
        (folder / name).rename(folder / f"{name}.old")
        (folder / new).rename(folder / name)

    def enrolled(self, pool):
        """How many replicas have the newest token."""
        listed = json.loads(self.cluster.manage_keys("list", "--output", "json"))
        tokens = [each for each in listed["pool_tokens"] if each["pool"] == pool]
        return max(tokens, key=lambda each: each["created"])["replicas"]

    def wait_for_peers(self, what, port, other):
        """Hands the coordinator's public key out; how long it takes until everybody is connected to a port."""
        began = time.monotonic()
        for name in self.cluster.workers:
            self.cluster.hand_over(name, ["coordinator-key"])
        self.inquiry.wait_until(
            what, lambda: peers(port) == len(self.members.names) and peers(other) == 0)
        return time.monotonic() - began


def peers(port):
    """How many are connected to a port of the host that this program is on."""
    return len(subprocess.run(
        ["ss", "-Htn", "state", "established", f"sport = :{port}"], check=True,
        capture_output=True, text=True).stdout.splitlines())
