"""The table that the gate prints, and the bars that it holds its results to."""

import sys
from collections import Counter

BY_SIMULATOR = ("rule", "trap", "time-out")
SURVIVED = ("survived", "unseen")
# The share of generic mutants that has to be killed, in percent.
MINIMUM_PERCENT = 90


def progress(total):
    """Tells on a terminal how far the runs are."""
    done = Counter()

    def told(_mutant, verdict):
        done["all"] += 1
        done["killed"] += verdict.kind not in SURVIVED
        if sys.stderr.isatty():
            end = "\n" if done["all"] == total else ""
            print(
                f"\r{done['all']} of {total} run, {done['killed']} killed", end=end,
                file=sys.stderr, flush=True)

    return told


def render(named, generic, verdicts, tells_why):
    """The table, named faults first."""
    lines = []
    for title, mutants in (("named faults", named), ("generic faults", generic)):
        if not mutants:
            continue
        lines += ["", title]
        places = {mutant.name: f"{mutant.path}:{mutant.line}" for mutant in mutants}
        widths = (
            max(len(mutant.name) for mutant in mutants),
            max(len(place) for place in places.values()),
            max(len(str(verdicts[mutant.name])) for mutant in mutants))
        for mutant in mutants:
            verdict = verdicts[mutant.name]
            lines.append(
                f"  {mutant.name:{widths[0]}}  {places[mutant.name]:{widths[1]}}  "
                f"{str(verdict):{widths[2]}}  {mutant.description}")
            if tells_why and verdict.text:
                lines.append(f"      {verdict.text}")
    return "\n".join(lines + [""])


def judge(generic, wanted, named, verdicts):
    """Prints the sums. Returns the exit status."""
    missed = []
    by_rule = [mutant for mutant in named if verdicts[mutant.name].kind == "rule"]
    seeds = sorted(verdicts[mutant.name].seed for mutant in by_rule)
    print(
        f"named: {len(by_rule)} of {len(named)} killed by a rule (bar: all); half of them by seed "
        f"{seeds[len(seeds) // 2] if seeds else 0}, the last at seed {max(seeds, default=0)}")
    if len(by_rule) < len(named):
        missed.append("a named fault was not found by a rule")

    kinds = Counter(verdicts[mutant.name].kind for mutant in generic)
    total = max(1, len(generic))
    by_simulator = sum(kinds[kind] for kind in BY_SIMULATOR)
    killed = by_simulator + kinds["tests"]
    percent = 100 * killed / total
    print(
        f"generic: {killed} of {len(generic)} killed, {percent:.1f} % (bar: {MINIMUM_PERCENT} %). "
        f"By the simulator alone {by_simulator} ({100 * by_simulator / total:.1f} %): "
        f"{kinds['rule']} by a rule, {kinds['trap']} by nothing but a trap, {kinds['time-out']} by "
        f"the time limit; {kinds['tests']} more by the machines' tests. "
        f"{kinds['survived'] + kinds['unseen']} survived; of these {kinds['unseen']} changed "
        "nothing that a digest shows")
    rules = Counter(verdicts[mutant.name].rule for mutant in named + generic)
    del rules[""]
    print("rules: " + ", ".join(f"{rule} {count}" for rule, count in rules.most_common()))
    if len(generic) < wanted:
        missed.append(f"only {len(generic)} generic faults compile, {wanted} are wanted")
    if percent < MINIMUM_PERCENT:
        missed.append("too many generic faults survived")
    for reason in missed:
        print(f"scripts/mutants: {reason}", file=sys.stderr)
    return 1 if missed else 0
