"""Wildcard patterns read place by place: what a text leads to, what is left behind it, and whether one pattern covers another."""

from collections.abc import Iterator

from sigma_amsi.characters import Chars, fold, other_case
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, Token


class Places:
    """A pattern as single characters, sets and any-manys, and the places between them: 0 is before the first, `end` after the last."""

    def __init__(self, pattern: Pattern, cased: bool) -> None:
        self.cased = cased
        self.items: list[Token] = []
        for token in pattern.tokens:
            if isinstance(token, str):
                self.items.extend(token)
            else:
                self.items.append(token.folded() if isinstance(token, Chars) and not cased else token)
        self.end = len(self.items)

    def stars_at(self, place: int) -> bool:
        """Whether an any-many stands at the place, so that more text may follow without leaving it."""
        return place < self.end and isinstance(self.items[place], AnyMany)

    def accepts(self, place: int) -> bool:
        """Whether the text may end at the place."""
        return place == self.end or (place == self.end - 1 and self.stars_at(place))

    def after(self, places: frozenset[int], text: str) -> frozenset[int]:
        """The places that reading the text leads to.

        Without those before the last any-many that was reached: whatever could follow there can follow at the any-many too.
        """
        for character in text:
            if not places:
                break
            reached: set[int] = set()
            for place in places:
                if self.stars_at(place):
                    reached.add(place)
                    place += 1
                if place < self.end and self._fits(self.items[place], character):
                    reached.add(place + 1)
            last = max(filter(self.stars_at, reached), default=0)
            places = frozenset(place for place in reached if place >= last)
        return places

    def after_any_case(self, text: str) -> set[frozenset[int]]:
        """What reading the text from the start leads to, for each way to spell its letters."""
        found = {frozenset({0})}
        for character in text:
            spellings = {character, other_case(character)} if self.cased else {character}
            found = {self.after(places, spelling) for places in found for spelling in spellings}
        return found

    def between(self, start: int, end: int) -> Pattern:
        """The pattern of what is read from one place to another; an any-many at the end is shared with what follows."""
        return Pattern.of(*self.items[start:end], *([ANY_MANY] if self.stars_at(end) else []))

    def cuts(self, start: int) -> Iterator[int]:
        """The places at which a part that begins at `start` may end. Behind an any-many there is none: it can be cut itself."""
        for place in range(start, self.end + 1):
            if place == start or not self.stars_at(place - 1):
                yield place

    def _fits(self, item: Token, character: str) -> bool:
        if isinstance(item, str):
            return item == character if self.cased else fold(item) == fold(character)
        return isinstance(item, Chars) and character in item


def covers(wide: Pattern, narrow: Pattern, cased: bool) -> bool:
    """Whether every value of the narrow pattern surely matches the wide one: the narrow one's tokens are read by it like a text."""
    if wide == narrow or wide.tokens == (ANY_MANY,):
        return True
    items, text = Places(wide, cased).items, Places(narrow, cased).items
    place = read = 0
    star: tuple[int, int] | None = None
    while read < len(text):
        if place < len(items) and isinstance(items[place], AnyMany):
            star = (place, read)
            place += 1
        elif place < len(items) and _includes(items[place], text[read], cased):
            place, read = place + 1, read + 1
        elif star is not None:
            star = (star[0], star[1] + 1)
            place, read = star[0] + 1, star[1]
        else:
            return False
    return all(isinstance(item, AnyMany) for item in items[place:])


def _includes(wide: Token, narrow: Token, cased: bool) -> bool:
    if isinstance(wide, AnyMany) or isinstance(narrow, AnyMany):
        return False
    if isinstance(wide, str):
        return isinstance(narrow, str) and (wide == narrow if cased else fold(wide) == fold(narrow))
    return narrow in wide if isinstance(narrow, str) else not (narrow - wide).ranges
