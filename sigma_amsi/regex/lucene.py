"""The reader of Lucene's regular expressions, with all operators on, as Elasticsearch's `query_string` and EQL have them.

The text is read as Lucene's RegExp class does, oddities included (a `*` that follows nothing is a star). What the versions 8 to 10 read
differently, and what the tree cannot hold, is refused.
"""

import re
from functools import lru_cache
from typing import NoReturn

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars
from sigma_amsi.regex import RegexConstruct, RegexSyntax
from sigma_amsi.regex.tree import EMPTY, Literal, OneOf, RegexTree, Repeat, Sequence, choice, sequence
from sigma_amsi.regex.whole import NOTHING
from sigma_amsi.regex.write import tidy

MAXIMUM_DEPTH = 50
MAXIMUM_INTERVAL = 1000

# What most expressions are made of, taken in one step each: a run of ordinary characters, and brackets with neither ranges nor escapes.
_RUN = re.compile(r"""[^.?+*|{}\[\]()"\\#@&<>~]+(?![?*+{])""")
_PLAIN_CLASS = re.compile(r"\[[^\]\\^-][^\]\\-]*\]")


def parse_lucene(text: str) -> RegexTree:
    """The expression, which has to match whole values: it is for the caller to put anchors around it.

    Raises RegexSyntax where Lucene rejects the text, RegexConstruct where the tree cannot hold what it says or versions differ.
    """
    if not text:
        return EMPTY
    reader = _Reader(text)
    tree = reader.union()
    if reader.position < len(text):
        reader.invalid("end of the expression expected")
    return tree


class _Reader:
    """Recursive descent, a method for each level of Lucene's grammar, the loosest operator first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def union(self) -> RegexTree:
        options = [self.intersection()]
        while self.accept("|"):
            options.append(self.intersection())
        return choice(options)

    def intersection(self) -> RegexTree:
        tree = self.concatenation()
        if self.peek("&"):
            self.refuse("an intersection")
        return tree

    def concatenation(self) -> RegexTree:
        items = [self.run() or self.repetition()]
        while self.position < len(self.text) and not self.peek(")|&"):
            items.append(self.run() or self.repetition())
        return sequence(items)

    def run(self) -> RegexTree | None:
        """The ordinary characters that come next, up to one that is repeated."""
        found = _RUN.match(self.text, self.position)
        if found is None:
            return None
        self.position = found.end()
        return Literal(found[0])

    def repetition(self) -> RegexTree:
        tree = self.complement()
        while self.peek("?*+{"):
            if tidy(tree) == NOTHING:
                self.refuse("a repetition of what matches nothing, which Lucene reads as if it had to be there")
            operator = self.next()
            if operator == "{":
                minimum, maximum = self.bounds()
            else:
                minimum, maximum = {"?": (0, 1), "*": (0, None), "+": (1, None)}[operator]
            tree = Repeat(tree, minimum, maximum)
        return tree

    def bounds(self) -> tuple[int, int | None]:
        minimum = self.digits()
        if not minimum:
            self.invalid("a number expected")
        maximum: str | None = minimum
        if self.accept(","):
            maximum = self.digits() or None
        if not self.accept("}"):
            self.invalid("} expected")
        if maximum is not None and int(maximum) < int(minimum):
            self.refuse("a repetition whose bounds are in the wrong order, which versions read differently")
        return int(minimum), None if maximum is None else int(maximum)

    def complement(self) -> RegexTree:
        if self.peek("~"):
            self.refuse("a complement")
        plain = _PLAIN_CLASS.match(self.text, self.position)
        if plain is not None:
            self.position = plain.end()
            return _plain_class(plain[0])
        return self.character_class() if self.accept("[") else self.simple()

    def character_class(self) -> RegexTree:
        negated = self.accept("^")
        chars = self.member()
        while self.position < len(self.text) and not self.peek("]"):
            chars |= self.member()
        if not self.accept("]"):
            self.invalid("] expected")
        return OneOf(~chars if negated else chars)

    def member(self) -> Chars:
        low = self.character()
        high = self.character() if self.accept("-") else low
        if low > high:
            self.invalid("a range in the wrong order")
        return Chars(((ord(low), ord(high)),))

    def simple(self) -> RegexTree:
        match self.text[self.position : self.position + 1]:
            case ".":
                self.position += 1
                return OneOf(ANY_CHARACTER)
            case "#":
                self.position += 1
                return OneOf(NO_CHARACTER)
            case "@":
                self.position += 1
                return Repeat(OneOf(ANY_CHARACTER), 0, None)
            case '"':
                quoted = self.up_to('"')
                return Literal(quoted) if quoted else EMPTY
            case "<":
                return self.interval()
            case "(":
                return self.group()
        return Literal(self.character())

    def group(self) -> RegexTree:
        self.position += 1
        if self.accept(")"):
            return EMPTY
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.refuse(f"groups more than {MAXIMUM_DEPTH} deep")
        tree = self.union()
        self.depth -= 1
        if not self.accept(")"):
            self.invalid(") expected")
        return tree

    def interval(self) -> RegexTree:
        """`<5-10>`: decimal numbers. Bounds of the same length ask for numbers of that length, others for any number of leading zeros."""
        bounds = self.up_to(">").split("-")
        if len(bounds) != 2 or not all(bound.isascii() and bound.isdecimal() for bound in bounds):
            self.refuse("a named automaton, or an interval that is none")
        low, high = sorted(map(int, bounds))
        if high - low >= MAXIMUM_INTERVAL:
            self.refuse(f"an interval of more than {MAXIMUM_INTERVAL} numbers")
        width = len(bounds[0]) if len(bounds[0]) == len(bounds[1]) else 0
        numbers = choice([Literal(str(number).zfill(width)) for number in range(low, high + 1)])
        return numbers if width else Sequence((Repeat(Literal("0"), 0, None), numbers))

    def character(self) -> str:
        """A character that stands for itself, escaped or not."""
        if not self.accept("\\"):
            return self.next()
        if self.peek_letter():
            self.refuse(f"\\{self.text[self.position]}, an escaped letter, which versions read differently", self.position - 1)
        return self.next()

    # -- the text -----------------------------------------------------------------------------------------------------------------------

    def next(self) -> str:
        if self.position >= len(self.text):
            self.invalid("unexpected end")
        self.position += 1
        return self.text[self.position - 1]

    def peek(self, characters: str) -> bool:
        return self.position < len(self.text) and self.text[self.position] in characters

    def peek_letter(self) -> bool:
        return self.position < len(self.text) and self.text[self.position].isascii() and self.text[self.position].isalpha()

    def accept(self, character: str) -> bool:
        if self.text.startswith(character, self.position):
            self.position += 1
            return True
        return False

    def digits(self) -> str:
        start = self.position
        while self.peek("0123456789"):
            self.position += 1
        return self.text[start : self.position]

    def up_to(self, end: str) -> str:
        """What stands between the current character and the next `end`."""
        found = self.text.find(end, self.position + 1)
        if found < 0:
            self.invalid(f"{end} expected")
        start, self.position = self.position + 1, found + 1
        return self.text[start:found]

    def invalid(self, reason: str) -> NoReturn:
        raise RegexSyntax(reason, self.position)

    def refuse(self, reason: str, position: int | None = None) -> NoReturn:
        raise RegexConstruct(reason, self.position if position is None else position)


@lru_cache(maxsize=1024)
def _plain_class(text: str) -> RegexTree:
    """Brackets that are met again and again: the two cases of a letter."""
    reader = _Reader(text)
    reader.position = 1
    return reader.character_class()
