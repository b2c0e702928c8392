"""Regular expressions as languages: the texts in which an expression is found, with every anchor taken at its word.

An expression becomes a graph of nodes first: steps that take a character, free passages, and guarded passages where an anchor stands. Whether a guard
lets pass depends on the character before and the one after. So a state of the automaton is a node together with the kind of the character
before, as far as guards ahead ask for it; what a guard asks of the character after narrows the edges that leave the state.
"""

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache

from msgspec import Struct, field

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


class _After(Struct, frozen=True):
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


class _State(Struct, frozen=True):
    """A state of the automaton: a node, what is known of the character before it, and whether the text has to end here."""

    node: int
    before: _Before
    ended: bool


class _Graph(Struct):
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
            before, start = start, self.add(item, start, cased)
            if start == before:
                return start  # the item is the empty expression
        if maximum is None:
            around = self._passed(start)
            self.passages[self.add(item, around, cased)].append(around)
            return self._passed(around)
        places = [start]
        for _ in range(maximum - minimum):
            places.append(self.add(item, places[-1], cased))
            if places[-1] == start:
                return start
        end = self.node()
        for place in places:
            self.passages[place].append(end)
        return end

    def looking_back(self) -> frozenset[int]:
        """The nodes from which, without a step, a guard can be reached that asks for the character before."""
        sources: list[list[int]] = [[] for _ in self.steps]
        for node, targets in enumerate(self.passages):
            for target in [*targets, *(target for _, target in self.guards[node])]:
                sources[target].append(node)
        found: set[int] = set()
        waiting = [node for node, guards in enumerate(self.guards) if any(place in _LOOKING_BACK for place, _ in guards)]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += sources[node]
        return frozenset(found)

    def within_reach(self, state: _State) -> Iterator[tuple[int, _After]]:
        """The nodes that can be reached without a step, and what must come after for it."""
        waiting = [(state.node, _END if state.ended else _ANYTHING)]
        seen = set(waiting)
        while waiting:
            node, after = waiting.pop()
            yield node, after
            onward = [(target, after) for target in self.passages[node]]
            onward += [(target, after & asked) for place, target in self.guards[node] for asked in _asked_after(place, state.before)]
            for each in onward:
                if each not in seen and each[1].possible:
                    seen.add(each)
                    waiting.append(each)


_LOOKING_BACK = frozenset({Place.TEXT_START, Place.LINE_START, Place.WORD_EDGE, Place.NO_WORD_EDGE})

_WORD_NEXT, _NO_WORD_NEXT = _After(WORD, end=False), _After(~WORD)


def _asked_after(place: Place, before: _Before) -> tuple[_After, ...]:
    """What may come after an anchor, in each of the ways in which it holds behind such a character."""
    match place:
        case Place.TEXT_START:
            return (_ANYTHING,) if before is _Before.START else ()
        case Place.LINE_START:
            return (_ANYTHING,) if before in (_Before.START, _Before.NEWLINE) else ()
        case Place.TEXT_END:
            return (_END,)
        case Place.LINE_END:
            return (_After(NEWLINE),)
        case Place.TEXT_END_OR_LAST_NEWLINE:
            return (_END, _After(NEWLINE, end=False, last=True))
        case Place.WORD_EDGE:
            return (_NO_WORD_NEXT if before is _Before.WORD else _WORD_NEXT,)
        case Place.NO_WORD_EDGE:
            return (_WORD_NEXT if before is _Before.WORD else _NO_WORD_NEXT,)


def _language(graph: _Graph, start: int, end: int) -> Language:
    """The automaton of a graph. States are numbered depth first, so that a run of characters is a run of states."""
    looking_back = graph.looking_back()
    first = _State(start, _Before.START if start in looking_back else _Before.ANY, ended=False)
    numbers: dict[_State, int] = {}
    moves: list[list[tuple[Chars, _State]]] = []
    accepting: list[int] = []
    waiting = [first]
    work = 0
    while waiting:
        state = waiting.pop()
        if state in numbers:
            continue
        numbers[state] = len(moves)
        steps: dict[tuple[Chars, _State], None] = {}
        for node, after in graph.within_reach(state):
            work += 1 + len(graph.steps[node])
            if work > 20 * MAXIMUM_STATES:
                raise LimitReached("a regular expression is too large")
            steps.update((step, None) for chars, target in graph.steps[node] for step in _steps(chars, target, after, looking_back))
            if node == end and after.end:
                accepting.append(numbers[state])
        moves.append(list(steps))
        waiting += [target for _, target in reversed(steps)]
    edges = tuple(tuple((chars, numbers[target]) for chars, target in steps) for steps in moves)
    return _trimmed(Language(Automaton(edges), starts=1, accepts=set_of(accepting)))


def _steps(chars: Chars, target: int, after: _After, looking_back: frozenset[int]) -> Iterator[tuple[Chars, _State]]:
    """The edges that a step of the graph becomes: one, or one for each kind of character where the target looks back."""
    allowed = chars if after.chars == ANY_CHARACTER else chars & after.chars
    for kind, own in _KINDS if target in looking_back else ((_Before.ANY, ANY_CHARACTER),):
        part = allowed if own == ANY_CHARACTER else allowed & own
        if part.ranges:
            yield part, _State(target, kind, after.last)


def _trimmed(language: Language) -> Language:
    """The language without edges to states from which nothing is accepted."""
    edges = tuple(tuple(edge for edge in each if edge[1] in language.distance) for each in language.automaton.edges)
    return Language(Automaton(edges), language.starts, language.accepts)
