"""The worker as a machine: events and the time in, effects out. No clock, no I/O, no thread."""

from .configuration import MachineConfiguration
from .worker_machine import WorkerMachine

__all__ = ["MachineConfiguration", "WorkerMachine"]
