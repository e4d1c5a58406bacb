"""What ends a worker, and nothing but a person can mend."""


class WorkerError(Exception):
    """A worker that cannot go on."""


class ConfigurationError(WorkerError):
    """What the worker was told is wrong, or a file of it cannot be used."""


class RefusedError(WorkerError):
    """The coordinator refuses the worker for good."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}" if reason else code)
        self.code = code
        self.reason = reason
