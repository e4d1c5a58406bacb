"""The way from other threads to the worker's loop, which sleeps in a poll."""

import os
import queue
import threading

from ..machine.events import Event
from ..model.attempts import AttemptReference


class Mailbox:
    """What the loop is told. Anybody may post, at any time, also from a signal's handler; nobody waits."""

    def __init__(self) -> None:
        self._posts: queue.SimpleQueue[Post] = queue.SimpleQueue()
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        # Reentrant: a signal's handler may come while its thread holds it.
        self._lock = threading.RLock()
        self._is_closed = False

    def fileno(self) -> int:
        """Readable when there is something."""
        return self._reader

    def post(self, post: "Post") -> None:
        self._posts.put(post)
        with self._lock:
            if self._is_closed:
                return
            try:
                os.write(self._writer, b"!")
            except BlockingIOError:
                # The pipe is full of reasons to wake up.
                pass

    def drain(self) -> list["Post"]:
        """All that was posted, in order."""
        try:
            while os.read(self._reader, 4_096):
                pass
        except BlockingIOError:
            pass
        posts = []
        while True:
            try:
                posts.append(self._posts.get_nowait())
            except queue.Empty:
                return posts

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            os.close(self._reader)
            os.close(self._writer)


class Emitted:
    """There is output, where there was none before."""


class EndedSaying:
    """Before an end: what the attempt said goes before its result."""

    def __init__(self, attempt: AttemptReference) -> None:
        self.attempt = attempt


class BeginDraining:
    """Finish what runs, and leave."""


class Abandon:
    """Leave now."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


class Reload:
    """Files of keys may have changed."""


Post = Event | Emitted | EndedSaying | BeginDraining | Abandon | Reload
