"""The worker's line to its coordinator: in the clear, or encrypted by keys that may change on both sides.

It dials again when the machine doubts the connection, and of its own accord when keys have changed, when the
coordinator asks to be dialled otherwise, and when it has turned the worker away and may know it after an enrolment.
"""

import logging
from collections import deque

import zmq

from ..machine.configuration import SECOND
from ..model.incoming import Redial
from .credentials import Change, WorkerCredentials
from .enrolment import Enrolment
from .sockets import HandshakeMonitor, line_socket, receive, secure

#: When the log may be told again that nobody lets the worker in.
COMPLAINT_INTERVAL = 30 * SECOND
_log = logging.getLogger("agent_scrivener.worker")


class CoordinatorLine:
    """The worker's end of the connection, and what it had no room for. The loop's thread alone uses it."""

    def __init__(
        self, endpoint: str, credentials: WorkerCredentials | None, most_bytes: int,
        context: zmq.Context[zmq.Socket[bytes]], poller: zmq.Poller,
    ) -> None:
        """:param credentials: None where connections are in the clear."""
        self._endpoint = endpoint
        self._credentials = credentials
        self._most_bytes = most_bytes
        self._context = context
        self._poller = poller
        self._enrolment = (
            None if credentials is None else Enrolment(credentials, context, poller))
        self._socket: zmq.Socket[bytes] | None = None
        self._monitor: HandshakeMonitor | None = None
        #: Messages that the socket had no room for, in order.
        self._unsent: deque[bytes] = deque()
        self._complain_at = 0

    # Dialling

    def open(self, now: int) -> None:
        """Dials, or enrols first and dials when that is done."""
        # What was not sent belongs to the registration that ended with its socket.
        self._unsent.clear()
        credentials = self._credentials
        if credentials is not None and not credentials.is_listed:
            assert self._enrolment is not None
            self._enrolment.begin(now)
            return
        socket = line_socket(self._context, self._most_bytes)
        endpoint = self._endpoint
        if credentials is not None:
            line = credentials.trust.line
            endpoint = line.endpoint
            secure(socket, credentials.pair, line.key)
            self._monitor = HandshakeMonitor(socket)
            self._poller.register(self._monitor.socket, zmq.POLLIN)
        socket.connect(endpoint)
        self._poller.register(socket, zmq.POLLIN)
        self._socket = socket

    def reopen(self, now: int) -> None:
        """Dials anew, since nobody has answered."""
        if self._credentials is not None:
            # A worker that is not let in cannot be answered either.
            if not self._credentials.is_listed:
                return
            self._credentials.trust.fail(now)
        self._dial_anew(now)

    def close(self) -> None:
        self._hang_up()
        if self._enrolment is not None:
            self._enrolment.close()

    def _dial_anew(self, now: int) -> None:
        self._hang_up()
        self.open(now)

    def _hang_up(self) -> None:
        if self._monitor is not None:
            self._poller.unregister(self._monitor.socket)
            self._monitor.close()
        self._monitor = None
        if self._socket is not None:
            self._poller.unregister(self._socket)
            self._socket.close()
        self._socket = None

    # Keys

    @property
    def next_due(self) -> int | None:
        """When `attend` has something to do, whatever comes."""
        if self._credentials is None or self._enrolment is None:
            return None
        due = self._enrolment.next_due
        look = self._credentials.next_look
        return look if due is None else min(look, due)

    def attend(self, now: int, is_reloading: bool = False) -> bool:
        """Looks what has become of the connection and of the files of keys; whether the line has dialled anew, and
        nobody there knows of a registration."""
        credentials, enrolment = self._credentials, self._enrolment
        if credentials is None or enrolment is None:
            return False
        self._take_events(now)
        changes = credentials.look(now, is_reloading)
        if Change.TOKEN in changes:
            enrolment.restart(now)
        has_dialled = Change.LINE in changes
        if enrolment.attend(now):
            credentials.is_listed = True
            has_dialled = has_dialled or self._socket is None
        if has_dialled:
            self._dial_anew(now)
        return has_dialled and self._socket is not None

    def welcomed(self, redial: Redial | None, now: int) -> bool:
        """The coordinator has taken the worker on; whether the line has dialled anew, as the coordinator wishes."""
        if self._credentials is None or not self._credentials.welcomed(redial, now):
            return False
        self._dial_anew(now)
        return True

    def _take_events(self, now: int) -> None:
        while self._monitor is not None and (event := self._monitor.next()) is not None:
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._complain_at = 0
            elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                self._turned_away(now)
            else:
                self._complain(
                    "the coordinator does not shake hands; is the key in coordinator_key its own?",
                    now)

    def _turned_away(self, now: int) -> None:
        """The coordinator does not know the worker's key, or not any more."""
        credentials, enrolment = self._credentials, self._enrolment
        if credentials is None or enrolment is None or not credentials.is_replica:
            self._complain(
                "the coordinator does not know this worker's key; scrivener keys add-worker lists one",
                now)
            return
        credentials.is_listed = False
        self._hang_up()
        enrolment.begin(now)

    def _complain(self, text: str, now: int) -> None:
        if self._complain_at <= now:
            self._complain_at = now + COMPLAINT_INTERVAL
            _log.error("%s", text)

    # Speaking

    def receive(self) -> list[bytes] | None:
        """The frames of the next message, or None."""
        return None if self._socket is None else receive(self._socket)

    def send(self, message: bytes) -> None:
        """Without a connection there is no registration, and what was to be said in it is dropped."""
        if self._socket is None:
            return
        self._unsent.append(message)
        if len(self._unsent) == 1:
            self.flush()

    def flush(self) -> None:
        """Sends what there is room for."""
        if self._socket is None or not self._unsent:
            return
        try:
            while self._unsent:
                self._socket.send(self._unsent[0], zmq.NOBLOCK)
                self._unsent.popleft()
        except zmq.Again:
            pass
        self._poller.register(
            self._socket, zmq.POLLIN | zmq.POLLOUT if self._unsent else zmq.POLLIN)
