"""Whether the coordinator would take a result: it refuses a whole message for one that it would not."""

import json
import math
import re
from dataclasses import fields

from ..model.attempts import Outcome
from ..model.failure import FailureClass
from ..model.usage import Usage
from .columns import size
from .errors import WireError
from .limits import WireLimits

#: So many digits may be more than a double holds: JSON has no limit, and those who read it have.
_LONG_NUMBER = re.compile(rb"[0-9]{309}")
_MOST = (1 << 63) - 1


def check_outcome(outcome: Outcome, limits: WireLimits) -> None:
    """:raises WireError: when a part is larger than is taken, or nothing that can be sent."""
    size(len(outcome.payload), limits.result_bytes, "payload")
    size(len(outcome.findings), limits.findings_bytes, "findings")
    size(len(outcome.proposed_tasks), limits.proposed_tasks_bytes, "proposed_tasks")
    _check_numbers(outcome.payload, "payload")
    _check_numbers(outcome.proposed_tasks, "proposed_tasks")
    _check_usage(outcome.usage)
    failure = outcome.failure
    if failure is not None and not isinstance(failure.failure_class, FailureClass):
        raise WireError("malformed", "failure.failure_class", "a FailureClass", repr(failure.failure_class))


def _check_numbers(encoded: bytes, field: str) -> None:
    if _LONG_NUMBER.search(encoded):
        json.loads(encoded, parse_int=lambda text: _check_number(text, field))


def _check_number(text: str, field: str) -> None:
    if math.isinf(float(text)):
        raise WireError("invalid_json", field, "numbers that a double holds", f"{len(text)} digits")


def _check_usage(usage: Usage) -> None:
    if not isinstance(usage, Usage):
        raise WireError("malformed", "usage", "a Usage", type(usage).__name__)
    for each in fields(Usage):
        value = getattr(usage, each.name)
        if not isinstance(value, int) or not 0 <= value <= _MOST:
            raise WireError("out_of_range", f"usage.{each.name}", f"0…{_MOST}", repr(value))
