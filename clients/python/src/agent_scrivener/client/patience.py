"""How long to wait before trying again: exponential with full jitter (Marc Brooker, "Exponential Backoff and Jitter",
AWS Architecture Blog, 2015), within a budget of time. A value: who waits, and how, is for others."""

import random
import time

BASE_SECONDS = 0.25
CAP_SECONDS = 5.0
MOST_DOUBLINGS = 8


class Patience:
    """The waits of one outage, and of those that follow closely."""

    def __init__(self, budget: float | None) -> None:
        """:param budget: how long an outage may last before it is given up; None for ever."""
        self._budget = budget
        self._tries = 0
        self._since: float | None = None

    def restored(self, lasted: float) -> None:
        """What was back has broken again, after so long. Where that is less than the longest wait the waits go on
        growing: what breaks at once would otherwise be tried again at once for ever."""
        self._since = None
        if lasted >= CAP_SECONDS:
            self._tries = 0

    def next(self, at_least: float | None = None, now: float | None = None) -> float | None:
        """The next wait in seconds, or None when the outage has lasted too long.

        :param at_least: what the coordinator asks for.
        """
        moment = time.monotonic() if now is None else now
        if self._since is None:
            self._since = moment
        ceiling = min(CAP_SECONDS, BASE_SECONDS * 2 ** min(self._tries, MOST_DOUBLINGS))
        self._tries += 1
        wait = max(random.uniform(0, ceiling), at_least or 0.0)
        if self._budget is not None and moment + wait - self._since > self._budget:
            return None
        return wait
