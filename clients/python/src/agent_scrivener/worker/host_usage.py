"""What a worker uses of its host, for its heartbeats. Read from the kernel's tables; nothing is claimed elsewhere."""

import os


def processor_load_permille() -> int:
    """The load average of the last minute over the number of processors, in thousandths, at most 1,000."""
    try:
        load = os.getloadavg()[0]
    except OSError:
        return 0
    return min(1_000, max(0, int(load * 1_000 / (os.cpu_count() or 1))))


def resident_bytes() -> int:
    """Of this process; 0 where it is not known."""
    fields = _text("/proc/self/statm").split()
    return int(fields[1]) * os.sysconf("SC_PAGESIZE") if len(fields) > 1 else 0


def memory_mebibytes() -> int | None:
    """What the worker may use: the host's memory, or its container's limit where that is less."""
    try:
        host = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError):
        return None
    limits = [host]
    # The control group, in its two versions. Without a limit the first says `max`.
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = _text(path).strip()
        if text.isdigit():
            limits.append(int(text))
    return min(limits) >> 20 or None


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(256)
    except OSError:
        return ""
