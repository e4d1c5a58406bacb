"""Waits between tries: exponential with full jitter (Marc Brooker, "Exponential Backoff and Jitter", 2015)."""

import random


def full_jitter(source: random.Random, retries: int, base: int, cap: int) -> int:
    """A span between zero and what the n-th try may wait at most."""
    return source.randint(0, min(cap, base << min(retries, 40)))
