"""Whether two wildcard patterns have a value in common."""

from typing import TypeAlias

from sigma_amsi.characters import NO_CHARACTER, Chars, fold
from sigma_amsi.pattern import AnyMany, Pattern

# A pattern taken apart into single characters, sets of characters and any-many.
_Atoms: TypeAlias = tuple[str | Chars | AnyMany, ...]


def meet(first: Pattern, second: Pattern, *, cased: bool = False) -> bool:
    """Whether some value matches both patterns; without `cased`, letters match in either case."""
    left, right = _atoms(first, cased), _atoms(second, cased)
    if NO_CHARACTER in left or NO_CHARACTER in right:
        return False
    # The places reached in `right` after each atom of `left`, over all values at once. An any-many is a loop at its own place that can be
    # left without reading anything.
    reached = _skip({0}, right)
    for atom in left:
        if isinstance(atom, AnyMany):
            reached = set(range(min(reached), len(right) + 1))
            continue
        after = set()
        for place in reached:
            if place == len(right):
                continue
            other = right[place]
            if isinstance(other, AnyMany):
                after.add(place)
            elif _share(atom, other):
                after.add(place + 1)
        reached = _skip(after, right)
        if not reached:
            return False
    return len(right) in reached


def _atoms(pattern: Pattern, cased: bool) -> _Atoms:
    atoms: list[str | Chars | AnyMany] = []
    for token in pattern.tokens:
        if isinstance(token, str):
            atoms.extend(token if cased else fold(token))
        elif isinstance(token, Chars) and not cased:
            atoms.append(token.folded())
        else:
            atoms.append(token)
    return tuple(atoms)


def _skip(places: set[int], atoms: _Atoms) -> set[int]:
    """The places and those behind the any-manys that stand at them."""
    skipped = {place + 1 for place in places if place < len(atoms) and isinstance(atoms[place], AnyMany)}
    return places | skipped  # any-manys are never adjacent, so one step is enough


def _share(first: str | Chars, second: str | Chars) -> bool:
    """Whether one character fits both; sets are already closed under case where case does not count."""
    if isinstance(first, str):
        return first == second if isinstance(second, str) else first in second
    return second in first if isinstance(second, str) else bool((first & second).ranges)
