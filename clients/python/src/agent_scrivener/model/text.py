"""Text within limits of bytes."""

_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:")
LONGEST_NAME = 128
LONGEST_POOL_NAME = 64


def beginning(text: str, limit: int) -> str:
    """As many whole characters as fit into so many bytes of UTF-8; what is no text becomes `?`."""
    encoded = text.encode("utf-8", errors="replace")
    return encoded[:limit].decode("utf-8", errors="ignore")


def is_name(text: str, limit: int = LONGEST_NAME) -> bool:
    """Whether a text may name an agent, a tag, a worker: 1…limit of a–z A–Z 0–9 _ - . :"""
    return 1 <= len(text) <= limit and _ALLOWED.issuperset(text) and text not in (".", "..")


def is_worker_id(text: str) -> bool:
    """Whether a text is a worker's id: a name, or that of its pool, a slash and a name."""
    pool, slash, name = text.rpartition("/")
    return is_name(name) and (not slash or is_name(pool, LONGEST_POOL_NAME))
