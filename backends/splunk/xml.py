"""Values of fields that hold XML text, as the Windows add-ons extract them: `&`, `<` and `>` stand there as entities."""

from sigma_amsi.characters import fold
from sigma_amsi.pattern import AnyMany, Pattern

_ENTITIES = ("&amp;", "&lt;", "&gt;")


def spellings(pattern: Pattern) -> list[Pattern] | None:
    """The patterns of XML text that say the pattern of the decoded text, without case; None where only decoding can tell.

    The encoded spelling is what well-formed XML text has. The plain one comes along where it cannot occur in such text anyway, so that a site whose
    add-on decodes the entities is served as well.
    """
    if any(_may_start_inside(token) for before, token in _pairs(pattern) if isinstance(before, AnyMany)):
        return None
    encoded = Pattern.of(*(encode(token) if isinstance(token, str) else token for token in pattern.tokens))
    if encoded == pattern:
        return [pattern]
    foreign = any(_cannot_occur(token) for token in pattern.tokens if isinstance(token, str))
    return [pattern, encoded] if foreign else [encoded]


def encode(text: str) -> str:
    """The text as XML writes it between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _pairs(pattern: Pattern) -> list[tuple[object, str]]:
    """Every text of the pattern with the token before it."""
    return [(before, token) for before, token in zip((None, *pattern.tokens), pattern.tokens, strict=False) if isinstance(token, str)]


def _may_start_inside(text: str) -> bool:
    """Whether the encoded text could be found beginning in the middle of an entity: `;` is in `&amp;`, which stands for no `;`."""
    start = fold(encode(text))
    endings = [entity[place:] for entity in _ENTITIES for place in range(1, len(entity))]
    return any(start.startswith(ending) or ending.startswith(start) for ending in endings)


def _cannot_occur(text: str) -> bool:
    """Whether well-formed XML text never has the text as it stands."""
    if "<" in text or ">" in text:
        return True
    tails = [fold(text[place:]) for place, character in enumerate(text) if character == "&"]
    return any(not any(tail.startswith(entity) or entity.startswith(tail) for entity in _ENTITIES) for tail in tails)
