"""Conditions: how the selections of a rule are joined.

A condition is read without recursion into a postfix program, which is the same for all rules that write the same condition, and run on the
selections of each. What a condition can ask for is limited in nesting and size, since it may name a selection any number of times.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from sigma_amsi.hints import near
from sigma_amsi.predicate.tree import And, Not, Or, Predicate, all_of, any_of, negation
from sigma_amsi.rule.problems import failure, shown

MAXIMUM_NESTING = 500
"""Parentheses in one another."""

MAXIMUM_DEPTH = 64
"""And, or and not in one another in what the condition means, so that everything that walks a predicate may recurse."""

MAXIMUM_SIZE = 300_000
"""Tests in what the condition means."""

MAXIMUM_LENGTH = 65_536
MAXIMUM_COMBINATIONS = 1_000


class Part(NamedTuple):
    """A predicate with its depth and the number of its tests."""

    predicate: Predicate
    depth: int
    size: int


class _Name(Struct, frozen=True):
    name: str


class _Some(Struct, frozen=True):
    """So many of the selections whose name matches: a number, or all."""

    count: int | Literal["all"]
    pattern: str


class _Join(Struct, frozen=True):
    word: Literal["and", "or"]
    operands: int


class _Not(Struct, frozen=True):
    pass


_Step: TypeAlias = _Name | _Some | _Join | _Not

_WORD = re.compile(r"[()]|[^\s()]+")
_KEYWORDS = frozenset({"and", "or", "not", "of", "them"})
_QUANTIFIERS = frozenset({"all", "any"})


def combine(condition: str, selections: Mapping[str, Part], used: set[str]) -> Part:
    """What a condition says about the selections; the names that it uses are added to `used`.

    Raises RuleError: condition-syntax, aggregation, unknown-selection, quantifier, too-deep, too-large.
    """
    stack: list[Part] = []
    work = 0
    for step in _program(condition):
        match step:
            case _Name(name):
                if name not in selections:
                    raise failure("unknown-selection", f"there is no selection {shown(name)}", hint=_hint(name, selections))
                used.add(name)
                stack.append(selections[name])
            case _Some(count, pattern):
                names = matching(pattern, selections)
                if not names:
                    raise failure("unknown-selection", f"no selection matches {shown(pattern)}", hint=_hint(pattern, selections))
                used.update(names)
                stack.append(_some_of(count, [selections[name] for name in names]))
            case _Join(word, operands):
                parts = stack[-operands:]
                stack[-operands:] = [joined(word, parts)]
            case _Not():
                stack.append(_negated(stack.pop()))
        work += stack[-1].size
        if work > 10 * MAXIMUM_SIZE:
            raise failure("too-large", "the condition repeats large selections too often")
    (part,) = stack
    return part


def _negated(part: Part) -> Part:
    deeper = -1 if isinstance(part.predicate, Not) else 1
    return _checked(Part(negation(part.predicate), part.depth + deeper, part.size))


def joined(word: Literal["and", "or"], parts: list[Part]) -> Part:
    """The parts joined by one word."""
    if len(parts) == 1:
        return parts[0]
    own = And if word == "and" else Or
    depth = max(part.depth + (not isinstance(part.predicate, own)) for part in parts)
    size = sum(part.size for part in parts)
    _checked(Part(parts[0].predicate, depth, size))
    predicates = (part.predicate for part in parts)
    return Part(all_of(predicates) if word == "and" else any_of(predicates), depth, size)


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern with `*` selects: `them` is all. Names with an underscore at their start are set aside unless it has one too."""
    if pattern == "them":
        pattern = "*"
    pieces = pattern.split("*")
    return [name for name in names if _fits(pieces, name) and (pattern.startswith("_") or not name.startswith("_"))]


def _fits(pieces: list[str], name: str) -> bool:
    if len(pieces) == 1:
        return name == pieces[0]
    first, *middle, last = pieces
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for piece in middle:
        place = name.find(piece, place, end)
        if place < 0:
            return False
        place += len(piece)
    return True


