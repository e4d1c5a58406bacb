"""A worker's own key and what it knows of its coordinator's, as they are in its files.

The files may be changed while it runs, which is how keys are changed without a stop.
"""

import logging
import os
from enum import Enum, auto
from typing import TypeGuard

from ..machine.configuration import SECOND
from ..model.incoming import Redial
from .errors import ConfigurationError
from .keys import (
    FileStamp,
    KeyPair,
    key_file_text,
    read_coordinator_keys,
    read_key_pair,
    read_token,
)
from .secret_file import DESCRIPTOR_PREFIX, write_secret
from .settings import WorkerSettings
from .trust import Memory, TrustedCoordinator

LOOK_INTERVAL = 1 * SECOND
OWN_KEY_NAME = "worker.secret"
MEMORY_NAME = "coordinator-key"
_log = logging.getLogger("agent_scrivener.worker")


class Change(Enum):
    """What was found changed."""

    #: Another key, or another way to the coordinator: the connection has to be made anew.
    LINE = auto()
    #: Another token: the replica has to enrol again, beside what it does.
    TOKEN = auto()


class WorkerCredentials:
    """The worker's keys. The loop's thread alone uses them."""

    def __init__(self, settings: WorkerSettings) -> None:
        """:raises ConfigurationError: when a file cannot be read."""
        assert settings.coordinator_key is not None
        self._settings = settings
        self._coordinator_key: str = settings.coordinator_key
        self._pool, _, self._name = settings.worker_id.rpartition("/")
        self._token: bytes | None = None
        self._stamps = self._stamped()
        self._look_due = 0
        #: Whether the coordinator should know the worker's key.
        self.is_listed = True
        if settings.key is not None:
            self.pair = read_key_pair(settings.key)
        elif settings.pool_token is not None:
            self._token = read_token(settings.pool_token)
            self.pair, self.is_listed = self._own_key()
        #: What the files looked like that could not be read, and were told of.
        self._told: list[FileStamp | None] | None = None
        self.trust = TrustedCoordinator(
            settings.coordinator, read_coordinator_keys(self._coordinator_key), self._memory())

    @property
    def is_replica(self) -> bool:
        """Whether the worker can enrol."""
        return self._token is not None

    def _own_key(self) -> tuple[KeyPair, bool]:
        """The key that the replica made at its first start, which it may be known by; or a new one."""
        if self._settings.data is None:
            return KeyPair.generate(), False
        path = os.path.join(self._settings.data, OWN_KEY_NAME)
        if os.path.exists(path):
            return read_key_pair(path), True
        pair = KeyPair.generate()
        write_secret(key_file_text(pair, f"worker {self._settings.worker_id}'s own"), path)
        return pair, False

    def _stamped(self) -> list[FileStamp | None]:
        own = self._settings.key or self._settings.pool_token or ""
        return [FileStamp.of(self._coordinator_key), FileStamp.of(own)]

    # Files that change

    @property
    def next_look(self) -> int:
        return self._look_due

    def look(self, now: int, is_forced: bool = False) -> set[Change]:
        """Looks whether files have changed, once a second.

        :param is_forced: whether to look now, and to read them whatever they look like.
        """
        if not is_forced and self._look_due > now:
            return set()
        self._look_due = now + LOOK_INTERVAL
        seen = self._stamped()
        if not is_forced and seen == self._stamps:
            return set()
        try:
            changes = self._reload()
        except ConfigurationError as error:
            # Tried again until it succeeds, and told once.
            if is_forced or seen != self._told:
                _log.error("keys cannot be read; those from before hold (%s)", error)
            self._told = seen
            return set()
        self._stamps, self._told = seen, None
        return changes

    def _reload(self) -> set[Change]:
        """All or nothing: a key that is taken on without its change being told would not be used."""
        keys = read_coordinator_keys(self._coordinator_key)
        changes = set()
        if _can_be_read_again(self._settings.key):
            pair = read_key_pair(self._settings.key)
            if pair.public != self.pair.public:
                self.pair = pair
                changes.add(Change.LINE)
        if _can_be_read_again(self._settings.pool_token):
            token = read_token(self._settings.pool_token)
            if token != self._token:
                changes.add(Change.TOKEN)
            self._token = token
        if self.trust.reconfigure(keys):
            changes.add(Change.LINE)
        if changes:
            _log.warning("keys were read again")
        return changes

    # The coordinator's key

    def welcomed(self, redial: Redial | None, now: int) -> bool:
        """What the coordinator says of the present line; whether to dial anew."""
        if redial is None:
            if self.trust.confirm():
                self._remember()
            return False
        if not self.trust.learn(redial, now):
            return False
        line = self.trust.line
        _log.warning("the coordinator has another key (%s %s)", line.endpoint, line.key.decode())
        self._remember()
        return True

    def _memory(self) -> Memory | None:
        if self._settings.data is None:
            return None
        try:
            with open(os.path.join(self._settings.data, MEMORY_NAME), "rb") as file:
                return Memory.read(file.read(16 << 10))
        except OSError:
            return None

    def _remember(self) -> None:
        if self._settings.data is None or self.trust.memory is None:
            return
        try:
            write_secret(
                self.trust.memory.text, os.path.join(self._settings.data, MEMORY_NAME))
        except ConfigurationError as error:
            _log.warning("the coordinator's key is not remembered over a restart (%s)", error)

    # Enrolling

    @property
    def enrolment(self) -> tuple[str, str, bytes] | None:
        """What to ask, of a replica: its pool, its name within it, and the token."""
        return None if self._token is None else (self._pool, self._name, self._token)

    @property
    def enrolment_endpoint(self) -> str:
        """Where to ask it."""
        if self._settings.enrol is not None:
            return self._settings.enrol
        endpoint = self.trust.endpoint
        if not endpoint.startswith("tcp://"):
            return endpoint + "-enrol"
        host, _, port = endpoint.rpartition(":")
        return f"{host}:{int(port) + 1}" if port.isdigit() else endpoint


def _can_be_read_again(path: str | None) -> TypeGuard[str]:
    return path is not None and not path.startswith(DESCRIPTOR_PREFIX)
