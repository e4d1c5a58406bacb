"""How a function in a process of its own is stopped."""


class AttemptStopped(BaseException):
    """Raised in a function whose attempt is to stop. It is no `Exception`, so that `except Exception` lets it by;
    `finally` is the place to clean up."""
