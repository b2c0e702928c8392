"""Regular expressions as languages: the texts in which an expression is found, with every anchor taken at its word.

An expression becomes a graph of nodes first: steps that take a character, free passages, and guarded passages where an anchor stands. Whether a guard
lets pass depends on the character before and the one after. So a state of the automaton is a node together with the kind of the character
before, as far as guards ahead ask for it; what a guard asks of the character after narrows the edges that leave the state.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars
from sigma_amsi.proof.automaton import Automaton, Edge, Language, letter, set_of
from sigma_amsi.proof.budget import LimitReached
from sigma_amsi.regex.named_sets import NEWLINE, WORD
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence

MAXIMUM_STATES = 20_000
"""Larger automata are not built: a counted repetition of counted repetitions multiplies without end."""


@lru_cache(maxsize=2048)
def regex_language(tree: RegexTree, cased: bool) -> Language:
    """The texts in which the expression is found. Raises LimitReached where the automaton would be too large."""
    graph = _Graph()
    start = graph.node()
    graph.step(start, ANY_CHARACTER, start)
    end = graph.add(tree, start, cased)
    graph.step(end, ANY_CHARACTER, end)
    return _language(graph, start, end)


class _Before(Enum):
    """The kind of the character before a position."""

    ANY = "whatever it is"
    START = "none, the text starts here"
    NEWLINE = "a newline"
    WORD = "a word character"
    OTHER = "any other character"


_KINDS = ((_Before.NEWLINE, NEWLINE), (_Before.WORD, WORD), (_Before.OTHER, ~(NEWLINE | WORD)))


@dataclass(frozen=True, slots=True)
class _After:
    """What may come after a position: one of `chars`, or the end of the text. `last`: the character must be the last of the text."""

    chars: Chars = ANY_CHARACTER
    end: bool = True
    last: bool = False

    def __and__(self, other: "_After") -> "_After":
        return _After(self.chars & other.chars, self.end and other.end, self.last or other.last)

    @property
    def possible(self) -> bool:
        return self.end or bool(self.chars.ranges)


_ANYTHING = _After()
_END = _After(NO_CHARACTER)


@dataclass(slots=True)
class _Graph:
    steps: list[list[Edge]] = field(default_factory=list)
    passages: list[list[int]] = field(default_factory=list)
    guards: list[list[tuple[Place, int]]] = field(default_factory=list)

    def node(self) -> int:
        if len(self.steps) >= MAXIMUM_STATES:
            raise LimitReached(f"a regular expression needs more than {MAXIMUM_STATES} states")
        self.steps.append([])
        self.passages.append([])
        self.guards.append([])
        return len(self.steps) - 1

    def step(self, source: int, chars: Chars, target: int) -> None:
        self.steps[source].append((chars, target))

    def add(self, tree: RegexTree, start: int, cased: bool) -> int:
        """Add the expression behind the node `start`; returns the node behind the expression."""
        match tree:
            case Literal(text):
                for character in text:
                    start = self._behind(start, letter(character, cased))
                return start
            case OneOf(chars):
                return self._behind(start, chars if cased else chars.folded())
            case Sequence(items):
                for item in items:
                    start = self.add(item, start, cased)
                return start
            case Choice(options):
                ends = [self.add(option, self._passed(start), cased) for option in options]
                end = self.node()
                for each in ends:
                    self.passages[each].append(end)
                return end
            case Repeat(item, minimum, maximum):
                return self._repeat(item, minimum, maximum, start, cased)
            case Anchor(place):
                end = self.node()
                self.guards[start].append((place, end))
                return end

    def _behind(self, start: int, chars: Chars) -> int:
        end = self.node()
        self.step(start, chars, end)
        return end

    def _passed(self, start: int) -> int:
        end = self.node()
        self.passages[start].append(end)
        return end

    def _repeat(self, item: RegexTree, minimum: int, maximum: int | None, start: int, cased: bool) -> int:
        for _ in range(minimum):
            start = self.add(item, start, cased)
        if maximum is None:
            around = self._passed(start)
            self.passages[self.add(item, around, cased)].append(around)
            return self._passed(around)
        places = [start]
        for _ in range(maximum - minimum):
            places.append(self.add(item, places[-1], cased))
        end = self.node()
        for place in places:
            self.passages[place].append(end)
        return end
