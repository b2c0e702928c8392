"""Anchors rewritten away: an expression that is searched for as one without anchors that has to match the whole value.

Some dialects (Lucene) know no anchors and match whole values; others (Kusto) have no word edge that means ASCII words. What an anchor asks
of the characters on its two sides is moved into the expressions that stand there: `\\bfoo$` becomes `(.*[^0-9A-Za-z_])?foo`.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import product
from typing import Literal as Only

from msgspec import Struct

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars
from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.named_sets import NEWLINE, WORD
from sigma_amsi.regex.tree import EMPTY, Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, choice, sequence
from sigma_amsi.regex.tree import Sequence as Items

ANYTHING = Repeat(OneOf(ANY_CHARACTER), 0, None)
"""Any text: `.*`."""

NOTHING = OneOf(NO_CHARACTER)
"""The expression that no text matches."""

MAXIMUM_ALTERNATIVES = 64


class Sides(Struct, frozen=True):
    """One way for an anchor to hold: the characters before and after it, and whether the value may start or end there instead."""

    before: Chars = ANY_CHARACTER
    starts: bool = True
    after: Chars = ANY_CHARACTER
    ends: bool = True

    def __and__(self, other: "Sides") -> "Sides":
        return Sides(self.before & other.before, self.starts and other.starts, self.after & other.after, self.ends and other.ends)


_SIDES: dict[Place, tuple[Sides, ...]] = {
    Place.TEXT_START: (Sides(before=NO_CHARACTER),),
    Place.TEXT_END: (Sides(after=NO_CHARACTER),),
    Place.LINE_START: (Sides(before=NEWLINE),),
    Place.LINE_END: (Sides(after=NEWLINE),),
    Place.WORD_EDGE: (Sides(WORD, False, ~WORD, True), Sides(~WORD, True, WORD, False)),
    Place.NO_WORD_EDGE: (Sides(WORD, False, WORD, False), Sides(~WORD, True, ~WORD, True)),
}


def whole(tree: RegexTree) -> RegexTree:
    """The expression without anchors that matches exactly the whole values in which `tree` is found.

    Raises RegexConstruct where an anchor stands in a repetition, or where there are too many cases.
    """
    options: list[RegexTree] = []
    for line in _lines(tree):
        for segments, anchors in _segmented([ANYTHING, *line, ANYTHING]):
            options += _without_anchors(segments, anchors)
            if len(options) > MAXIMUM_ALTERNATIVES:
                raise RegexConstruct("anchors in too many places")
    return choice(options) if options else NOTHING


def searched(tree: RegexTree) -> RegexTree:
    """The reverse: an expression to search for, whose only anchors are the start and the end of the text, for one that matches whole values."""
    return choice([_unwrapped(option) for option in (tree.options if isinstance(tree, Choice) else (tree,))])


def matches_empty(tree: RegexTree) -> bool:
    """Whether an expression without anchors matches the empty text."""
    match tree:
        case Items(items):
            return all(map(matches_empty, items))
        case Choice(options):
            return any(map(matches_empty, options))
        case Repeat(item, minimum, _):
            return minimum == 0 or matches_empty(item)
    return False


def has_anchor(tree: RegexTree, places: Collection[Place] = tuple(Place)) -> bool:
    """Whether an anchor of one of the places occurs in the expression."""
    match tree:
        case Anchor(place):
            return place in places
        case Items(parts) | Choice(parts):
            return any(has_anchor(part, places) for part in parts)
        case Repeat(item, _, _):
            return has_anchor(item, places)
    return False


def optional(tree: RegexTree) -> RegexTree:
    """The expression, or nothing."""
    return tree if matches_empty(tree) else Repeat(tree, 0, 1)


# -- anchors to the top level ------------------------------------------------------------------------------------------------------------


def _lines(tree: RegexTree) -> list[list[RegexTree]]:
    """The tree as alternative sequences in which anchors stand only at the top level, and none is at-the-last-newline."""
    lines = [final for line in _distributed(tree) for final in _with_final_newlines(list(line))]
    if len(lines) > MAXIMUM_ALTERNATIVES:
        raise RegexConstruct("anchors in too many places")
    return lines


def _distributed(tree: RegexTree) -> list[tuple[RegexTree, ...]]:
    if not has_anchor(tree) or isinstance(tree, Anchor):
        return [(tree,)]
    match tree:
        case Items(items):
            parts = [_distributed(item) for item in items]
            count = 1
            for part in parts:
                count *= len(part)
            if count > MAXIMUM_ALTERNATIVES:
                raise RegexConstruct("anchors in too many places")
            return [tuple(item for part in line for item in part) for line in product(*parts)]
        case Choice(options):
            plain = [option for option in options if not has_anchor(option)]
            anchored = [line for option in options if has_anchor(option) for line in _distributed(option)]
            return [*([(choice(plain),)] if plain else []), *anchored]
        case Repeat(item, 0, 1):
            return [*_distributed(item), ()]
    raise RegexConstruct("an anchor in a repetition")


def _with_final_newlines(line: list[RegexTree]) -> list[list[RegexTree]]:
    """`$` as PCRE reads it: the end, or a newline that ends the value. What stands behind it must then match within that newline."""
    final = Anchor(Place.TEXT_END_OR_LAST_NEWLINE)
    if final not in line:
        return [line]
    place = line.index(final)
    before, behind = line[:place], line[place + 1 :]
    if not behind:
        return [[*before, optional(Literal("\n")), Anchor(Place.TEXT_END)]]
    looks_back = set(Place) - {Place.TEXT_END, Place.TEXT_END_OR_LAST_NEWLINE, Place.LINE_END}
    if any(has_anchor(item, looks_back) for item in behind):
        raise RegexConstruct("an anchor after the end of the text")
    options = _with_final_newlines([*before, Anchor(Place.TEXT_END), *behind])
    if regex_test(sequence([Anchor(Place.TEXT_START), *behind]), True)("\n"):
        options.append([*before, Literal("\n"), Anchor(Place.TEXT_END)])
    return options


# -- anchors into their neighbours -------------------------------------------------------------------------------------------------------


def _segmented(line: list[RegexTree]) -> list[tuple[list[RegexTree], list[list[Place]]]]:
    """The line cut at its anchors: one more segment than places with anchors. Segments between anchors do not match the empty text."""
    segments: list[list[RegexTree]] = [[]]
    anchors: list[list[Place]] = []
    for index, item in enumerate(line):
        if not isinstance(item, Anchor):
            segments[-1].append(item)
        elif isinstance(line[index - 1], Anchor):
            anchors[-1].append(item.place)
        else:
            anchors.append([item.place])
            segments.append([])
    for index in range(1, len(segments) - 1):
        inner = sequence(segments[index])
        if matches_empty(inner):
            head, tail = [*_cut(segments, anchors, index)], [*_rest(segments, anchors, index)]
            something = _edged(inner, ANY_CHARACTER, "first")
            return _segmented([*head, *([something] if something else [NOTHING]), *tail]) + _segmented([*head, *tail])
    return [([sequence(segment) for segment in segments], anchors)]


def _cut(segments: list[list[RegexTree]], anchors: list[list[Place]], index: int) -> Iterable[RegexTree]:
    """What stands before a segment, as a line."""
    for segment, places in zip(segments[:index], anchors[:index], strict=True):
        yield from segment
        yield from map(Anchor, places)


def _rest(segments: list[list[RegexTree]], anchors: list[list[Place]], index: int) -> Iterable[RegexTree]:
    """What stands after a segment, as a line."""
    for places, segment in zip(anchors[index:], segments[index + 1 :], strict=True):
        yield from map(Anchor, places)
        yield from segment


def _without_anchors(segments: list[RegexTree], anchors: list[list[Place]]) -> list[RegexTree]:
    """One expression for each way in which all anchors hold."""
    options: list[RegexTree] = []
    for ways in product(*map(_ways, anchors)):
        parts: list[RegexTree | None] = list(segments)
        for index, sides in enumerate(ways):
            parts[index] = _ending(parts[index], sides, may_be_empty=index == 0)
            parts[index + 1] = _beginning(parts[index + 1], sides, may_be_empty=index == len(ways) - 1)
        found = [part for part in parts if part is not None]
        if len(found) == len(parts):
            options.append(_joined(found))
    return options


def _ways(places: Sequence[Place]) -> list[Sides]:
    """The ways in which several anchors hold at one place."""
    ways = [Sides()]
    for place in places:
        ways = [way & sides for way in ways for sides in _SIDES[place]]
    return ways


def _ending(tree: RegexTree | None, sides: Sides, *, may_be_empty: bool) -> RegexTree | None:
    return _restricted(tree, sides.before, "last", empty=may_be_empty and sides.starts)


def _beginning(tree: RegexTree | None, sides: Sides, *, may_be_empty: bool) -> RegexTree | None:
    return _restricted(tree, sides.after, "first", empty=may_be_empty and sides.ends)


def _restricted(tree: RegexTree | None, chars: Chars, end: Only["first", "last"], *, empty: bool) -> RegexTree | None:
    """The texts with such a character at that end, and the empty one where that is allowed too."""
    if tree is None or (empty and chars == ANY_CHARACTER):
        return tree
    edged = _edged(tree, chars, end)
    if not empty or not matches_empty(tree):
        return edged
    return EMPTY if edged is None else optional(edged)


def _edged(tree: RegexTree, chars: Chars, end: Only["first", "last"]) -> RegexTree | None:
    """The texts of `tree`, but not the empty one, whose first or last character is one of `chars`; None when there are none."""
    if chars == ANY_CHARACTER and not matches_empty(tree):
        return tree
    match tree:
        case Literal(text):
            return tree if text[0 if end == "first" else -1] in chars else None
        case OneOf(own):
            shared = own & chars
            return OneOf(shared) if shared.ranges else None
        case Choice(options):
            found = [edged for option in options if (edged := _edged(option, chars, end))]
            return choice(found) if found else None
        case Items(items):
            return _edged_sequence(list(items), chars, end)
        case Repeat(item, minimum, maximum):
            edge = _edged(item, chars, end)
            if edge is None or (edge == item and minimum > 0):
                return edge and tree
            fewer = 0 if matches_empty(item) else max(minimum - 1, 0)
            more = Repeat(item, fewer, None if maximum is None else maximum - 1)
            rest = [] if more.maximum == 0 else [item] if (fewer, more.maximum) == (1, 1) else [more]
            return sequence([edge, *rest] if end == "first" else [*rest, edge])
    raise AssertionError("an anchor has no characters")


def _edged_sequence(items: list[RegexTree], chars: Chars, end: Only["first", "last"]) -> RegexTree | None:
    """By cases: the edge lies in the outermost item, or that one is empty and the edge lies in the next."""
    found: list[RegexTree] = []
    while items:
        outer = items[0 if end == "first" else -1]
        items = items[1:] if end == "first" else items[:-1]
        edge = _edged(outer, chars, end)
        if edge is not None:
            found.append(sequence([edge, *items] if end == "first" else [*items, edge]))
        if not matches_empty(outer):
            break
    return choice(found) if found else None


def _joined(parts: list[RegexTree]) -> RegexTree:
    """The parts in a row, with any-text written once where it follows itself."""
    items: list[RegexTree] = []
    for item in _items(sequence(parts)):
        if not (item == ANYTHING and items and items[-1] == ANYTHING):
            items.append(item)
    return sequence(items)


def _items(tree: RegexTree) -> tuple[RegexTree, ...]:
    """The items of a sequence; anything else is one item."""
    return tree.items if isinstance(tree, Items) else (tree,)


def _unwrapped(tree: RegexTree) -> RegexTree:
    items = list(_items(tree))
    if len(items) > 1 and items[0] == ANYTHING:
        del items[0]
    elif (after := _opened(items, 0)) is not None:
        items[0] = choice([Anchor(Place.TEXT_START), after])
    else:
        items.insert(0, Anchor(Place.TEXT_START))
    if items[-1] == ANYTHING:
        del items[-1]
    elif (before := _opened(items, -1)) is not None:
        items[-1] = choice([before, Anchor(Place.TEXT_END)])
    else:
        items.append(Anchor(Place.TEXT_END))
    return sequence(items)


def _opened(items: list[RegexTree], index: Only[0, -1]) -> RegexTree | None:
    """`X` where the expression begins with `(.*X)?`, or ends with `(X.*)?`."""
    if len(items) > 1 and isinstance(outer := items[index], Repeat) and (outer.minimum, outer.maximum) == (0, 1):
        inner = list(_items(outer.item))
        if inner and inner[index] == ANYTHING:
            return sequence(inner[1:] if index == 0 else inner[:-1])
    return None
