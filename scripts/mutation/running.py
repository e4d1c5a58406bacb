"""Runs the driver, or the machines' tests, once for each mutant, in a process of its own, some at a
time."""

import os
import resource
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

# Address space of a process: a fault may ask for memory for ever.
MEMORY_BYTES = 4 << 30
# After a trap a mutant goes on with the next seed, at most so often: it has to be found by a rule.
MAXIMUM_TRAPS = 10


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: `rule`, `trap`, `time-out`, `tests`, `survived` or `unseen`.

    `unseen` is a survivor that changed nothing at all that the digests of all seeds could show: the
    simulator does not exercise it, or there is nothing to see. It counts like any other.
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
            "tests": "killed by tests",
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


class TestRunner:
    """Runs the machines' tests, stopping at the first that fails."""

    # Before the name of what failed.
    FAILURE = "\N{HEAVY BALLOT X}"

    def __init__(self, bundle, jobs):
        self.bundle = bundle
        self.jobs = jobs
        self.limit = 600.0

    def measure(self):
        """Runs the tests of the core as it is, which have to pass, and says how long they take.

        Returns the seconds that it took.
        """
        began = time.monotonic()
        failure = self._once(0)
        if failure is not None:
            raise SystemExit(f"the core as it is does not pass its tests: {failure}")
        seconds = time.monotonic() - began
        self.limit = 20 + 8 * seconds
        return seconds

    def run(self, mutants, verdicts, told):
        """New verdicts by the mutants' names: of those that the tests do not kill, the old ones."""

        def judge(mutant):
            failure = self._once(mutant.number)
            if failure is None:
                return mutant, verdicts[mutant.name]
            return mutant, Verdict("tests", text=failure)

        judged = {}
        with ThreadPoolExecutor(self.jobs) as pool:
            for mutant, verdict in pool.map(judge, mutants):
                judged[mutant.name] = verdict
                told(mutant, verdict)
        return judged

    def _once(self, number):
        """What failed, or None."""
        environment = dict(
            os.environ, SCRIVENER_MUTANT=str(number), SWIFT_BACKTRACE="enable=no", NO_COLOR="1")
        process = subprocess.Popen(
            [self.bundle, "--testing-library", "swift-testing", "--no-parallel"], env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            preexec_fn=_bound)
        is_late = threading.Event()

        def end():
            is_late.set()
            process.kill()

        timer = threading.Timer(self.limit, end)
        timer.start()
        failure, last = None, ""
        for line in process.stdout:
            if self.FAILURE in line:
                failure = line.strip()
                process.kill()
                break
            last = line.strip() or last
        process.stdout.close()
        status = process.wait()
        timer.cancel()
        if failure is None and is_late.is_set():
            return f"more than {self.limit:.0f} s; last was: {last}"
        if failure is None and status != 0:
            return f"ended with {status}; last was: {last}"
        return failure


def _bound():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
