"""The table of named faults, `faults.txt`, and how a fault is found in the source.

A fault is a paragraph:

    forget-to-fence
    A result counts although its attempt has ended.
    OrchestratorCore+Attempts.swift
    -guard holdsLive(result.attempt, worker: worker) else {
    +guard true else {

that is an id, a sentence, a file below `Sources/ScrivenerCore`, and the change: lines that go (-),
lines that come (+), and lines that stay and only say where ( ). White space at both ends of a line
does not count. The lines that go and stay must stand in the file once, one after another, and what
changes must lie in one body. Lines that begin with # are comments.
"""

import os
from dataclasses import dataclass

from .operators import Change


@dataclass(frozen=True)
class Fault:
    name: str
    sentence: str
    path: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class TableError(Exception):
    """What is wrong with the table, in words for whoever edits it."""


def read(path):
    """The faults of a table."""
    paragraphs = []
    lines = []
    for number, line in enumerate(path.read_text().splitlines() + [""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            lines.append((number, line))
        elif lines:
            paragraphs.append(lines)
            lines = []
    faults = [_fault(lines) for lines in paragraphs]
    names = [fault.name for fault in faults]
    for name in names:
        if names.count(name) > 1:
            raise TableError(f"{path.name}: there are two faults {name}")
    return faults


def _fault(lines):
    number, name = lines[0]
    where = f"faults.txt:{number} ({name})"
    if len(lines) < 4 or " " in name.strip():
        raise TableError(f"{where}: a fault is an id, a sentence, a file and a change")
    change = [line for _, line in lines[3:]]
    if any(line[0] not in "-+ " for line in change):
        raise TableError(f"{where}: the lines of a change begin with -, + or a space")
    before = tuple(line[1:].strip() for line in change if line[0] in "- ")
    after = tuple(line[1:].strip() for line in change if line[0] in "+ ")
    if not before or before == after:
        raise TableError(f"{where}: nothing is changed")
    return Fault(name.strip(), lines[1][1].strip(), lines[2][1].strip(), before, after)


def locate(fault, sources):
    """The body and the change that a fault stands for.

    Raises `TableError` when it does not apply to the sources as they are.
    """
    source = sources.get(fault.path)
    if source is None:
        raise TableError(f"{fault.name}: there is no file {fault.path}")
    lines = source.text.split("\n")
    size = len(fault.before)
    stripped = tuple(line.strip() for line in lines)
    places = [
        place for place in range(len(lines) - size + 1)
        if stripped[place : place + size] == fault.before
    ]
    if len(places) != 1:
        raise TableError(
            f"{fault.name}: its lines stand {_times(len(places))} in {fault.path}, not once:\n    "
            + "\n    ".join(fault.before))
    change = _change(fault, source.text, lines, places[0])
    body = source.body(change.start)
    if body is None or change.end > body.end:
        raise TableError(f"{fault.name}: its change in {fault.path} does not lie in one body")
    return body, change


def _change(fault, text, lines, place):
    """The change without what stays the same at both its ends: a line may hold more than a body."""
    before, after = "\n".join(fault.before), "\n".join(fault.after)
    same = os.path.commonprefix([before, after])
    rest = min(len(before), len(after)) - len(same)
    tail = os.path.commonprefix([before[::-1], after[::-1]])[:rest]
    return Change(
        "named", _offset(lines, place, before, len(same)),
        _offset(lines, place, before, len(before) - len(tail)),
        after[len(same) : len(after) - len(tail)])


def _offset(lines, place, stripped, length):
    """Where in the file the first `length` characters of stripped lines end."""
    passed = stripped[:length].split("\n")
    line = lines[place + len(passed) - 1]
    indentation = len(line) - len(line.lstrip())
    return (
        sum(len(each) + 1 for each in lines[: place + len(passed) - 1]) + indentation
        + len(passed[-1]))


def _times(count):
    return {0: "nowhere", 2: "twice"}.get(count, f"{count} times")
