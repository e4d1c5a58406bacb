"""JSON as the pool takes it (RFC 8259): no NaN, no infinity, no half characters, and not too deep."""

import json
from typing import Any

from .errors import WireError


def encode_json(value: Any, depth: int, field: str) -> bytes:
    """:raises WireError: when the value has something in it that JSON has no word for, or is nested too deeply."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        encoded = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise WireError("invalid_json", field, actual=str(error)) from error
    if _is_deeper(value, depth):
        raise WireError("invalid_json", field, f"{depth} levels", "more than that")
    return encoded


def _is_deeper(value: Any, depth: int) -> bool:
    """Whether a value is nested more than so many levels deep."""
    level = [value]
    for _ in range(depth):
        level = [
            child for each in level if isinstance(each, (dict, list, tuple))
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, (dict, list, tuple))]
        if not level:
            return False
    return True


def decode_json(encoded: bytes, absent: Any) -> Any:
    """A value that the pool has checked; what is left out is something else."""
    return json.loads(encoded) if encoded else absent
