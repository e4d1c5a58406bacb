"""Runs the dashboard's tests, or those whose name contains an argument, and stops the pool."""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from story import World  # noqa: E402


def cases(suite):
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from cases(one)
        else:
            yield one


def main(wanted):
    every = list(cases(unittest.defaultTestLoader.discover(HERE, top_level_dir=HERE)))
    chosen = [one for one in every if not wanted or any(word in one.id() for word in wanted)]
    if not chosen:
        print(f"no test's name contains {' or '.join(wanted)}", file=sys.stderr)
        return 64
    try:
        result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(chosen))
    finally:
        World.stop()
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
