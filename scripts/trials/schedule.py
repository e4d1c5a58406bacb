"""Which fault strikes when: all of it from the seed."""

import random

# What happens, and how often beside the others.
KINDS = {
    "kill-coordinator": 12,
    "kill-worker": 40,
    "kill-two-workers": 5,
    "kill-all": 1,
    "stop-worker-1s": 6,
    "stop-worker-6s": 4,
    "stop-worker-60s": 1,
    "stop-coordinator-1s": 3,
    "stop-coordinator-6s": 1,
    "flap-worker": 2,
    "fill-disk": 1,
}


class Fault:
    def __init__(self, at, kind, worker):
        self.at, self.kind, self.worker = at, kind, worker


def faults(seed, seconds, workers, disk_can_be_filled):
    """In order of time, on average one in 0.75 s."""
    source = random.Random(f"{seed} faults")
    kinds = [kind for kind in KINDS if kind != "fill-disk" or disk_can_be_filled]
    weights = [KINDS[kind] for kind in kinds]
    at, found = 2.0, []
    while True:
        at += source.expovariate(1 / 0.75)
        if at >= seconds:
            return found
        kind = source.choices(kinds, weights)[0]
        found.append(Fault(at, kind, source.randrange(workers)))
