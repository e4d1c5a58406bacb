"""The requests that programs make of a coordinator, as values: who sends them, and how they are tried again, is the
same for both clients."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

JSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    #: Whether it may be sent again when nobody knows what became of it.
    is_repeatable: bool = True
    #: How long the coordinator may take beside what is usual, in seconds.
    extra_seconds: float = 0.0


def path(*parts: str) -> str:
    """A path of parts; the slash in the id of a replica is no separator."""
    return "/v1/" + "/".join(quote(part, safe="") for part in parts)


def get(*parts: str, **query: object) -> Call:
    """A question. What is None is not asked."""
    return Call("GET", path(*parts), _query(query))


def post(*parts: str, body: Any = None, is_repeatable: bool = True) -> Call:
    """Something that comes to the same when it is said twice, unless something else is said."""
    return Call("POST", path(*parts), body=body, is_repeatable=is_repeatable)


def submit(
    plan: Mapping[str, Any], idempotency_key: str | None, wait: float | None,
    trace: Mapping[str, str],
) -> Call:
    """A plan. With a key of its own it can be sent again and again, and opens one session."""
    return Call(
        "POST", path("sessions"), headers=_headers(idempotency_key, wait, trace), body=dict(plan),
        extra_seconds=wait or 0.0)


def rerun(
    session: str, only: str, idempotency_key: str | None, wait: float | None
) -> Call:
    return Call(
        "POST", path("sessions", session, "rerun"),
        headers=_headers(idempotency_key, wait, {}), body={"only": only},
        extra_seconds=wait or 0.0)


def execute(
    agent: str, body: Mapping[str, Any], idempotency_key: str | None, wait: float | None
) -> Call:
    return Call(
        "POST", path("agents", agent, "execute"), headers=_headers(idempotency_key, wait, {}),
        body=dict(body), extra_seconds=60.0 if wait is None else wait)


def _headers(
    idempotency_key: str | None, wait: float | None, trace: Mapping[str, str]
) -> dict[str, str]:
    headers = {"Idempotency-Key": idempotency_key or uuid.uuid4().hex, **trace}
    if wait is not None:
        headers["Prefer"] = f"wait={int(wait)}"
    return headers


def _query(given: Mapping[str, object]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given.items() if value is not None}
