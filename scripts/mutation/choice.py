"""Which generic mutants there are, and which of them are tried.

Each candidate has a name that follows from what it changes. The names decide the choice, so it is
the same on every machine, and a change elsewhere in the core leaves most of it as it was.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass

from . import operators
from .swift_source import Body

# Changes the choice as a whole.
SEED = "1"


@dataclass(frozen=True)
class Candidate:
    name: str
    path: str
    body: Body
    change: operators.Change
    line: int
    description: str


class TableError(Exception):
    """What is wrong with the table of exclusions, or with that of equivalents."""


def exclusions(path, sources):
    """Files, and types and functions in them, that are left alone: `exclusions.txt` says which and
    why."""
    found = set()
    for line in path.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        place = line.split(" ")[0]
        file, _, kind = place.partition(":")
        known = sources.get(file)
        if known is None or kind and not any(kind in _names(body) for body in known.bodies):
            raise TableError(f"{path.name}: there is no {place}")
        found.add(place)
    return found


def equivalents(path, by_path):
    """The faults that no input can tell from the core as it is: `equivalents.txt` says why."""
    known = {candidate.name for found in by_path.values() for candidate in found}
    names = [
        line.split(" ")[0]
        for line in path.read_text().splitlines()
        if line.strip() and not line.startswith(("#", " "))
    ]
    for name in names:
        if name not in known or names.count(name) > 1:
            raise TableError(f"{path.name}: {name} is no fault any more, or stands there twice")
    return set(names)


def without(by_path, names):
    """The candidates that have none of these names."""
    left = {
        path: [candidate for candidate in found if candidate.name not in names]
        for path, found in by_path.items()
    }
    return {path: found for path, found in left.items() if found}


def _names(body):
    return body.enclosing + (body.name,)


def candidates(sources, excluded):
    """All candidates, by file, in the order in which they are tried."""
    by_path = {}
    for path, source in sorted(sources.items()):
        if path in excluded:
            continue
        seen = Counter()
        found = [
            _candidate(source, body, change, seen)
            for body in source.bodies
            if not any(f"{path}:{kind}" in excluded for kind in _names(body))
            for change in operators.changes(source, body)
        ]
        if found:
            by_path[path] = sorted(found, key=lambda candidate: candidate.name)
    return by_path


def _candidate(source, body, change, seen):
    before = source.text[change.start : change.end]
    line = source.line(change.start)
    start = source.text.rfind("\n", 0, change.start) + 1
    end = source.text.find("\n", change.start)
    whole = source.text[start:end].strip()
    identity = "|".join(
        (SEED, source.name, ".".join(body.enclosing), body.name, change.operator, before,
         change.replacement, whole))
    seen[identity] += 1
    digest = hashlib.sha256(f"{identity}|{seen[identity]}".encode()).hexdigest()
    if change.operator == "drop":
        description = f"drop: {_short(before)}"
    elif change.operator == "negation" and change.replacement.startswith("!("):
        description = f"negation: {_short(before)}"
    else:
        column = change.start - start - (len(source.text[start:end]) - len(whole))
        description = (
            f"{change.operator}: {before} → {change.replacement} in "
            + _short(_around(whole, column)))
    return Candidate(f"g{digest[:8]}", source.name, body, change, line, description)


def _around(line, column):
    """The part of a long line that a change is in."""
    start = max(0, column - 40)
    return ("…" if start > 0 else "") + line[start:]


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= 72 else text[:71] + "…"


def quotas(by_path, count):
    """How many of each file's candidates are tried: in proportion, and at least one."""
    total = sum(len(found) for found in by_path.values())
    shares = {path: count * len(found) / total for path, found in by_path.items()}
    given = {path: max(1, int(share)) for path, share in shares.items()}
    by_rest = sorted(shares, key=lambda path: (int(shares[path]) - shares[path], path))
    while sum(given.values()) < count and by_rest:
        given[by_rest.pop(0)] += 1
    while sum(given.values()) > count:
        given[max(given, key=lambda path: (given[path], path))] -= 1
    return given


def with_reserve(by_path, given):
    """The candidates to build: more than will be tried, for some do not compile."""
    return [
        candidate
        for path, found in by_path.items()
        for candidate in found[: given[path] * 3 // 2 + 2]
    ]


def choose(by_path, given, built, count):
    """Of the candidates that were built, those that are tried, in the order of the text."""
    chosen, rest = [], []
    for path, found in by_path.items():
        able = [candidate for candidate in found if candidate.name in built]
        chosen += able[: given[path]]
        rest += able[given[path] :]
    rest.sort(key=lambda candidate: candidate.name)
    chosen += rest[: max(0, count - len(chosen))]
    return sorted(chosen, key=lambda candidate: (candidate.path, candidate.change.start))
