"""As much of Swift's grammar as seeding faults needs: tokens, and where the bodies of functions are.

A body is the block of a function, initializer, subscript or computed property that stands in a type
or at the top of a file. Blocks within a body belong to it.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

TYPES = {"struct", "enum", "class", "extension", "actor"}
ACCESSORS = {"get", "set", "willSet", "didSet", "_read", "_modify"}
# What may stand before an accessor, beside attributes.
MODIFIERS = {"mutating", "nonmutating"}
OPERATOR_CHARACTERS = set("/=-+!*%<>&|^~?")
OPENING = {"(": ")", "[": "]", "{": "}"}
WORD = re.compile(r"[#@$]?[A-Za-z_][A-Za-z_0-9]*|\$[0-9]+|`[A-Za-z_]+`")
NUMBER = re.compile(r"[0-9][0-9A-Za-z_]*(\.[0-9][0-9_]*)?")


@dataclass(frozen=True)
class Token:
    kind: str  # word, number, string, operator, or punctuation
    text: str
    start: int
    end: int
    # Whether it is the first of its line, and whether white space stands on both sides.
    opens_line: bool
    is_spaced: bool


@dataclass(frozen=True)
class Body:
    """The tokens between the braces, and where the text between them lies."""

    name: str
    enclosing: tuple[str, ...]
    tokens: tuple[Token, ...]
    start: int
    end: int
    # Whether it has to return a value.
    yields: bool


class SwiftSource:
    """A source file."""

    def __init__(self, name, text):
        self.name = name
        self.text = text
        self.tokens = tuple(_tokens(text))
        self._line_starts = [0] + [match.end() for match in re.finditer("\n", text)]
        self._partners = _partners(name, self.tokens)
        self.bodies = tuple(self._bodies(0, len(self.tokens), ()))

    def line(self, offset):
        """The number of the line that an offset lies in, from 1."""
        return bisect_right(self._line_starts, offset)

    def body(self, offset):
        """The body that an offset lies in, or None."""
        return next((body for body in self.bodies if body.start <= offset < body.end), None)

    def _bodies(self, first, last, enclosing):
        """Finds bodies among the declarations of one type, or of the file."""
        head = []
        at = first
        while at < last:
            token = self.tokens[at]
            if token.text == "{":
                close = self._partners[at]
                yield from self._block(head, at, close, enclosing)
                head = []
                at = close + 1
                continue
            if token.opens_line and token.kind == "word":
                head = []
            head.append(token)
            # Defaults of parameters may hold blocks that are not the body.
            at = self._partners[at] + 1 if token.text in ("(", "[") else at + 1

    def _block(self, head, opening, closing, enclosing):
        words = [token.text for token in head]
        kind = next((w for w in words if w in TYPES | {"func", "init", "subscript", "var"}), None)
        if kind in TYPES:
            name = words[words.index(kind) + 1]
            yield from self._bodies(opening + 1, closing, enclosing + (name,))
        elif kind in ("init", "subscript"):
            yield from self._callable(kind, opening, closing, enclosing)
        elif kind == "func":
            name = words[words.index("func") + 1]
            yield self._body(name, opening, closing, enclosing, yields="->" in words)
        elif kind == "var" and "=" not in words:
            name = words[words.index("var") + 1]
            yield from self._callable(name, opening, closing, enclosing)

    def _callable(self, name, opening, closing, enclosing):
        """A body, or several where accessors are spelt out."""
        if self._has_accessors(opening, closing):
            at, accessor = opening + 1, ""
            while at < closing:
                if self.tokens[at].text == "{":
                    yields = accessor == "get"
                    yield self._body(name, at, self._partners[at], enclosing, yields)
                    at = self._partners[at]
                elif self.tokens[at].text in ACCESSORS:
                    accessor = self.tokens[at].text
                at += 1
            return
        yield self._body(name, opening, closing, enclosing, yields=name != "init")

    def _has_accessors(self, opening, closing):
        at = opening + 1
        while at < closing:
            text = self.tokens[at].text
            if text in ACCESSORS:
                return True
            if text == "(":
                at = self._partners[at]
            elif text not in MODIFIERS and not text.startswith("@"):
                return False
            at += 1
        return False

    def _body(self, name, opening, closing, enclosing, yields):
        return Body(
            name=name, enclosing=enclosing, tokens=self.tokens[opening + 1 : closing],
            start=self.tokens[opening].end, end=self.tokens[closing].start, yields=yields)


def _partners(name, tokens):
    """For each opening bracket, the place of the one that closes it."""
    partners = {}
    open_places = []
    for place, token in enumerate(tokens):
        if token.text in OPENING and token.kind == "punctuation":
            open_places.append(place)
        elif token.text in OPENING.values() and token.kind == "punctuation":
            opening = open_places.pop()
            if OPENING[tokens[opening].text] != token.text:
                raise SystemExit(f"{name}: brackets do not match; is this Swift?")
            partners[opening] = place
    if open_places:
        raise SystemExit(f"{name}: a bracket is not closed; is this Swift?")
    return partners


def _tokens(text):
    at = 0
    opens_line = True
    while at < len(text):
        character = text[at]
        if character == "\n":
            opens_line = True
            at += 1
        elif character.isspace():
            at += 1
        elif text.startswith("//", at):
            at = _find(text, "\n", at)
        elif text.startswith("/*", at):
            at = _comment_end(text, at)
        else:
            kind, end = _token_end(text, at)
            before = text[at - 1] if at > 0 else "\n"
            after = text[end] if end < len(text) else "\n"
            yield Token(
                kind, text[at:end], at, end, opens_line, before.isspace() and after.isspace())
            opens_line = False
            at = end


def _token_end(text, at):
    string = re.compile(r'#*"').match(text, at)
    if string:
        return "string", _string_end(text, at)
    word = WORD.match(text, at)
    if word:
        return "word", word.end()
    number = NUMBER.match(text, at)
    if number:
        return "number", number.end()
    if text[at] in OPERATOR_CHARACTERS or text[at] == ".":
        allowed = OPERATOR_CHARACTERS | ({"."} if text[at] == "." else set())
        end = at
        while end < len(text) and text[end] in allowed:
            end += 1
        # `.` followed by a name is no operator's beginning; `...` and `..<` are operators.
        return ("punctuation" if text[at:end] == "." else "operator"), end
    return "punctuation", at + 1


def _string_end(text, at):
    hashes = len(re.compile("#*").match(text, at).group())
    at += hashes
    quote = '"""' if text.startswith('"""', at) else '"'
    at += len(quote)
    escape, closing = "\\" + "#" * hashes, quote + "#" * hashes
    while not text.startswith(closing, at):
        if text.startswith(escape + "(", at):
            at = _interpolation_end(text, at + len(escape))
        elif text.startswith(escape, at):
            at += len(escape) + 1
        else:
            at += 1
    return at + len(closing)


def _interpolation_end(text, at):
    depth = 0
    while True:
        if text[at] == '"':
            at = _string_end(text, at)
            continue
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
        if depth == 0:
            return at


def _comment_end(text, at):
    depth = 0
    while True:
        if text.startswith("/*", at):
            depth, at = depth + 1, at + 2
        elif text.startswith("*/", at):
            depth, at = depth - 1, at + 2
        else:
            at += 1
        if depth == 0:
            return at


def _find(text, what, at):
    found = text.find(what, at)
    return len(text) if found < 0 else found
