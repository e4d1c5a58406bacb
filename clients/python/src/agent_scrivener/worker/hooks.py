"""What an agent's own hooks come to."""

from ..model.failure import AgentFailure, FailureClass


def may_be_mended(error: BaseException) -> bool:
    """What could never be started and no second try will mend ends the worker."""
    return not isinstance(error, AgentFailure) or error.failure_class not in (
        FailureClass.PERMANENT, FailureClass.INVALID_INPUT)
