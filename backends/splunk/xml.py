"""Values of fields that hold XML text, as the Windows add-ons extract them: `&`, `<` and `>` stand there as entities."""

from sigma_amsi.characters import Chars, fold
from sigma_amsi.pattern import AnyMany, Pattern

_ENTITIES = ("&amp;", "&lt;", "&gt;")
_SPECIAL = Chars.of("&<>")


def spellings(pattern: Pattern) -> list[Pattern] | None:
    """The patterns of XML text that say the pattern of the decoded text; None where only decoding can tell.

    The encoded spelling is what well-formed XML text has. The plain one comes along where it cannot occur in such text anyway, so that a site
    whose add-on decodes the entities is served as well.
    """
    if any(isinstance(token, Chars) and (token & _SPECIAL).ranges for token in pattern.tokens):
        return None  # one character may be several
    encoded = Pattern.of(*(_encoded(token) if isinstance(token, str) else token for token in pattern.tokens))
    if any(_may_start_inside(block) for block in _blocks(encoded)):
        return None
    if encoded == pattern:
        return [pattern]
    foreign = any(_cannot_occur(token) for token in pattern.tokens if isinstance(token, str))
    return [pattern, encoded] if foreign else [encoded]


def _encoded(text: str) -> str:
    """The text as XML writes it between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(pattern: Pattern) -> list[list[str | Chars]]:
    """What stands behind each any-many up to the next, as single characters and sets."""
    blocks: list[list[str | Chars]] = []
    for token in pattern.tokens:
        if isinstance(token, AnyMany):
            blocks.append([])
        elif blocks:
            blocks[-1].extend(token if isinstance(token, str) else [token])
    return [block for block in blocks if block]


def _may_start_inside(block: list[str | Chars]) -> bool:
    """Whether the block could be found beginning in the middle of an entity: `;` is in `&amp;`, which stands for no `;`."""
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
