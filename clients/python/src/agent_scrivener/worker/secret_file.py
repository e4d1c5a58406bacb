"""Secrets come from files, or from descriptors that whoever started the process has opened.

Who may read a file is checked on the open file, so that nobody can change it in between, by the rule of
PostgreSQL's server keys: its owner alone; of a file that belongs to root also its group.
"""

import os
import tempfile

from .errors import ConfigurationError

DESCRIPTOR_PREFIX = "fd:"


def read_secret(path: str, maximum_bytes: int) -> bytes:
    """Reads a secret as a whole.

    :param path: of a file; or `fd:N`, a descriptor that is open, which is read to its end and then closed.
    :raises ConfigurationError: when it cannot be read, is larger, or can be read by others than it should.
    """
    try:
        if path.startswith(DESCRIPTOR_PREFIX):
            descriptor = int(path.removeprefix(DESCRIPTOR_PREFIX))
        else:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not path.startswith(DESCRIPTOR_PREFIX):
                _check_readers(file.fileno(), path)
            # One more, to see whether there is more.
            secret = file.read(maximum_bytes + 1)
    except ValueError as error:
        raise ConfigurationError(
            f"{path} must be fd: and the number of a descriptor that is open") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    if len(secret) > maximum_bytes:
        raise ConfigurationError(f"{path} is too large, allowed {maximum_bytes} bytes")
    return secret


def _check_readers(descriptor: int, path: str) -> None:
    facts, user = os.fstat(descriptor), os.geteuid()
    if facts.st_uid not in (user, 0) and user != 0:
        raise ConfigurationError(
            f"{path} belongs to another user; it must be this process's or root's, "
            f"allowed user {user} or 0, got user {facts.st_uid}")
    forbidden = 0o037 if facts.st_uid == 0 and user != 0 else 0o077
    if facts.st_mode & forbidden:
        raise ConfigurationError(
            f"{path} can be used by others than its owner; chmod 600 {path} mends it, "
            f"allowed mode 0600, got mode 0{facts.st_mode & 0o777:o}")


def write_secret(secret: bytes, path: str) -> None:
    """Writes a secret so that it is there whole or not at all, on disk when the call returns, and only its owner
    can read it.

    :raises ConfigurationError: when it cannot be written.
    """
    try:
        folder = os.path.dirname(path) or "."
        # Its mode is 0600 from the beginning.
        descriptor, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        sync_folder(folder)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from error


def sync_folder(folder: str) -> None:
    """Has the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
