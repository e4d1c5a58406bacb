"""Enrolling, with patience: again after a while when nobody answers, and after a longer one when the answer is no.
That is for people to mend, and they have to read of it."""

import logging
import random

import zmq

from ..machine.configuration import SECOND
from ..model.incoming import Refused
from ..wire.decoding import decode_enrolment
from ..wire.encoding import encode_enrolment
from ..wire.errors import WireError
from ..wire.limits import WireLimits
from .credentials import WorkerCredentials
from .sockets import enrolment_socket, receive, secure

PATIENCE = 5 * SECOND
FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 15.0
#: After an answer that was no.
REFUSED_SECONDS = (5.0, 20.0)
#: Who is turned away so soon after it was listed does not hurry to be listed again.
RECENTLY = 5 * SECOND
_log = logging.getLogger("agent_scrivener.worker")


class Enrolment:
    """A replica's way onto the coordinator's list. The loop's thread alone uses it."""

    def __init__(
        self, credentials: WorkerCredentials, context: zmq.Context[zmq.Socket[bytes]],
        poller: zmq.Poller,
    ) -> None:
        self._credentials = credentials
        self._context = context
        self._poller = poller
        self._socket: zmq.Socket[bytes] | None = None
        self._deadline = 0
        self._retry_at: int | None = None
        self._failures = 0
        self._listed_at: int | None = None

    @property
    def next_due(self) -> int | None:
        return self._deadline if self._socket is not None else self._retry_at

    def begin(self, now: int) -> None:
        """Begins, unless it has begun."""
        if self._socket is not None or self._retry_at is not None:
            return
        if self._listed_at is not None and now - self._listed_at < RECENTLY:
            self._wait(random.uniform(*REFUSED_SECONDS), now)
        else:
            self._dial(now)

    def restart(self, now: int) -> None:
        """Begins anew, with what is in the files now."""
        self.close()
        self._dial(now)

    def close(self) -> None:
        self._hang_up()
        self._retry_at = None

    def attend(self, now: int) -> bool:
        """Does what is due; whether the worker has just been listed."""
        if self._retry_at is not None and self._retry_at <= now:
            self._dial(now)
        if self._socket is None:
            return False
        frames = receive(self._socket)
        if frames is None:
            if self._deadline <= now:
                self._give_up(now)
            return False
        self._hang_up()
        try:
            answer = decode_enrolment(frames[-1], WireLimits())
        except WireError as error:
            _log.error("the answer to an enrolment is none (%s)", error)
            self._wait(random.uniform(*REFUSED_SECONDS), now)
            return False
        if isinstance(answer, Refused):
            _log.error(
                "the coordinator does not enrol this worker (%s: %s)", answer.code, answer.reason)
            self._wait(random.uniform(*REFUSED_SECONDS), now)
            return False
        self._failures = 0
        self._listed_at = now
        _log.warning("enrolled as %s", answer)
        return True

    def _dial(self, now: int) -> None:
        request = self._credentials.enrolment
        if request is None:
            return
        self._retry_at = None
        endpoint = self._credentials.enrolment_endpoint
        _log.info("enrolling at %s", endpoint)
        self._socket = enrolment_socket(self._context)
        secure(self._socket, self._credentials.pair, self._credentials.trust.line.key)
        self._socket.connect(endpoint)
        self._socket.send(encode_enrolment(*request))
        self._poller.register(self._socket, zmq.POLLIN)
        self._deadline = now + PATIENCE

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._poller.unregister(self._socket)
            self._socket.close()
        self._socket = None

    def _give_up(self, now: int) -> None:
        self.close()
        self._failures += 1
        _log.warning(
            "nobody answers an enrolment at %s; is the key in coordinator_key that of the "
            "coordinator?", self._credentials.enrolment_endpoint)
        # The coordinator may have another key by now; not where the worker is connected, and only shows a new token.
        if not self._credentials.is_listed:
            self._credentials.trust.fail(now)
        most = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** min(self._failures, 10))
        self._wait(random.uniform(0, most), now)

    def _wait(self, seconds: float, now: int) -> None:
        self._retry_at = now + int(seconds * SECOND)
