"""Whether the coordinator would take a result: it refuses a whole message for one that it would not."""

from ..model.attempts import Outcome
from .columns import size
from .limits import WireLimits


def check_sizes(outcome: Outcome, limits: WireLimits) -> None:
    """:raises WireError: when a part is larger than is taken. What it is made of was checked when it was made."""
    size(len(outcome.payload), limits.result_bytes, "payload")
    size(len(outcome.findings), limits.findings_bytes, "findings")
    size(len(outcome.proposed_tasks), limits.proposed_tasks_bytes, "proposed_tasks")
