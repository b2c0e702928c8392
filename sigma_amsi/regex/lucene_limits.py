"""Whether Elasticsearch takes a regular expression: its length, and the work that its automaton makes.

Lucene turns the expression, and every repetition in it, into a deterministic automaton. It counts the work of that, the sum of the sizes of the sets
of states that become one state, and gives up at ten times `max_determinized_states`. It then walks through the result by recursion, a thousand levels
deep at most. Measured on Lucene 8.11 and 9.12, our count is theirs, save where repetitions are nested: their intermediate automata can then be larger
than ours, and only a part of the limit is granted. Of 4,000 random expressions, made to be bad, two that pass here were rejected.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from sigma_amsi.proof.automaton import Language, States
from sigma_amsi.proof.budget import LimitReached
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.languages import character_classes
from sigma_amsi.regex.lucene import parse_lucene
from sigma_amsi.regex.tree import Anchor, Choice, Place, RegexTree, Repeat, Sequence
from sigma_amsi.regex.write import is_atom

MAXIMUM_LENGTH = 1000
"""`index.max_regex_length` by default, in UTF-16 code units."""

MAXIMUM_WORK = 100_000
"""Ten times the default of `max_determinized_states`."""

MAXIMUM_NESTED_WORK = MAXIMUM_WORK // 16

MAXIMUM_DEPTH = 1000


@lru_cache(maxsize=1024)
def exceeded_limit(text: str) -> Literal["limit-length", "limit-automaton"] | None:
    """The code of the limit of Elasticsearch that the expression goes beyond, or None."""
    if len(text.encode("utf-16-le")) // 2 > MAXIMUM_LENGTH:
        return "limit-length"
    tree = parse_lucene(text)
    limit = MAXIMUM_NESTED_WORK if _is_nested(tree) else MAXIMUM_WORK
    try:
        too_much = any(_takes_too_much(part, limit) for part in [*_repetitions(tree), tree])
    except LimitReached:
        too_much = True
    return "limit-automaton" if too_much else None


def _repetitions(tree: RegexTree) -> Iterator[Repeat]:
    """The repetitions in the expression, but for those of a single character and options."""
    match tree:
        case Sequence(parts) | Choice(parts):
            for part in parts:
                yield from _repetitions(part)
        case Repeat(item, minimum, maximum):
            yield from _repetitions(item)
            if maximum != 1 and (minimum > 1 or maximum is not None or not is_atom(item)):
                yield tree


def _is_nested(tree: RegexTree) -> bool:
    """Whether a repetition has another in it."""
    return any(any(_repetitions(repetition.item)) for repetition in _repetitions(tree))


def _takes_too_much(tree: RegexTree, limit: int) -> bool:
    language = regex_language(Sequence((Anchor(Place.TEXT_START), tree, Anchor(Place.TEXT_END))), True)
    following = _following(language, limit)
    return following is None or _is_too_deep(language.starts, following)


def _following(language: Language, limit: int) -> dict[States, list[States]] | None:
    """The deterministic automaton: for each set of states those that follow it, in the order of their first characters. None beyond the limit."""
    classes = sorted(character_classes(language.automaton), key=lambda item: item[0].ranges[0])
    following: dict[States, list[States]] = {}
    waiting = [language.starts]
    work = 0
    while waiting:
        states = waiting.pop()
        if states not in following:
            work += states.bit_count()
            if work > limit:
                return None
            following[states] = [after for _, moves in classes if (after := moves.apply(states))]
            waiting += following[states]
    return following


def _is_too_deep(start: States, following: dict[States, list[States]]) -> bool:
    """Lucene's question whether the language is finite: depth first, until a way comes back to where it has been."""
    path: dict[States, Iterator[States]] = {start: iter(following[start])}
    finished: set[States] = set()
    while path:
        states, rest = next(reversed(path.items()))
        after = next((after for after in rest if after not in finished), None)
        if after in path:
            return False
        if after is None:
            finished.add(states)
            del path[states]
        elif len(path) > MAXIMUM_DEPTH:
            return True
        else:
            path[after] = iter(following[after])
    return False
