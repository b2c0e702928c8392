"""The texts of numbers that stand in some order to a given one, as languages."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from sigma_amsi.characters import Chars
from sigma_amsi.proof.automaton import Language
from sigma_amsi.proof.languages import explored

Order: TypeAlias = Literal["<", "<=", ">", ">="]

_DIGITS = "0123456789"


@lru_cache(maxsize=1024)
def comparison_language(operator: Order, number: Decimal) -> Language:
    """The decimal texts, with or without a sign, leading zeros and a fraction, of the numbers that stand in this order to `number`."""
    size = format(abs(number), "f")
    whole, _, fraction = size.partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    negative = number < 0

    def accepted(minus: bool, order: int) -> bool:
        """Whether a text with this sign passes, the size of which stands in this order (below, equal, above) to the size of the number."""
        if minus:
            order = -order if negative else -1 if whole or fraction or order else 0
        elif negative:
            order = 1
        return order < 0 if operator == "<" else order <= 0 if operator == "<=" else order > 0 if operator == ">" else order >= 0

    def leave(place: _Place) -> Iterator[tuple[Chars, _Place]]:
        if place == _START:
            yield Chars.of("-"), (True, "sign", 0, 0)
            yield Chars.of("+"), (False, "sign", 0, 0)
        minus, part, read, order = (False, "sign", 0, 0) if place == _START else place
        if part in ("sign", "whole"):
            yield Chars.of("."), (minus, "point" if part == "sign" else "fraction", 0, _whole_order(read, order, len(whole)))
        for digit in _DIGITS:
            if part in ("sign", "whole"):
                if digit == "0" and read == 0:
                    yield Chars.of(digit), (minus, "whole", 0, 0)
                elif read < len(whole):
                    yield Chars.of(digit), (minus, "whole", read + 1, order or _compared(digit, whole[read]))
                else:
                    yield Chars.of(digit), (minus, "whole", len(whole) + 1, 1)
            else:
                expected = fraction[read] if read < len(fraction) else "0"
                yield Chars.of(digit), (minus, "fraction", min(read + 1, len(fraction)), order or _compared(digit, expected))

    def accepting(place: _Place) -> bool:
        minus, part, read, order = place
        if part in ("start", "sign", "point"):
            return False
        if part == "whole":
            order = _whole_order(read, order, len(whole))
            read = 0
        return accepted(minus, order or (-1 if read < len(fraction) else 0))

    return explored([_START], leave, accepting)


_Place: TypeAlias = tuple[bool, str, int, int]
"""The sign; where in the number; how many of its digits were read; how they stand to the given number's."""

_START: _Place = (False, "start", 0, 0)


def _compared(digit: str, other: str) -> int:
    return -1 if digit < other else 1 if digit > other else 0


def _whole_order(read: int, order: int, length: int) -> int:
    """How the whole part stands to one of `length` digits: fewer digits without leading zeros are less."""
    return -1 if read < length else order
