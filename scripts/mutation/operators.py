"""Generic mutations: one small change of one place in a body, as somebody might have mistyped it.

What is not changed: the inside of strings; `precondition`s, which are there to trap and whose absence
nothing but a trap could show; and whether an array keeps its room when it is emptied.
"""

import re
from dataclasses import dataclass

# Words at which a statement begins that cannot simply be left out.
STRUCTURE = {
    "let", "var", "return", "guard", "if", "for", "while", "repeat", "switch", "case", "default",
    "defer", "do", "throw", "break", "continue", "func", "struct", "enum", "else", "catch",
    "fallthrough", "import", "inout",
}
CHECKS = {"precondition", "preconditionFailure", "assert", "assertionFailure", "fatalError"}
COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
ARITHMETIC = {
    "+": "-", "-": "+", "*": "+", "/": "*", "%": "/", "+=": "-=", "-=": "+=", "<<": ">>",
    ">>": "<<", "&+": "&-", "&": "|", "|": "&",
}
LOGIC = {"&&": "||", "||": "&&"}
RANGES = {"..<": "...", "...": "..<"}
WORDS = {"min": "max", "max": "min"}
TRUTH = {"true": "false", "false": "true"}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "<<=", ">>=", "|=", "&=", "&+=", "&-="}


@dataclass(frozen=True)
class Change:
    """The text from `start` to `end` becomes another."""

    operator: str
    start: int
    end: int
    replacement: str


def changes(source, body):
    """All generic changes of a body, in the order of the text."""
    found = []
    checked = _inside_checks(body.tokens)
    found += _swaps(body.tokens)
    found += _negations(source, body.tokens)
    found += _drops(body.tokens, sets_up=body.name == "init")
    found = [c for c in found if not any(start <= c.start < end for start, end in checked)]
    return sorted(found, key=lambda change: (change.start, change.end, change.operator))


def _inside_checks(tokens):
    """Where the arguments of preconditions lie, the call itself included."""
    spans = []
    for place, token in enumerate(tokens):
        if token.text in CHECKS and place + 1 < len(tokens) and tokens[place + 1].text == "(":
            spans.append((token.start, tokens[_closing(tokens, place + 1)].end))
    return spans


def _closing(tokens, opening):
    depth = 0
    for place in range(opening, len(tokens)):
        depth += _depth_change(tokens[place])
        if depth == 0:
            return place
    return len(tokens) - 1


def _depth_change(token):
    if token.kind != "punctuation":
        return 0
    return {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.text, 0)


def returns_implicitly(body):
    """Whether a body is one expression, whose value it returns."""
    if not body.yields or any(token.text in ("return", "throw") for token in body.tokens):
        return False
    return _statement_end(body.tokens, 0) == len(body.tokens) - 1


# Swapping and counting


def _swaps(tokens):
    for place, token in enumerate(tokens):
        before = tokens[place - 1].text if place > 0 else ""
        after = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if before == ":" and place > 1 and tokens[place - 2].text == "keepingCapacity":
            continue
        operator, text = _swap(token, before, after)
        if operator:
            yield Change(operator, token.start, token.end, text)


def _swap(token, before, after):
    text = token.text
    if token.kind == "operator":
        if text in RANGES:
            return "off by one", RANGES[text]
        if token.is_spaced:
            for table, operator in (
                (COMPARISONS, "comparison"), (ARITHMETIC, "operator"), (LOGIC, "operator")):
                if text in table:
                    return operator, table[text]
    if token.kind == "number" and re.fullmatch("[0-9][0-9_]*", text) and before != ".":
        return "off by one", str(int(text.replace("_", "")) + 1)
    if token.kind == "word" and before != ".":
        if text in TRUTH and after != ":":
            return "negation", TRUTH[text]
        if text in WORDS and after == "(":
            return "operator", WORDS[text]
    return None, None


# Negating


def _negations(source, tokens):
    for place, token in enumerate(tokens):
        if token.text in ("if", "while", "guard", "where") and token.kind == "word":
            end = _conditions_end(tokens, place)
            for first, last in _clauses(tokens, place + 1, end):
                if tokens[first].text in ("let", "var", "case", "#available"):
                    continue
                # The negation of an equation alone is the swap of its sign.
                if _is_equation(tokens[first : last + 1]):
                    continue
                start, stop = tokens[first].start, tokens[last].end
                text = f"!({source.text[start:stop]})"
                yield Change("negation", start, stop, text)


