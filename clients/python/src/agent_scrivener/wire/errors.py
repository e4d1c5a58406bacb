"""Why something cannot be taken, or sent: what, where, what the limit is and what was there."""


class WireError(Exception):
    """What is wrong with a message, or with a result that was to become one."""

    def __init__(self, code: str, field: str = "", limit: str = "", actual: str = "") -> None:
        self.code = code
        self.field = field
        text = f"{code} in {field}" if field else code
        text += f", allowed {limit}" if limit else ""
        super().__init__(text + (f", got {actual}" if actual else ""))

    @classmethod
    def too_large(cls, field: str, limit: int, actual: int) -> "WireError":
        return cls("too_large", field, str(limit), str(actual))
