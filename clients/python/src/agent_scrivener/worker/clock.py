"""The worker's clock: it never goes back, and counts on while the machine sleeps where the system has such a one."""

import time

_BOOT_TIME = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> int:
    """In nanoseconds."""
    return time.clock_gettime_ns(_BOOT_TIME)
