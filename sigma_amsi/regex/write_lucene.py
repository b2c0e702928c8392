"""The writer of Lucene's regular expressions, which match whole values, know no anchors and no flags, and have operators of their own.

The text is read alike by Lucene 8, 9 and 10. It has no escaped letter, since versions disagree on those: control characters stand for themselves. A
slash is always escaped and the text never ends in a backslash, so that it can stand between slashes in a query.
"""

from functools import lru_cache

from sigma_amsi.characters import ANY_CHARACTER, MAXIMUM, Chars
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.tree import EMPTY, Anchor, Choice, Literal, OneOf, RegexTree, Repeat, Sequence, sequence
from sigma_amsi.regex.whole import ANYTHING, whole
from sigma_amsi.regex.write import is_atom, members_text, quantifier, tidy


def write_lucene(tree: RegexTree, *, folded: bool) -> str:
    """The text for the whole values in which the expression is found; with `folded`, letters become classes of both their cases.

    Raises RegexConstruct where Lucene cannot say it.
    """
    return write_whole(whole(tree), folded=folded)


def lucene_pattern(pattern: Pattern, *, folded: bool) -> str:
    """The text for the values that match a wildcard pattern."""
    items: list[RegexTree] = []
    for token in pattern.tokens:
        if isinstance(token, str):
            items.append(Literal(token))
        else:
            items.append(ANYTHING if isinstance(token, AnyMany) else OneOf(token))
    return write_whole(sequence(items) if items else EMPTY, folded=folded)


def write_whole(tree: RegexTree, *, folded: bool) -> str:
    """The text of an expression that has no anchors and matches whole values."""
    text = _Writer(folded).write(tidy(tree)) or "()"
    # A backslash before the closing slash would be taken for an escape of it; in brackets it is none.
    return text[:-2] + r"[\\]" if text.endswith(r"\\") else text


_META = frozenset('.?+*|{}[]()"\\#@&<>~/')
_META_IN_CLASS = frozenset('[]^-\\/"')


class _Writer:
    def __init__(self, folded: bool) -> None:
        self._folded = folded

    def write(self, tree: RegexTree) -> str:
        match tree:
            case Literal(text):
                return "".join(map(self._character, text))
            case OneOf(chars):
                return _set(chars.folded() if self._folded else chars)
            case Sequence(items):
                return "".join(map(self._item, items))
            case Choice(options):
                return "|".join(map(self.write, options))
            case Repeat(item, minimum, maximum):
                return self._atom(item) + quantifier(minimum, maximum)
            case Anchor():
                raise AssertionError("the expression was to have no anchors")

    def _item(self, tree: RegexTree) -> str:
        return f"({self.write(tree)})" if isinstance(tree, Choice) else self.write(tree)

    def _atom(self, tree: RegexTree) -> str:
        return self.write(tree) if is_atom(tree) else f"({self.write(tree)})"

    def _character(self, character: str) -> str:
        return _letter_of_both_cases(character) if self._folded else _escaped(character, _META)


@lru_cache(maxsize=4096)
def _letter_of_both_cases(character: str) -> str:
    return _set(Chars.of(character).folded())


def _set(chars: Chars) -> str:
    if chars == ANY_CHARACTER:
        return "."
    if not chars.ranges:
        return "#"
    negated = chars.ranges[-1][1] == MAXIMUM
    if len(chars) == 1 and not negated:
        return _escaped(next(iter(chars)), _META)
    members = members_text(~chars if negated else chars, lambda character: _escaped(character, _META_IN_CLASS))
    return f"[^{members}]" if negated else f"[{members}]"


def _escaped(character: str, special: frozenset[str]) -> str:
    if 0xD800 <= ord(character) <= 0xDFFF:
        raise RegexConstruct("half of a surrogate pair")
    return "\\" + character if character in special else character
