"""Patterns in canonical form, and the regular expressions that are patterns.

`regex.as_pattern` does the like for generators and is not used: a mistake that both sides shared would prove itself.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, product
from math import prod

from sigma_amsi.characters import ANY_CHARACTER, Chars, fold, other_case
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, Token
from sigma_amsi.predicate.tree import Matches, Regex
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence, choice, sequence

MAXIMUM_PATTERNS = 64
"""An expression that is more patterns than this stays an expression."""

MAXIMUM_REPEATS = 64

MAXIMUM_SET = 8
"""Sets of more characters are not spelled out."""


def canonical_pattern(pattern: Pattern, cased: bool) -> Matches:
    """The test for a pattern, equal for all spellings of it: without case where no letter tells, texts folded, sets closed under case."""
    cased = cased and pattern.has_case
    if not _has_sets(pattern):  # texts and wildcards stay where they stand
        return Matches(
            pattern if cased else Pattern(tuple([fold(each) if isinstance(each, str) else each for each in pattern.tokens])), cased
        )
    tokens = pattern.tokens if cased else tuple(map(_folded, pattern.tokens))
    if ANY_MANY in tokens and ANY_CHARACTER in tokens:
        tokens = tuple(_wildcards_in_order(tokens))
    return Matches(Pattern.of(*tokens), cased)


@lru_cache(maxsize=1024)
def spellings(pattern: Pattern, cased: bool) -> tuple[Matches, ...]:
    """The canonical test for a pattern as alternatives without small sets of characters: a dash in all its forms is as many patterns."""
    holds = canonical_pattern(pattern, cased)
    if not _has_sets(holds.pattern):
        return (holds,)
    tokens = holds.pattern.tokens
    small = [token for token in tokens if isinstance(token, Chars) and len(token) <= MAXIMUM_SET]
    if not small or prod(map(len, small)) > MAXIMUM_PATTERNS:
        return (holds,)
    choices = [tuple(token) if isinstance(token, Chars) and len(token) <= MAXIMUM_SET else (token,) for token in tokens]
    return tuple(dict.fromkeys(canonical_pattern(Pattern.of(*each), holds.cased) for each in product(*choices)))


@lru_cache(maxsize=4096)
def canonical_regex(tree: RegexTree, cased: bool) -> Regex:
    """The expression with its letters as sets of the cases that they stand for, and without what a search has anyway at its ends."""
    spelled = sequence([_spelled(tree, cased)])
    items: list[RegexTree] = list(spelled.items) if isinstance(spelled, Sequence) else [spelled]
    anything = Repeat(OneOf(ANY_CHARACTER), 0, None)
    if items[:2] == [Anchor(Place.TEXT_START), anything]:
        del items[:2]
    if items[-2:] == [anything, Anchor(Place.TEXT_END)]:
        del items[-2:]
    return Regex(sequence(items), cased=True)


def _spelled(tree: RegexTree, cased: bool) -> RegexTree:
    match tree:
        case Literal(text) if not cased:
            return sequence([_any_case(character) for character in text])
        case OneOf(chars):
            chars = chars if cased else chars.folded()
            return Literal(next(iter(chars))) if len(chars) == 1 else OneOf(chars)
        case Sequence(items):
            return sequence([_spelled(item, cased) for item in items])
        case Choice(options):
            return choice([_spelled(option, cased) for option in options])
        case Repeat(item, minimum, maximum):
            return Repeat(_spelled(item, cased), minimum, maximum)
    return tree


def _any_case(character: str) -> RegexTree:
    other = other_case(character)
    return Literal(character) if other == character else OneOf(Chars.of((character, other)))


def patterns_of(tree: RegexTree) -> tuple[Pattern, ...] | None:
    """The patterns of which one matches exactly where the expression is found; None where no few patterns say that."""
    try:
        return tuple(dict.fromkeys(pattern for line in _lines(tree) for pattern in _patterns_of_line(line)))
    except _NoPattern:
        return None


def _has_sets(pattern: Pattern) -> bool:
    return Chars in map(type, pattern.tokens)


class _NoPattern(Exception):
    """The expression says what patterns cannot."""


def _folded(token: Token) -> Token:
    if isinstance(token, str):
        return fold(token)
    if isinstance(token, Chars):
        return _folded_set(token)
    return token


@lru_cache(maxsize=1024)
def _folded_set(chars: Chars) -> Token:
    """The set closed under case; a letter with its other case is the letter."""
    chars = chars.folded()
    if 1 <= len(chars) <= 2:
        first = next(iter(chars))
        if chars == Chars.of((first, other_case(first))):
            return fold(first)
    return chars


def _wildcards_in_order(tokens: tuple[Token, ...]) -> Iterator[Token]:
    """`*?` and `?*` are the same: single characters go first."""
    for wild, run in groupby(tokens, key=lambda token: isinstance(token, AnyMany) or token == ANY_CHARACTER):
        own = list(run)
        if wild and ANY_MANY in own:
            yield from (token for token in own if token != ANY_MANY)
            yield ANY_MANY
        else:
            yield from own


def _lines(tree: RegexTree) -> list[tuple[RegexTree, ...]]:
    """The expression as alternatives, each a plain sequence without choices."""
    match tree:
        case Literal() | OneOf() | Anchor() | Repeat(OneOf(), _, None):
            return [(tree,)]
        case Sequence(items):
            return _in_sequence([_lines(item) for item in items])
        case Choice(options):
            return _checked([line for option in options for line in _lines(option)])
        case Repeat(item, minimum, maximum) if maximum is not None and maximum <= MAXIMUM_REPEATS:
            own = _lines(item)
            return _checked([line for count in range(minimum, maximum + 1) for line in _in_sequence([own] * count)])
    raise _NoPattern


def _in_sequence(parts: list[list[tuple[RegexTree, ...]]]) -> list[tuple[RegexTree, ...]]:
    count = 1
    for part in parts:
        count *= len(part)
        if count > MAXIMUM_PATTERNS:
            raise _NoPattern
    return [tuple(item for line in lines for item in line) for lines in product(*parts)]


def _checked(lines: list[tuple[RegexTree, ...]]) -> list[tuple[RegexTree, ...]]:
    if len(lines) > MAXIMUM_PATTERNS:
        raise _NoPattern
    return lines


def _patterns_of_line(line: tuple[RegexTree, ...]) -> Iterator[Pattern]:
    """A pattern, or two where the line ends at the end of the text or before a last newline."""
    items = list(line)
    before: list[Token] = [ANY_MANY]
    afters: list[list[Token]] = [[ANY_MANY]]
    if items and items[0] == Anchor(Place.TEXT_START):
        items.pop(0)
        before = []
    if items and items[-1] == Anchor(Place.TEXT_END):
        items.pop()
        afters = [[]]
    elif items and items[-1] == Anchor(Place.TEXT_END_OR_LAST_NEWLINE):
        items.pop()
        afters = [[], ["\n"]]
    tokens = [token for item in items for token in _tokens_of(item)]
    for after in afters:
        yield Pattern.of(*before, *tokens, *after)


def _tokens_of(item: RegexTree) -> list[Token]:
    match item:
        case Literal(text):
            return [text]
        case OneOf(chars) if chars.ranges:
            return [chars]
        case Repeat(OneOf(chars), minimum, None) if chars == ANY_CHARACTER and minimum <= MAXIMUM_REPEATS:
            return [*[ANY_CHARACTER] * minimum, ANY_MANY]
    raise _NoPattern
