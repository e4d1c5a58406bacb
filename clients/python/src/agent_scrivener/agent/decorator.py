"""`@agent`: a function that takes tasks."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, overload

from ..model.text import is_name

#: What a function may ask for, by the names of its parameters.
OFFERED = ("parameters", "inputs", "context")
LONGEST_GRACE = 3_600.0

Function = Callable[..., Any]


class Agent:
    """A function with a name, which a `Worker` holds. It can still be called as the function that it is."""

    def __init__(
        self, function: Function, *, name: str | None = None,
        capabilities: Sequence[str] | None = None, tags: Sequence[str] = (),
        slots: int | None = None, version: str = "", process: bool | None = None,
        grace_seconds: float = 5.0, initialize: Function | None = None,
        health_check: Function | None = None, shutdown: Function | None = None,
    ) -> None:
        self.function = function
        self.name = name or function.__name__.strip("_")
        self.capabilities = tuple(capabilities) if capabilities is not None else (self.name,)
        self.tags = tuple(tags)
        self.slots = slots
        self.version = version
        self.is_async = inspect.iscoroutinefunction(function)
        self.in_process = not self.is_async if process is None else process
        self.grace_seconds = grace_seconds
        self.initialize = initialize
        self.health_check = health_check
        self.shutdown = shutdown
        self.wants = self._wanted(function)
        self._check()
        # A process of its own finds it by its name.
        self.__module__ = function.__module__
        self.__qualname__ = function.__qualname__
        self.__doc__ = function.__doc__

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self.function(*arguments, **named)

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<agent {self.name}>"

    @staticmethod
    def _wanted(function: Function) -> frozenset[str]:
        wanted = set()
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name in OFFERED and parameter.kind in (
                    parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                wanted.add(parameter.name)
            elif parameter.default is parameter.empty and parameter.kind not in (
                    parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise TypeError(
                    f"{function.__qualname__} asks for {parameter.name}; "
                    f"an agent may ask for {', '.join(OFFERED)}")
        return frozenset(wanted)

    def _check(self) -> None:
        for text in (self.name, *self.capabilities, *self.tags):
            if not is_name(text):
                raise ValueError(
                    f"{text!r} is no name: 1…128 characters of a–z A–Z 0–9 _ - . :")
        if self.slots is not None and not 1 <= self.slots <= 10_000:
            raise ValueError(f"{self.name}: slots must be 1…10000, not {self.slots}")
        if not self.is_async and not self.in_process:
            raise ValueError(
                f"{self.name}: a function that is not async runs in a process of its own, "
                "or it could not be stopped")
        if not 0 <= self.grace_seconds <= LONGEST_GRACE:
            raise ValueError(
                f"{self.name}: grace_seconds must be 0…{LONGEST_GRACE:.0f}, "
                f"not {self.grace_seconds}")
        if self.health_check is not None and not inspect.iscoroutinefunction(self.health_check):
            raise TypeError(f"{self.name}: health_check must be async")


@overload
def agent(function: Function, /) -> Agent: ...


@overload
def agent(
    *, name: str | None = None, capabilities: Sequence[str] | None = None,
    tags: Sequence[str] = (), slots: int | None = None, version: str = "",
    process: bool | None = None, grace_seconds: float = 5.0,
    initialize: Function | None = None, health_check: Function | None = None,
    shutdown: Function | None = None,
) -> Callable[[Function], Agent]: ...


def agent(function: Function | None = None, /, **options: Any) -> Any:
    """Makes an agent of a function, which may ask for `parameters`, `inputs` and `context`.

    What it returns is the payload of its result, or an `AgentResult`. An async function runs in the worker's
    event loop and is stopped by cancellation. Any other runs in a process of its own, which is interrupted to stop
    it, and killed when it does not stop.

    :param name: under which plans assign tasks to it; the function's when absent.
    :param capabilities: the task types that it takes; its name when absent.
    :param tags: for tasks that ask for them, beside the worker's.
    :param slots: how many attempts it executes at once; as the worker has it when absent.
    :param process: True has an async function run in a process of its own as well.
    :param grace_seconds: how long a process may take to stop when it is interrupted, before it is killed.
    :param initialize: called before the first attempt, in the process that executes them; async or not.
    :param health_check: async, called in the worker's event loop now and then. It returns None when all is well, a
        sentence when the agent works badly, and raises when it cannot work.
    :param shutdown: called after the last attempt, where `initialize` was.
    """
    if function is not None:
        return Agent(function)
    return lambda decorated: Agent(decorated, **options)
