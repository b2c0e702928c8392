"""Numbers written in texts: what a test before a conversion must leave for it to be exact."""

from decimal import Decimal

from sigma_amsi.characters import Chars
from sigma_amsi.predicate.construct import Known
from sigma_amsi.predicate.tree import Compare, Regex
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.term import NumberText, Term, Text

from .values import Hexadecimal, Number

_DIGITS = Chars.of("0123456789")
_WINDOWS_SPELLINGS = {("DWORD (0x", 8, ")"): ("dword", 1 << 32), ("0x", 1, ""): ("hex", 1 << 63)}
"""Text before, width and text after a hexadecimal number -> the style of `NumberText`, and the bound below which both write the same."""


def long_of_text(term: Term, known: Known) -> Number | None:
    """`tolong` of a text of which a regular expression has left only digits; None where none has."""
    for test in known.tests:
        if test.subject == term and isinstance(test.holds, Regex) and (found := _digits(test.holds.tree)):
            return Number(term, digits=not found[0])
    return None


def number_text(before: str, of: Hexadecimal, after: str, known: Known) -> NumberText | None:
    """The term of a hexadecimal number in a Windows spelling; None unless it is known to be a decimal below the spelling's bound."""
    style, limit = _WINDOWS_SPELLINGS.get((before, of.width, after), ("", 0))
    bound = _bound(of.of.term, known)
    if not style or of.of.digits or isinstance(of.of.term, Text) or bound is None or bound > limit or not known.has(of.of.term):
        return None
    return NumberText(of.of.term, "dword" if style == "dword" else "hex")


def _bound(term: Term, known: Known) -> Decimal | None:
    """A number that the term's is below, if it is also known not to be negative."""
    tests = [test.holds for test in known.tests if test.subject == term]
    lengths = [found[1] for holds in tests if isinstance(holds, Regex) and (found := _digits(holds.tree))]
    comparisons = [holds for holds in tests if isinstance(holds, Compare)]
    not_negative = bool(lengths) or any(holds.operator in (">", ">=") and holds.number >= 0 for holds in comparisons)
    above = [holds.number + (holds.operator == "<=") for holds in comparisons if holds.operator in ("<", "<=")]
    above += [Decimal(10) ** length for length in lengths if length is not None]
    return min(above, default=None) if not_negative else None


def _digits(tree: RegexTree) -> tuple[bool, int | None] | None:
    """Whether an anchored expression leaves canonical decimals only, and their most digits; None where it leaves other texts."""
    match tree:
        case Sequence((Anchor(Place.TEXT_START), body, Anchor(Place.TEXT_END))):
            return _digits_body(body)
        case Sequence((Anchor(Place.TEXT_START), first, rest, Anchor(Place.TEXT_END))):
            return _digits_body(Sequence((first, rest)))
    return None


def _digits_body(tree: RegexTree) -> tuple[bool, int | None] | None:
    match tree:
        case Repeat(OneOf(chars), minimum, maximum) if minimum and _all_digits(chars):
            return maximum == 1, maximum
        case Sequence((OneOf(first), Repeat(OneOf(rest), _, maximum))) if _all_digits(first) and _all_digits(rest):
            return "0" not in first, None if maximum is None else maximum + 1
        case OneOf(chars) if _all_digits(chars):
            return True, 1
        case Literal(text) if text == "0":
            return True, 1
        case Choice(options):
            found = [_digits_body(option) for option in options]
            parts = [part for part in found if part]
            if len(parts) == len(found):
                lengths = [length for _, length in parts]
                return all(canonical for canonical, _ in parts), None if None in lengths else max(length for length in lengths if length)
    return None


def _all_digits(chars: Chars) -> bool:
    return bool(chars.ranges) and not (chars - _DIGITS).ranges