def _some_of(count: int | Literal["all"], parts: list[Part]) -> Part:
    if count == "all" or count == len(parts):
        return joined("and", parts)
    if count == 1:
        return joined("or", parts)
    if not 0 < count < len(parts):
        raise failure("quantifier", f"{count} of {len(parts)} selections")
    if comb(len(parts), count) > MAXIMUM_COMBINATIONS:
        raise failure("quantifier", f"{count} of {len(parts)} selections has more than {MAXIMUM_COMBINATIONS} combinations")
    _checked(Part(parts[0].predicate, 0, comb(len(parts) - 1, count - 1) * sum(part.size for part in parts)))
    return joined("or", [joined("and", list(chosen)) for chosen in combinations(parts, count)])


def _checked(part: Part) -> Part:
    if part.depth > MAXIMUM_DEPTH:
        raise failure("too-deep", f"the condition means more than {MAXIMUM_DEPTH} times and, or and not in one another")
    if part.size > MAXIMUM_SIZE:
        raise failure("too-large", f"the condition means more than {MAXIMUM_SIZE} tests")
    return part


def _hint(name: str, selections: Mapping[str, Part]) -> str:
    if name.lower() in _KEYWORDS | _QUANTIFIERS:
        return f"write {name.lower()} in lower case"
    return near(name, selections)


class _Frame(Struct):
    """What stands open between two parentheses: operands of `or`, of the `and` after the last `or`, and a `not` before the next operand."""

    disjuncts: int = 0
    conjuncts: int = 0
    negated: bool = False


@lru_cache(maxsize=4096)
def _program(condition: str) -> tuple[_Step, ...]:
    """The postfix program of a condition."""
    if len(condition) > MAXIMUM_LENGTH:
        raise failure("too-large", f"a condition of more than {MAXIMUM_LENGTH} characters")
    if "|" in condition:
        raise failure("aggregation", "a condition with `|`", hint="the specification has correlation rules for this")
    words = _WORD.findall(condition)
    steps: list[_Step] = []
    frames = [_Frame()]
    operand_next = True
    place = 0
    while place < len(words):
        word = words[place]
        frame = frames[-1]
        place += 1
        if not operand_next:
            if word == "or":
                _close_conjunction(frame, steps)
            elif word == ")":
                if len(frames) == 1:
                    raise failure("condition-syntax", "a `)` without its `(`")
                _close(frames.pop(), steps)
                _add_operand(frames[-1], steps)
                continue
            elif word != "and":
                raise failure("condition-syntax", f"`and`, `or` or the end is expected where {shown(word)} stands")
            operand_next = True
        elif word == "not":
            frame.negated = not frame.negated
        elif word == "(":
            if len(frames) > MAXIMUM_NESTING:
                raise failure("too-deep", f"more than {MAXIMUM_NESTING} parentheses in one another")
            frames.append(_Frame())
        elif word in _KEYWORDS or word == ")":
            raise failure("condition-syntax", f"the name of a selection is expected where {shown(word)} stands")
        else:
            if words[place : place + 1] == ["of"]:
                steps.append(_quantified(word, words[place + 1] if place + 1 < len(words) else ""))
                place += 2
            else:
                steps.append(_Name(word))
            _add_operand(frame, steps)
            operand_next = False
    if operand_next:
        raise failure("condition-syntax", "the condition ends where the name of a selection is expected" if words else "an empty condition")
    if len(frames) > 1:
        raise failure("condition-syntax", "a `(` without its `)`")
    _close(frames[0], steps)
    return tuple(steps)


def _quantified(count: str, pattern: str) -> _Some:
    if not pattern or pattern in ("(", ")") or pattern in _KEYWORDS - {"them"}:
        raise failure("condition-syntax", "`of` without a name or pattern after it")
    if count in _QUANTIFIERS:
        return _Some("all" if count == "all" else 1, pattern)
    if not (count.isascii() and count.isdecimal()) or len(count) > 6 or int(count) == 0:
        raise failure("quantifier", f"{shown(count)} of: a number from 1, `all` or `any` is expected")
    return _Some(int(count), pattern)


def _add_operand(frame: _Frame, steps: list[_Step]) -> None:
    if frame.negated:
        steps.append(_Not())
        frame.negated = False
    frame.conjuncts += 1


def _close_conjunction(frame: _Frame, steps: list[_Step]) -> None:
    if frame.conjuncts > 1:
        steps.append(_Join("and", frame.conjuncts))
    frame.conjuncts = 0
    frame.disjuncts += 1


def _close(frame: _Frame, steps: list[_Step]) -> None:
    _close_conjunction(frame, steps)
    if frame.disjuncts > 1:
        steps.append(_Join("or", frame.disjuncts))
