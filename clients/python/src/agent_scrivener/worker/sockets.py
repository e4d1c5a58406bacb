"""Sockets as the worker has them: patient with a coordinator that restarts, quick to notice a dead connection."""

import zmq
from zmq.utils.monitor import recv_monitor_message

from .keys import KeyPair

LONGEST_ENROLMENT = 1 << 10
_EVENTS = (
    zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH
)


def line_socket(context: zmq.Context[zmq.Socket[bytes]], most_bytes: int) -> zmq.Socket[bytes]:
    """A socket for the conversation; it has yet to be connected."""
    socket = context.socket(zmq.DEALER)
    socket.set(zmq.LINGER, 500)
    socket.set(zmq.IPV6, 1)
    socket.set(zmq.SNDHWM, 10_000)
    socket.set(zmq.RCVHWM, 10_000)
    socket.set(zmq.HANDSHAKE_IVL, 5_000)
    socket.set(zmq.CONNECT_TIMEOUT, 5_000)
    # No pings: heartbeats are sent anyway, and what TCP does not bring over for so long breaks the connection.
    socket.set(zmq.TCP_MAXRT, 2_000)
    socket.set(zmq.RECONNECT_IVL, 100)
    socket.set(zmq.RECONNECT_IVL_MAX, 1_000)
    socket.set(zmq.MAXMSGSIZE, most_bytes)
    return socket


def enrolment_socket(context: zmq.Context[zmq.Socket[bytes]]) -> zmq.Socket[bytes]:
    """A socket for one question; it has yet to be connected."""
    socket = context.socket(zmq.DEALER)
    socket.set(zmq.LINGER, 0)
    socket.set(zmq.IPV6, 1)
    socket.set(zmq.MAXMSGSIZE, LONGEST_ENROLMENT)
    socket.set(zmq.HANDSHAKE_IVL, 3_000)
    socket.set(zmq.CONNECT_TIMEOUT, 3_000)
    # Whoever is not let in now must not hurry.
    socket.set(zmq.RECONNECT_IVL, 1_000)
    return socket


def secure(socket: zmq.Socket[bytes], pair: KeyPair, key: bytes) -> None:
    """Encrypts connections that are made from now on, and says who we are.

    :param key: the only one by which the other end is taken for whom we mean.
    """
    socket.set(zmq.CURVE_SERVERKEY, key)
    socket.set(zmq.CURVE_PUBLICKEY, pair.public)
    socket.set(zmq.CURVE_SECRETKEY, pair.secret)


def receive(socket: zmq.Socket[bytes]) -> list[bytes] | None:
    """The frames of the next message, or None when there is none."""
    try:
        return socket.recv_multipart(zmq.NOBLOCK)
    except zmq.Again:
        return None


class HandshakeMonitor:
    """Hears how handshakes of a socket go: libzmq dials in the background and tells nobody else."""

    def __init__(self, monitored: zmq.Socket[bytes]) -> None:
        self._monitored = monitored
        self.socket: zmq.Socket[bytes] = monitored.get_monitor_socket(_EVENTS)

    def next(self) -> int | None:
        """The next thing that has happened, one of `zmq.Event`, or None."""
        try:
            return int(recv_monitor_message(self.socket, zmq.NOBLOCK)["event"])
        except zmq.Again:
            return None

    def close(self) -> None:
        self._monitored.disable_monitor()
