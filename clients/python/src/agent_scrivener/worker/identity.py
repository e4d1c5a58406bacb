"""Who the worker is over its restarts: its incarnation, and the name of a replica that nobody has named."""

import os
import secrets
import socket
import time

from ..model.text import is_name
from .errors import ConfigurationError
from .secret_file import write_secret

#: The part of the host's name that is taken, in characters.
LONGEST_HOST = 64
_DIGITS = "0123456789abcdefghijklmnopqrstuv"


def next_incarnation(folder: str | None, wall_ms: int | None = None) -> int:
    """Grows with every start, so that a newer process fences an older one under the same id.

    It is the wall clock's milliseconds, or one more than last time where the clock went back and the worker has a
    folder to remember in.
    """
    wall = time.time_ns() // 1_000_000 if wall_ms is None else wall_ms
    if folder is None:
        return wall
    path = os.path.join(folder, "incarnation")
    try:
        last = int(_read(path) or 0)
    except ValueError:
        last = 0
    following = max(wall, last + 1)
    write_secret(f"{following}\n".encode(), path)
    return following


def worker_id(pool: str | None, name: str | None, folder: str | None) -> str:
    """The id of a worker, from what it was told; a replica without a name has that which its folder remembers."""
    own = name or (_made() if folder is None else _kept(folder))
    return f"{pool}/{own}" if pool else own


def _kept(folder: str) -> str:
    path = os.path.join(folder, "replica-name")
    name = (_read(path) or "").strip()
    if name:
        if not is_name(name):
            raise ConfigurationError(
                f"{path} holds no worker's name; without the file the worker makes one")
        return name
    name = _made()
    write_secret(f"{name}\n".encode(), path)
    return name


def _made() -> str:
    """The host's name, so that people know where it is, and 40 random bits."""
    host = "".join(
        letter if is_name(f"a{letter}") else "-"
        for letter in socket.gethostname()[:LONGEST_HOST])
    return f"{host}-" + "".join(_DIGITS[secrets.randbelow(32)] for _ in range(8))


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1_024)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
