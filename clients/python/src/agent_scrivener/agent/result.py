"""What an agent returns where a payload alone does not say it all."""

from dataclasses import dataclass, field
from typing import Any

from ..model.findings import Findings
from ..model.usage import Usage


@dataclass(frozen=True, slots=True)
class AgentResult:
    """What an attempt came to. A function that returns anything else returns its payload."""

    #: Any value that JSON has a word for, for the tasks that depend on this one.
    payload: Any = None
    findings: Findings = field(default_factory=Findings)
    usage: Usage = field(default_factory=Usage)
    #: Tasks that the session is to have beside its own, in the form that a plan has.
    proposed_tasks: list[dict[str, Any]] = field(default_factory=list)
