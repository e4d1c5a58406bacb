"""Key files, as `scrivener keys` writes them: lines of Z85, and comments. Their contents are never told."""

import os
import struct
from dataclasses import dataclass

import zmq
from zmq.utils import z85

from .errors import ConfigurationError
from .secret_file import read_secret

KEY_LENGTH = 40
MOST_SECRET_BYTES = 4 << 10
MOST_TOKEN_BYTES = 256
MOST_COORDINATOR_KEYS = 4


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A CURVE key, in Z85. It never prints its secret half."""

    public: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"<key {self.public.decode()}>"

    @classmethod
    def generate(cls) -> "KeyPair":
        return cls(*zmq.curve_keypair())

    @classmethod
    def of_secret(cls, secret: bytes) -> "KeyPair":
        return cls(zmq.curve_public(secret), secret)


def read_key_pair(path: str) -> KeyPair:
    """A file with one secret key in it.

    :raises ConfigurationError: without what the file has in it.
    """
    lines = _lines(read_secret(path, MOST_SECRET_BYTES))
    if len(lines) != 1 or not is_key(lines[0]):
        raise ConfigurationError(
            f"{path} has no secret key in it, allowed one line of {KEY_LENGTH} characters of Z85, "
            f"got {len(lines)} lines")
    return KeyPair.of_secret(lines[0])


def key_file_text(pair: KeyPair, purpose: str) -> bytes:
    return (
        f"# A secret key of Agent Scrivener: {purpose}. Nobody else may have it.\n".encode()
        + pair.secret + b"\n")


def read_coordinator_keys(path: str) -> tuple[bytes, ...]:
    """A file with the coordinator's public keys in it: one, or two while it is being changed."""
    try:
        with open(path, "rb") as file:
            lines = _lines(file.read(4 * MOST_SECRET_BYTES))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    if not 1 <= len(lines) <= MOST_COORDINATOR_KEYS or not all(map(is_key, lines)):
        raise ConfigurationError(
            f"{path} has no public key of a coordinator in it, allowed 1…{MOST_COORDINATOR_KEYS} "
            f"lines of {KEY_LENGTH} characters of Z85, got {len(lines)} lines")
    return tuple(lines)


def read_token(path: str) -> bytes:
    """A file with nothing but a pool's token in it."""
    token = read_secret(path, 4 * MOST_TOKEN_BYTES).strip()
    if not 1 <= len(token) <= MOST_TOKEN_BYTES or not all(0x21 <= each <= 0x7E for each in token):
        raise ConfigurationError(
            f"{path} is not a token, which is one line of visible ASCII characters, "
            f"allowed 1…{MOST_TOKEN_BYTES} bytes, got {len(token)} bytes")
    return token


def is_key(text: bytes) -> bool:
    if len(text) != KEY_LENGTH:
        return False
    try:
        return len(z85.decode(text)) == 32 and z85.encode(z85.decode(text)) == text
    # What its table does not have, and what is beyond the 32 bits of a group.
    except (KeyError, ValueError, struct.error):
        return False


def key_of(raw: bytes) -> bytes:
    """A key of 32 bytes, in Z85."""
    return bytes(z85.encode(raw))


def _lines(content: bytes) -> list[bytes]:
    """Z85 has `#` among its characters, but no key begins with it: it would be beyond the 32 bits of a group."""
    lines = [line.strip() for line in content.replace(b"\r", b"\n").split(b"\n")]
    return [line for line in lines if line and not line.startswith(b"#")]


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What changes when a file is written or replaced. Its times alone may be too coarse."""

    file: int
    size: int
    written: int
    changed: int

    @classmethod
    def of(cls, path: str) -> "FileStamp | None":
        try:
            facts = os.stat(path)
        except OSError:
            return None
        return cls(facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
