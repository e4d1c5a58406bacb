"""`python -m agent_scrivener AGENTS`: a worker with the agents of a file or a module.

Its options are those of `scrivener-worker`, and so are its exit codes.
"""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import __version__
from .worker.errors import ConfigurationError, RefusedError, WorkerError
from .worker.worker import Worker, all_agents

#: Of refusals that nothing but a person can mend.
HOPELESS = {
    "protocol_version", "registration_invalid", "worker_superseded", "access_denied",
    "access_revoked",
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog="python -m agent_scrivener", allow_abbrev=False,
        description="Holds agents in Python, joins a coordinator's pool, and executes tasks.")
    add = found.add_argument
    add("agents", help="a file such as agents.py, or a module, with functions under @agent")
    add("--version", action="version", version=__version__)
    add("--coordinator", default="tcp://127.0.0.1:7412", help="where it listens for workers")
    add("--id", help="this worker's name: stable across restarts, unique among workers")
    add("--pool", help="the pool that it is a replica of; its id is then POOL/NAME")
    add("--data", help="a folder of the worker's own; without one nothing is remembered")
    add("--slots", type=int, default=4, help="how many tasks each agent executes at once (4)")
    add("--tag", action="append", default=[], help="of its agents; may be given often")
    add("--resource", action="append", default=[], metavar="NAME=AMOUNT",
        help="what tasks may take of it, such as gpu=2; may be given often")
    add("--health-check-seconds", type=float, default=30.0)
    add("--orphan-grace-seconds", type=float, default=60.0)
    add("--drain-seconds", type=float, default=8.0)
    add("--max-message-bytes", type=int, default=8 << 20)
    add("--coordinator-key", help="a file with the coordinator's public key")
    add("--key", help="a file with this worker's own secret key, or fd:N")
    add("--pool-token", help="a file with its pool's token, or fd:N")
    add("--enrol", help="where replicas enrol; the port after the coordinator's when absent")
    add("--log-level", default="info", choices=["debug", "info", "warning", "error", "critical"])
    return found


def load(agents: str) -> dict[str, object]:
    """The module that was named, or that lies in the file that was."""
    if agents.endswith(".py"):
        path = Path(agents).resolve()
        if not path.exists():
            raise ConfigurationError(f"there is no file {agents}")
        # Agents' own processes find it in the same way.
        sys.path.insert(0, str(path.parent))
        return vars(importlib.import_module(path.stem))
    sys.path.insert(0, os.getcwd())
    return vars(importlib.import_module(agents))


def make_worker(options: argparse.Namespace) -> Worker:
    """:raises ConfigurationError: when something is wrong with the options."""
    resources = {}
    for text in options.resource:
        name, sign, amount = text.partition("=")
        if not sign or not amount.isdigit():
            raise ConfigurationError(f"{text} is not of the form name=amount")
        resources[name] = int(amount)
    return Worker(
        all_agents(load(options.agents)), coordinator=options.coordinator, id=options.id,
        pool=options.pool, data=options.data, slots=options.slots, tags=options.tag,
        resources=resources, health_check_seconds=options.health_check_seconds,
        orphan_grace_seconds=options.orphan_grace_seconds, drain_seconds=options.drain_seconds,
        max_message_bytes=options.max_message_bytes, coordinator_key=options.coordinator_key,
        key=options.key, pool_token=options.pool_token, enrol=options.enrol)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a worker; its exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=options.log_level.upper(), stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        make_worker(options).run()
    except ConfigurationError as error:
        logging.critical("%s", error)
        return os.EX_CONFIG
    except RefusedError as error:
        logging.critical("%s", error)
        return os.EX_CONFIG if error.code in HOPELESS else 1
    except WorkerError as error:
        logging.critical("%s", error)
        return 1
    return 0


def run() -> None:
    """As a program."""
    sys.exit(main())


if __name__ == "__main__":
    run()
