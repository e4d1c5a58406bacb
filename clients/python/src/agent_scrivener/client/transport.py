"""What both clients have in common beyond what they ask: their connection, and what an answer comes to."""

import json
from typing import Any

import httpx

from ..version import VERSION
from .access import Access
from .calls import Call
from .errors import CoordinatorError, Problem, Unreachable

CONNECT_SECONDS = 10.0
#: How long a connection may be silent. Streams are kept awake.
SILENCE_SECONDS = 60.0
#: Nobody has heard of the request.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
USER_AGENT = f"agent-scrivener-python/{VERSION}"


def settings(access: Access) -> dict[str, Any]:
    """Of an httpx client."""
    return {
        "base_url": access.url, "verify": access.verify,
        "headers": {"User-Agent": USER_AGENT, **access.headers},
        # A coordinator sends nobody elsewhere; whoever does would get the token as well.
        "follow_redirects": False, "trust_env": False,
        "timeout": httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)}


def request(client: httpx.Client | httpx.AsyncClient, call: Call) -> httpx.Request:
    """A call as httpx sends it."""
    content, headers = None, dict(call.headers)
    if call.body is not None:
        content = json.dumps(call.body, allow_nan=False).encode()
        headers["Content-Type"] = "application/json"
    return client.build_request(
        call.method, call.path, params=call.query or None, headers=headers, content=content,
        timeout=httpx.Timeout(SILENCE_SECONDS + call.extra_seconds, connect=CONNECT_SECONDS))


def answer(response: httpx.Response) -> Any:
    """:raises Problem: when it says no."""
    if not response.is_success:
        raise problem(response)
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise CoordinatorError(f"{response.request.url} is answered with no JSON") from error


def problem(response: httpx.Response) -> Problem:
    """Of a response that was read."""
    after = response.headers.get("Retry-After", "")
    return Problem(
        response.status_code, response.content, float(after) if after.isdigit() else None)


def retry_after(error: Exception, is_repeatable: bool) -> float | None:
    """The least wait before another try.

    :raises CoordinatorError: when another try makes no sense.
    """
    match error:
        case Problem() if error.is_passing:
            return error.retry_after
        case httpx.TransportError() if is_repeatable or isinstance(error, NOT_SENT):
            if _is_distrust(error):
                raise CoordinatorError(f"the coordinator is not trusted: {error}") from error
            return None
        case httpx.TransportError():
            raise Unreachable(f"nobody knows what became of it: {error}") from error
        case _:
            raise error


def lost(error: Exception) -> Exception:
    """Of an outage that has lasted too long."""
    if isinstance(error, Problem):
        return error
    return Unreachable(f"the coordinator does not answer: {error}")


def _is_distrust(error: Exception) -> bool:
    return "CERTIFICATE_VERIFY_FAILED" in str(error)
