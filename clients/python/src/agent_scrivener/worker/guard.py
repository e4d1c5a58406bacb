"""Kills what children of a worker have started when the worker dies, in whatever way: no handler runs at SIGKILL, but
the kernel closes the dead process's descriptors.

The guard is one small shell script per worker, in a session of its own. Only the worker holds the other end of its
standard input, and writes which sessions there are; at the end of that input the script kills what is left of them.
The children themselves die with the worker by the kernel's own means (`processes.die_with_parent`), which do not reach
what they have started.
"""

import os
import subprocess
import threading
import weakref
from contextlib import suppress

#: Signals are for the worker: when it ends at one, the input ends. In `/proc/N/stat` the state and the session are the
#: first and the fourth word behind the program's name, which stands in brackets and may have any in it.
SCRIPT = r"""
trap '' HUP INT QUIT TERM
cd /
sessions=
while read -r sign session; do
    rest=
    for other in $sessions; do
        if [ "$other" != "$session" ]; then rest="$rest $other"; fi
    done
    sessions=$rest
    if [ "$sign" = + ]; then sessions="$sessions $session"; fi
done
if [ -z "$sessions" ]; then exit 0; fi
for session in $sessions; do kill -s KILL -- "-$session"; done
for try in 1 2 3 4 5 6 7 8 9 10; do
    left=
    for file in /proc/[0-9]*/stat; do
        read -r line <"$file" || continue
        set -- ${line##*) }
        case $1 in Z|X) continue ;; esac
        case " $sessions " in
        *" $4 "*)
            file=${file#/proc/}
            kill -s KILL "${file%/stat}"
            left=1 ;;
        esac
    done
    if [ -z "$left" ]; then exit 0; fi
    sleep 0.1
done
"""


#: The end of its input is the worker's death: whatever is forked would hold it open.
_guards: "weakref.WeakSet[Guard]" = weakref.WeakSet()


class Guard:
    """The guard of one worker's children. From any thread; started with the first child."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._sessions: set[int] = set()
        _guards.add(self)

    def watch(self, session: int) -> None:
        """From when it returns what is in the session is killed with the worker."""
        with self._lock:
            self._sessions.add(session)
            self._tell(f"+ {session}\n")

    def release(self, session: int) -> None:
        """To be called before the session's first process is waited for: its number may be another's then."""
        with self._lock:
            self._sessions.discard(session)
            if self._process is not None:
                # Without a guard there is nobody to be told, and whoever buries a process has to go on.
                with suppress(OSError):
                    self._tell(f"- {session}\n")

    def close(self) -> None:
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
                self._process.wait()
            self._process = None

    def _tell(self, line: str) -> None:
        if self._process is not None and self._write(line):
            return
        # It is not there yet, or somebody has killed it: another one knows all sessions.
        self._process = None
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", SCRIPT, "scrivener-guard"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin"})
        for session in self._sessions:
            self._write(f"+ {session}\n")

    def _write(self, line: str) -> bool:
        assert self._process is not None and self._process.stdin is not None
        try:
            os.write(self._process.stdin.fileno(), line.encode())
        except OSError:
            self._process.stdin.close()
            self._process.wait()
            return False
        return True

    def _close_in_child(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def _close_in_child() -> None:
    for each in _guards:
        each._close_in_child()


os.register_at_fork(after_in_child=_close_in_child)
