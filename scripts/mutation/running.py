"""Runs the driver once for each mutant, in a process of its own, some at a time."""

import os
import resource
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

# Address space of a process: a fault may ask for memory for ever.
MEMORY_BYTES = 4 << 30
# After a trap a mutant goes on with the next seed, at most so often: it has to be found by a rule.
MAXIMUM_TRAPS = 10


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: `rule`, `trap`, `time-out`, `survived` or `unseen`.

    `unseen` is a survivor that changed nothing at all that the digests of all seeds could show.
    """

    kind: str
    seed: int = 0
    rule: str = ""
    text: str = ""
    traps: int = 0

    def __str__(self):
        after = f", after {self.traps} traps" if self.traps else ""
        return {
            "rule": f"killed by {self.rule} at seed {self.seed}{after}",
            "trap": f"trap at seed {self.seed}{after}",
            "time-out": f"time-out at seed {self.seed}{after}",
            "survived": f"survived{after}",
            "unseen": "survived, nothing differs",
        }[self.kind]


class Runner:
    """Runs the seeds 1 to `seeds`, in order, stopping at the first that tells."""

    def __init__(self, driver, seeds, jobs):
        self.driver = driver
        self.seeds = seeds
        self.jobs = jobs
        self.limit = 600.0
        self.digest = None

    def measure(self):
        """Runs the core as it is: it has to survive, and says how long a run may take.

        Returns the seconds that it took.
        """
        began = time.monotonic()
        verdict, digest = self._once(0, 1)
        if verdict.kind != "survived":
            raise SystemExit(f"the core as it is does not pass: {verdict}: {verdict.text}")
        self.digest = digest
        seconds = time.monotonic() - began
        self.limit = 20 + 8 * seconds
        return seconds

    def run(self, mutants, told):
        """Verdicts by the mutants' names. `told` is called with each as it comes."""
        verdicts = {}
        with ThreadPoolExecutor(self.jobs) as pool:
            for mutant, verdict in pool.map(lambda each: (each, self._judge(each)), mutants):
                verdicts[mutant.name] = verdict
                told(mutant, verdict)
        return verdicts

    def _judge(self, mutant):
        first, traps, trapped = 1, 0, 0
        while True:
            verdict, digest = self._once(mutant.number, first, traps)
            if verdict.kind == "survived" and traps > 0:
                return Verdict("trap", trapped, traps=traps)
            if verdict.kind == "survived" and digest == self.digest:
                return Verdict("unseen")
            again = verdict.kind == "trap" and traps < MAXIMUM_TRAPS
            if not again or verdict.seed >= self.seeds:
                return verdict
            trapped = trapped or verdict.seed
            first, traps = verdict.seed + 1, traps + 1

    def _once(self, number, first, traps=0):
        # A trap is expected: nobody wants to wait for its backtrace.
        environment = dict(os.environ, SCRIVENER_MUTANT=str(number), SWIFT_BACKTRACE="enable=no")
        process = subprocess.Popen(
            [self.driver, str(first), str(self.seeds)], env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, errors="replace", preexec_fn=_bound)
        try:
            output, _ = process.communicate(timeout=self.limit)
            kind = "trap"
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            kind = "time-out"
        return self._read(output, kind, traps)

    @staticmethod
    def _read(output, kind, traps):
        """The verdict that the driver's words amount to, and the digest of a survivor."""
        lines = output.splitlines()
        seed = next((int(l.split()[1]) for l in reversed(lines) if l.startswith("seed ")), 0)
        last = lines[-1] if lines else ""
        if last.startswith("killed "):
            _, rule, text = (last + "  ").split(" ", 2)
            return Verdict("rule", seed, rule, text.strip(), traps), None
        if last.startswith("survived "):
            return Verdict("survived", traps=traps), last.split()[1]
        return Verdict(kind, seed, traps=traps), None


def _bound():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
