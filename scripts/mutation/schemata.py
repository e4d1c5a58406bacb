"""Writes sources in which every mutant is present and one is chosen when a process starts.

Each body becomes a switch over the number of the mutant that is on: a case with a whole changed copy
of the body for each of its mutants, and the body as it is for all others.
(After R. H. Untch, "Mutation-based software testing using program schemata", 1992.)
"""

from bisect import bisect_right
from dataclasses import dataclass

from .operators import Change, returns_implicitly
from .swift_source import Body


@dataclass(frozen=True)
class Mutant:
    number: int
    name: str
    path: str
    body: Body
    change: Change
    line: int
    # What was changed, for people.
    description: str
    is_named: bool


class Schema:
    """One rewritten file, and which mutant each of its lines belongs to."""

    def __init__(self, source, mutants):
        self.path = source.name
        self._starts = []
        self._owners = []
        self._parts = ["import MutationSwitch\n"]
        self._line = 2
        at = 0
        for body in source.bodies:
            mine = [mutant for mutant in mutants if mutant.body is body]
            if not mine:
                continue
            self._write(source.text[at : body.start], ())
            self._write_body(source, body, mine)
            # The closing brace included: some errors of a body are told there.
            self._write(source.text[body.end : body.end + 1], tuple(mine))
            at = body.end + 1
        self._write(source.text[at:], ())
        self.text = "".join(self._parts)

    def owners(self, line):
        """The mutants that a line may have come from: one, all of a body, or none."""
        return self._owners[bisect_right(self._starts, line) - 1]

    def _write_body(self, source, body, mutants):
        everybody = tuple(mutants)
        original = source.text[body.start : body.end]
        # Within a case the value of a single expression would no longer be the body's.
        if returns_implicitly(body):
            first = body.tokens[0].start - body.start
            introduce = lambda text: text[:first] + "return " + text[first:]  # noqa: E731
        else:
            introduce = str
        self._write("\nswitch scrivener_mutant() {\n", everybody)
        for mutant in mutants:
            start = mutant.change.start - body.start
            end = mutant.change.end - body.start
            changed = original[:start] + mutant.change.replacement + original[end:]
            self._write(f"case {mutant.number}:\n", everybody)
            self._write(introduce(changed) + "\n", (mutant,))
        self._write(f"default:\n{introduce(original)}\n}}\n", everybody)

    def _write(self, text, owners):
        # A line belongs to what begins it.
        is_shared = bool(self._starts) and self._starts[-1] == self._line
        self._starts.append(self._line + 1 if is_shared else self._line)
        self._owners.append(owners)
        self._parts.append(text)
        self._line += text.count("\n")
