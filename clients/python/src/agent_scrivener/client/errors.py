"""What can go wrong between a program and a coordinator."""

import json
from typing import Any

#: The same request may succeed soon.
PASSING_STATUSES = frozenset({429, 502, 503, 504})


class CoordinatorError(Exception):
    """A request that did not give what was asked for."""


class Unreachable(CoordinatorError):
    """Nobody has answered, or not to the end, for as long as somebody was patient."""


class Problem(CoordinatorError):
    """An answer that says no: a problem document (RFC 9457) with the coordinator's stable codes."""

    def __init__(self, status: int, body: bytes, retry_after: float | None = None) -> None:
        self.status = status
        #: After how many seconds it is worth trying again, where the coordinator says so.
        self.retry_after = retry_after
        document = _document(body)
        #: A stable word for programs; empty where somebody in between has answered.
        self.code: str = str(document.get("code", ""))
        self.detail: str = str(document.get("detail", "")) or body[:400].decode(errors="replace")
        #: Each thing that is wrong: `code`, `pointer`, `message`, `limit`, `actual`.
        self.errors: list[dict[str, Any]] = document.get("errors") or []
        text = f"{status} {self.code}: {self.detail}" if self.code else f"{status}: {self.detail}"
        mistakes = [f"{each.get('pointer', '')} {each.get('message', '')}" for each in self.errors]
        super().__init__("; ".join([text, *mistakes]))

    @property
    def is_passing(self) -> bool:
        return self.status in PASSING_STATUSES


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
