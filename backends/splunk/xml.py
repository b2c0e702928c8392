"""Values of fields that hold XML text, as the Windows add-ons extract them: `&`, `<` and `>` stand there as entities."""

from functools import reduce
from operator import or_

from sigma_amsi.characters import NO_CHARACTER, Chars, fold
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.predicate.tree import Regex
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, RegexTree, Repeat, Sequence

_ENTITIES = ("&amp;", "&lt;", "&gt;")
_INSIDE = frozenset("".join(entity[1:] for entity in _ENTITIES))
_LONGEST = max(map(len, _ENTITIES))
_SPECIAL = Chars.of("&<>")
_MARKS = Chars.of("&<>;")


def spellings(pattern: Pattern) -> list[Pattern] | None:
    """The patterns of XML text that say the pattern of the decoded text; None where only decoding can tell.

    The encoded spelling is what well-formed XML text has. The plain one comes along where it cannot occur in such text anyway, so that a site
    whose add-on decodes the entities is served as well.
    """
    if any(isinstance(token, Chars) and (token & _SPECIAL).ranges for token in pattern.tokens):
        return None  # one character may be several
    tokens = tuple(_encoded(token) if isinstance(token, str) else token for token in pattern.tokens)
    encoded = pattern if tokens == pattern.tokens else Pattern(tokens)
    if any(_may_start_inside(block) for block in _blocks(encoded)):
        return None
    if encoded == pattern:
        return [pattern]
    foreign = any(_cannot_occur(token) for token in pattern.tokens if isinstance(token, str))
    return [pattern, encoded] if foreign else [encoded]


def finds_the_same_undecoded(holds: Regex) -> bool:
    """Whether the expression is found in XML text exactly where it is found in the decoded text.

    It is when it has nothing to do with entities: it can take none of the characters that begin, end or stand behind one, so that what it
    finds lies between entities or is a part of a name, and in the names it finds nothing.
    """
    if (_taken(holds.tree) & _MARKS).ranges:
        return False
    return not any(map(regex_test(holds.tree, holds.cased), _ENTITIES))


def _taken(tree: RegexTree) -> Chars:
    """The characters that a match may consist of."""
    match tree:
        case Literal(text):
            return Chars.of(text)
        case OneOf(chars):
            return chars
        case Repeat(item):
            return _taken(item)
        case Choice(parts) | Sequence(parts):
            return reduce(or_, map(_taken, parts), NO_CHARACTER)
        case Anchor():
            return NO_CHARACTER


def _encoded(text: str) -> str:
    """The text as XML writes it between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(pattern: Pattern) -> list[list[str | Chars]]:
    """The beginning of what stands behind each any-many, as single characters and sets."""
    blocks: list[list[str | Chars]] = []
    for token in pattern.tokens:
        if isinstance(token, AnyMany):
            blocks.append([])
        elif blocks and len(blocks[-1]) < _LONGEST:
            blocks[-1].extend(token[:_LONGEST] if isinstance(token, str) else [token])
    return [block for block in blocks if block]


def _may_start_inside(block: list[str | Chars]) -> bool:
    """Whether the block could be found beginning in the middle of an entity: `;` is in `&amp;`, which stands for no `;`."""
    first = block[0]
    if isinstance(first, str) and fold(first) not in _INSIDE:
        return False
    return any(_agrees(block, entity[place:]) for entity in _ENTITIES for place in range(1, len(entity)))


def _agrees(block: list[str | Chars], text: str) -> bool:
    """Whether the block could stand for the text, as far as both go, in some case."""
    return all(
        fold(item) == character if isinstance(item, str) else character in item.folded()
        for item, character in zip(block, text, strict=False)
    )


def _cannot_occur(text: str) -> bool:
    """Whether well-formed XML text never has the text as it stands."""
    if "<" in text or ">" in text:
        return True
    tails = [fold(text[place:]) for place, character in enumerate(text) if character == "&"]
    return any(not any(tail.startswith(entity) or entity.startswith(tail) for entity in _ENTITIES) for tail in tails)
