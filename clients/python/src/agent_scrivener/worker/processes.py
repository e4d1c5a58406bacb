"""Which processes there are, out of the kernel's tables, and how all that descends from one is killed.

Without `/proc` (outside of Linux) only the process group of a child is known.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
#: So often descendants are looked for again: those that were killed leave theirs to the child.
MOST_ROUNDS = 200


def die_with_parent(parent: int) -> None:
    """From now on this process is killed when the thread that has started it ends, and takes in what its own children
    leave behind: a daemon that an agent starts can still be found."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        library.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    except (OSError, AttributeError):
        # Not Linux: the guard is there all the same.
        return
    if os.getppid() != parent:
        os._exit(1)


def has_children() -> bool:
    """Whether this process has a child, dead or alive; not known outside of Linux."""
    if not hasattr(os, "waitid"):
        return False
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def dead_children() -> set[int]:
    """The children of this process that nobody has waited for yet and that have left its session, as daemons do: who
    has not may be waited for by whoever has started it."""
    own, session = os.getpid(), os.getsid(0)
    return {
        process for process in _entries()
        if (facts := _facts(process)) is not None
        and facts[:2] == ("Z", own) and facts[2] != session}


def descendants(child: int) -> list[int]:
    """All that lives and descends from a process, or is in its session, without itself."""
    table = _table()
    found = {process for process, (_, session) in table.items() if session == child}
    for process in table:
        ancestor = process
        for _ in range(len(table)):
            ancestor = table[ancestor][0] if ancestor in table else 0
            if ancestor == child or ancestor in found:
                found.add(process)
                break
            if ancestor <= 1:
                break
    found.discard(child)
    return sorted(found)


def in_session(session: int) -> list[int]:
    """All that lives in the session of a process that is dead: it cannot be another's as long as there is anybody."""
    return sorted(process for process, (_, own) in _table().items() if own == session)


def kill_tree(child: int) -> None:
    """Kills all that descends from a process, and then itself. It must not have been waited for."""
    _kill_all(lambda: descendants(child))
    _kill(child)


def kill_session(session: int) -> None:
    """Kills what a process that is dead has left behind."""
    _kill_all(lambda: in_session(session))


def _kill_all(those: Callable[[], list[int]]) -> None:
    for _ in range(MOST_ROUNDS):
        left = those()
        if not left:
            return
        for process in left:
            _kill(process)
        time.sleep(0.005)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _table() -> dict[int, tuple[int, int]]:
    """Parent and session of all that lives."""
    found = {}
    for process in _entries():
        facts = _facts(process)
        if facts is not None and facts[0] not in ("Z", "X"):
            found[process] = facts[1:]
    return found


def _entries() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except FileNotFoundError:
        return []


def _facts(process: int) -> tuple[str, int, int] | None:
    """State, parent and session: the first, second and fourth word behind the program's name, which stands in
    brackets and may have any in it."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return (words[0], int(words[1]), int(words[3])) if len(words) > 3 else None
