"""The languages that the encoder asks about: of matchers, of lists of texts, and the pieces of a language along a join."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, exactly
from sigma_amsi.proof.automaton import Automaton, Language, letter, members, pattern_language, set_of
from sigma_amsi.proof.budget import Budget
from sigma_amsi.term import Term, Text

NONEMPTY = pattern_language(Pattern.of(ONE, ANY_MANY), True)
"""Every text but the empty one."""

_DIGIT, _LEADING, _ZERO, _MINUS = Chars.of("0123456789"), Chars.of("123456789"), Chars.of("0"), Chars.of("-")

INTEGER = Language(
    Automaton((((_MINUS, 1), (_LEADING, 2), (_ZERO, 3)), ((_LEADING, 2),), ((_DIGIT, 2),), ())),
    starts=1,
    accepts=1 << 2 | 1 << 3,
)
"""Canonical decimal integers."""


def texts(values: Iterable[str], *, cased: bool) -> Language:
    """The language of a list of texts."""
    return _tree_of(tuple(values), cased)


@lru_cache(maxsize=1024)
def _tree_of(texts: tuple[str, ...], cased: bool) -> Language:
    """The texts as a tree of their common beginnings."""
    edges: list[dict[Chars, int]] = [{}]
    accepts = 0
    for text in texts:
        state = 0
        for character in text:
            chars = letter(character, cased)
            if chars not in edges[state]:
                edges[state][chars] = len(edges)
                edges.append({})
            state = edges[state][chars]
        accepts |= 1 << state
    return Language(Automaton(tuple(tuple(each.items()) for each in edges)), starts=1, accepts=accepts)


@lru_cache(maxsize=1024)
def without_empty(language: Language) -> Language:
    """The language without the empty text: a fresh first state that does not accept."""
    if not language.accepts_empty:
        return language
    edges = language.automaton.edges
    first = tuple(edge for state in members(language.starts) for edge in edges[state])
    return Language(Automaton((*edges, first)), starts=1 << len(edges), accepts=language.accepts)


def pieces(language: Language, parts: Sequence[Term], budget: Budget) -> Iterator[tuple[Language | None, ...]]:
    """Every way of cutting the language along a join: a language for each part, None for the constant ones.

    A text of the language takes the automaton through some state at every border; the parts of a join lie in the language exactly when for
    some choice of these states each part leads from one border to the next.
    """

    alive = set_of(language.distance)

    def reachable(starts: int) -> int:
        if starts not in reached_from:
            reached_from[starts] = Language(language.automaton, starts, language.accepts).reachable & alive
        return reached_from[starts]

    def after(starts: int, text: str) -> int:
        key = (starts, text)
        if key not in read:
            read[key] = Language(language.automaton, starts, language.accepts).after(text) & alive
        return read[key]

    reached_from: dict[int, int] = {}
    read: dict[tuple[int, str], int] = {}

    def cut(starts: int, place: int, before: tuple[Language | None, ...]) -> Iterator[tuple[Language | None, ...]]:
        budget.spend(1)
        part = parts[place]
        last = place == len(parts) - 1
        if isinstance(part, Text):
            reached = after(starts, part.value)
            if last and reached & language.accepts:
                yield (*before, None)
            elif not last and reached:
                yield from cut(reached, place + 1, (*before, None))
        elif last:
            if starts & alive:
                yield (*before, Language(language.automaton, starts, language.accepts))
        else:
            following = parts[place + 1]
            for state in members(reachable(starts)):
                if not isinstance(following, Text) or after(1 << state, following.value):
                    yield from cut(1 << state, place + 1, (*before, Language(language.automaton, starts, 1 << state)))

    yield from cut(language.starts, 0, ())


EMPTY_TEXT = pattern_language(exactly(""), True)
"""The empty text alone."""


def is_everything(language: Language) -> bool:
    """Whether the language is all texts, seen without a search."""
    return language.starts & language.settled != 0