def _is_equation(clause):
    depth, signs = 0, []
    for token in clause:
        if depth == 0 and token.kind == "operator" and token.is_spaced:
            signs.append(token.text)
        depth += _depth_change(token)
    return signs.count("==") + signs.count("!=") == 1 and not {"&&", "||", "??"} & set(signs)


def _conditions_end(tokens, place):
    """The place of what ends the conditions that begin behind a word."""
    ends = {"guard": ("else",), "where": ("{", ":")}.get(tokens[place].text, ("{",))
    depth = 0
    for at in range(place + 1, len(tokens)):
        if depth == 0 and tokens[at].text in ends:
            return at
        depth += _depth_change(tokens[at])
        if depth < 0:
            return at
    return len(tokens)


def _clauses(tokens, first, end):
    """The conditions between two places, which commas separate."""
    depth, start = 0, first
    for at in range(first, end):
        if depth == 0 and tokens[at].text == ",":
            if at > start:
                yield start, at - 1
            start = at + 1
        depth += _depth_change(tokens[at])
    if end > start:
        yield start, end - 1


# Leaving statements out


def _drops(tokens, sets_up):
    """Statements left out; not those that give a new value its parts, without which none is."""
    for place in range(len(tokens)):
        if _begins_statement(tokens, place):
            last = _statement_end(tokens, place)
            if sets_up and any(token.text == "=" for token in tokens[place : last + 1]):
                continue
            if _can_be_left_out(tokens[place : last + 1]):
                yield Change("drop", tokens[place].start, tokens[last].end, "do {}")


def _begins_statement(tokens, place):
    token = tokens[place]
    if token.kind != "word" or token.text in STRUCTURE | CHECKS:
        return False
    if place == 0 or tokens[place - 1].text in ("{", "}"):
        return True
    before = tokens[place - 1]
    if before.text == "in" and before.kind == "word":
        return not _is_loop(tokens, place - 1)
    if before.text == ":":
        return _ends_case(tokens, place - 1)
    return token.opens_line and not _goes_on(before, token) and _depth_is_block(tokens, place)


def _is_loop(tokens, place):
    return any(t.text == "for" for t in tokens[max(0, place - 8) : place])


def _ends_case(tokens, colon):
    """Whether a colon is that of a `case` or `default`."""
    depth = 0
    for at in range(colon - 1, -1, -1):
        depth -= _depth_change(tokens[at])
        if depth < 0 or tokens[at].text in ("?", "{", "}"):
            return False
        if depth == 0 and tokens[at].text in ("case", "default"):
            return True
    return False


def _depth_is_block(tokens, place):
    """Whether the innermost bracket around a token is a brace."""
    depth = 0
    for at in range(place - 1, -1, -1):
        depth -= _depth_change(tokens[at])
        if depth < 0:
            return tokens[at].text == "{"
    return True


def _goes_on(before, token):
    """Whether a line continues the one before."""
    if before.kind == "operator" and (before.is_spaced or before.text in ASSIGNMENTS):
        return True
    if before.text in (",", "(", "[", ":", ".", "=", "return", "else", "in", "is", "as"):
        return True
    return token.text in (".", "?", ":", ",", "else", "where", "as") or (
        token.kind == "operator" and token.is_spaced)


def _statement_end(tokens, place):
    depth = 0
    for at in range(place, len(tokens)):
        token = tokens[at]
        if depth == 0 and at > place:
            if token.text in ("}", ";"):
                return at - 1
            if token.opens_line and not _goes_on(tokens[at - 1], token):
                return at - 1
        depth += _depth_change(token)
        if depth < 0:
            return at - 1
    return len(tokens) - 1


def _can_be_left_out(statement):
    """Assignments and calls can; a name alone is a value."""
    depth = 0
    for token in statement:
        if depth == 0 and (token.text in ASSIGNMENTS or token.text == "("):
            return True
        if depth == 0 and token.text == "in":
            return False
        depth += _depth_change(token)
    return False
