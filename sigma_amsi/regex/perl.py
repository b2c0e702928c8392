"""The reader of the Perl-like dialects: PCRE, which Sigma's `re` and Splunk use, and Kusto's, which is that of Rust.

What an expression says is read exactly or refused: `RegexSyntax` where the dialect itself rejects the text, `RegexConstruct` where it means
something that the tree cannot hold, or that versions of the dialect disagree on.
"""

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple, NoReturn

from sigma_amsi.characters import MAXIMUM, Chars, other_case
from sigma_amsi.regex import RegexConstruct, RegexSyntax, named_sets
from sigma_amsi.regex.tree import EMPTY, Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence, choice, sequence


class Dialect(Enum):
    """A Perl-like dialect."""

    PCRE = "PCRE"
    KUSTO = "Kusto"


class Expression(NamedTuple):
    """What an expression says: a search for `tree`, in which letters match their other case unless `cased`."""

    tree: RegexTree
    cased: bool


MAXIMUM_DEPTH = 50
"""Groups in groups. Deeper expressions are refused, so that everything that walks a tree may recurse."""

_MAXIMUM_REPEATS = {Dialect.PCRE: 65535, Dialect.KUSTO: 1000}


def parse(
    text: str, *, dialect: Dialect = Dialect.PCRE, ignore_case: bool = False, multiline: bool = False, dot_all: bool = False
) -> Expression:
    """Read an expression.

    An expression that ignores case as a whole keeps its literals and is not `cased`. Where only a part ignores case, the letters of that part
    become sets of both cases.
    """
    flags = _Flags(ignore_case, multiline, dot_all)
    reader = _Reader(text, dialect, flags, both_cases=False)
    tree = reader.read()
    if reader.saw_cased and reader.saw_caseless:
        tree = _Reader(text, dialect, flags, both_cases=True).read()
    if dialect is Dialect.PCRE and line_may_start_at_end(tree, followed_by_nothing=True):
        # pcre2pattern, "Circumflex and dollar": with multiline, ^ does not hold after a newline that ends the subject.
        raise RegexConstruct("a multi-line ^ that may hold after the last newline", 0)
    return Expression(tree, cased=reader.saw_cased or not reader.saw_caseless)


@dataclass(frozen=True, slots=True)
class _Flags:
    ignore_case: bool = False
    multiline: bool = False
    dot_all: bool = False
    extended: bool = False
    unicode: bool = True  # Kusto only


_FLAG_LETTERS = {
    Dialect.PCRE: {"i": "ignore_case", "m": "multiline", "s": "dot_all", "x": "extended", "n": "", "U": "", "J": ""},
    Dialect.KUSTO: {"i": "ignore_case", "m": "multiline", "s": "dot_all", "x": "extended", "u": "unicode", "U": ""},
}
"""Flag letter -> the flag that it sets; empty where it has no say in whether a text matches (captures, greed)."""

_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_REFUSED_ESCAPES = {
    "R": "\\R, which takes \\r\\n as a whole",
    "K": "\\K, which moves the start of the match",
    "G": "\\G, which depends on the previous match",
    "C": "\\C, one byte",
    "X": "\\X, a grapheme",
    "g": "a back-reference or subroutine call",
    "k": "a back-reference",
}

_REFUSED_GROUPS = (
    ("?=", "look-ahead"),
    ("?!", "look-ahead"),
    ("?<=", "look-behind"),
    ("?<!", "look-behind"),
    ("?>", "an atomic group"),
    ("?P=", "a back-reference"),
    ("?P>", "a subroutine call"),
    ("?&", "a subroutine call"),
    ("?R", "recursion"),
    ("?(", "a conditional group"),
    ("?C", "a callout"),
    ("?*", "look-ahead"),
    ("*", "a verb"),
)

_NAMED_GROUP = {
    Dialect.PCRE: re.compile(r"\?(?:P?<[A-Za-z_]\w{0,127}>|'[A-Za-z_]\w{0,127}')", re.ASCII),
    Dialect.KUSTO: re.compile(r"\?P?<[A-Za-z_][\w.\[\]]*>"),
}
_INLINE_FLAGS = re.compile(r"\?(\^?)([A-Za-z]*)(?:-([A-Za-z]*))?([:)])")
_SUBROUTINE_NUMBER = re.compile(r"\?[+-]?\d")
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")


class _Reader:
    """Recursive descent over one expression, at most `MAXIMUM_DEPTH` groups deep."""

    def __init__(self, text: str, dialect: Dialect, flags: _Flags, *, both_cases: bool) -> None:
        self.text = text
        self.dialect = dialect
        self.flags = flags
        self.both_cases = both_cases
        self.position = 0
        self.depth = 0
        self.quoted = False
        self.saw_cased = False
        self.saw_caseless = False

    def read(self) -> RegexTree:
        tree = self.alternatives()
        if self.position < len(self.text):
            self.invalid("unmatched )")
        return tree

    # -- structure ----------------------------------------------------------------------------------------------------------------------

    def alternatives(self) -> RegexTree:
        options = [self.concatenation()]
        while self.accept("|"):
            options.append(self.concatenation())
        return choice(options) if len(options) > 1 else options[0]

    def concatenation(self) -> RegexTree:
        items: list[RegexTree] = []
        run: list[str] = []  # characters that stand for themselves, joined once

        def flush() -> None:
            if run:
                items.append(Literal("".join(run)))
                run.clear()

        while True:
            self.skip_ignored()
            start = self.position
            if start >= len(self.text) or (not self.quoted and self.text[start] in "|)"):
                break
            atom = self.atom()
            if atom is None:
                continue
            repeated = self.quantified(atom)
            if isinstance(repeated, Literal):
                run.append(repeated.text)
            else:
                flush()
                items.append(repeated)
        flush()
        return sequence(items) if items else EMPTY

    def quantified(self, atom: RegexTree) -> RegexTree:
        while True:
            self.skip_ignored()
            bounds = self.bounds()
            if bounds is None:
                return atom
            if isinstance(atom, Anchor) and self.dialect is Dialect.PCRE:
                self.invalid("nothing to repeat")
            if not self.accept("?") and self.dialect is Dialect.PCRE and self.accept("+"):
                self.refuse("a possessive quantifier", self.position - 1)
            atom = _repeat(atom, *bounds)
            if self.dialect is Dialect.PCRE:
                if self.bounds() is not None:
                    self.refuse("a quantifier after a quantifier")
                return atom

    def bounds(self) -> tuple[int, int | None] | None:
        """The quantifier at the current position, consumed; None where there is none."""
        if self.quoted or self.position >= len(self.text):
            return None
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.text[self.position])
        if simple is not None:
            self.position += 1
            return simple
        if self.text[self.position] != "{":
            return None
        counted = _COUNT.match(self.text, self.position)
        if counted is None:
            if re.compile(r"\{ *, *\d").match(self.text, self.position):
                self.refuse("a repetition without a minimum, which versions read differently")
            if self.dialect is Dialect.KUSTO:
                self.invalid("incomplete repetition")
            return None
        minimum = int(counted[1][:9])
        maximum = minimum if counted[2] is None else int(counted[3][:9]) if counted[3] else None
        if max(minimum, maximum or 0) > _MAXIMUM_REPEATS[self.dialect]:
            self.invalid("too many repetitions")
        if maximum is not None and maximum < minimum:
            self.invalid("repetition bounds in the wrong order")
        self.position = counted.end()
        return minimum, maximum

    def atom(self) -> RegexTree | None:
        """One item without its quantifier; None for what adds nothing, like a comment or a change of flags."""
        character = self.text[self.position]
        if self.quoted or character == "\\":
            return self.escape()
        if character == "(":
            return self.group()
        if character == "[":
            return self.one_of(self.bracket())
        if character in "*+?":
            self.invalid("nothing to repeat")
        if character == "{" and (self.dialect is Dialect.KUSTO or _COUNT.match(self.text, self.position)):
            self.invalid("nothing to repeat")
        self.position += 1
        if character == ".":
            return OneOf(Chars(((0, MAXIMUM),)) if self.flags.dot_all else ~named_sets.NEWLINE)
        if character == "^":
            return Anchor(Place.LINE_START if self.flags.multiline else Place.TEXT_START)
        if character == "$":
            end = Place.TEXT_END_OR_LAST_NEWLINE if self.dialect is Dialect.PCRE else Place.TEXT_END
            return Anchor(Place.LINE_END if self.flags.multiline else end)
        return self.literal(character)

    def group(self) -> RegexTree | None:
        start = self.position
        self.position += 1
        for opening, construct in _REFUSED_GROUPS:
            if self.text.startswith(opening, self.position) and not (opening == "*" and self.dialect is Dialect.KUSTO):
                self.refuse(construct, start)
        if _SUBROUTINE_NUMBER.match(self.text, self.position):
            self.refuse("a subroutine call", start)
        outer = self.flags
        if self.text.startswith("?#", self.position) and self.dialect is Dialect.PCRE:
            end = self.text.find(")", self.position)
            if end < 0:
                self.invalid("missing ) after a comment", start)
            self.position = end + 1
            return None
        if self.text.startswith("?|", self.position) and self.dialect is Dialect.PCRE:
            self.position += 2
        elif self.text.startswith("?", self.position):
            named = _NAMED_GROUP[self.dialect].match(self.text, self.position)
            if named:
                self.position = named.end()
            elif self.inline_flags(start):
                return None
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.refuse(f"more than {MAXIMUM_DEPTH} groups in one another", start)
        tree = self.alternatives()
        if not self.accept(")"):
            self.invalid("missing )", start)
        self.depth -= 1
        self.flags = outer
        return tree

    def inline_flags(self, start: int) -> bool:
        """Read `?i)` or `?i:`; whether it was the former, which holds until the end of the enclosing group, in later alternatives too."""
        found = _INLINE_FLAGS.match(self.text, self.position)
        letters = _FLAG_LETTERS[self.dialect]
        if found is None or not set(found[2] + (found[3] or "")) <= letters.keys() or (found[1] and self.dialect is Dialect.KUSTO):
            self.invalid("unknown group or flag", start)
        if self.dialect is Dialect.KUSTO and found[3] == "":
            self.invalid("flags missing after -", start)
        flags = _Flags() if found[1] else self.flags
        changes = {letters[letter]: True for letter in found[2]} | {letters[letter]: False for letter in found[3] or ""}
        changes.pop("", None)
        self.flags = replace(flags, **changes)
        self.position = found.end()
        return found[4] == ")"

    # -- escapes ------------------------------------------------------------------------------------------------------------------------

    def escape(self) -> RegexTree | None:
        if self.quoted:
            if self.accept("\\E"):
                self.quoted = False
                return None
            self.position += 1
            return self.literal(self.text[self.position - 1])
        start = self.position
        if start + 1 >= len(self.text):
            self.invalid("a backslash at the end")
        letter = self.text[start + 1]
        if self.dialect is Dialect.PCRE and letter in "QE":
            self.quoted = letter == "Q"
            self.position += 2
            return None
        anchor = self.anchor(letter)
        if anchor is not None:
            self.position += 2
            return Anchor(anchor)
        if letter in _REFUSED_ESCAPES and self.dialect is Dialect.PCRE:
            self.refuse(_REFUSED_ESCAPES[letter])
        if letter.isdecimal() and letter != "0":
            self.refuse("a back-reference")
        found = self.escaped_character_or_set(in_class=False)
        return self.literal(found) if isinstance(found, str) else self.one_of(found)

    def anchor(self, letter: str) -> Place | None:
        if letter == "A":
            return Place.TEXT_START
        if letter == "z":
            return Place.TEXT_END
        if letter == "Z" and self.dialect is Dialect.PCRE:
            return Place.TEXT_END_OR_LAST_NEWLINE
        if letter in "bB":
            if self.dialect is Dialect.KUSTO:
                if self.text.startswith("{", self.position + 2):
                    self.refuse("a one-sided word edge")
                if self.flags.unicode:
                    self.refuse(f"\\{letter} between Unicode words; (?-u:\\{letter}) asks for ASCII words")
            return Place.WORD_EDGE if letter == "b" else Place.NO_WORD_EDGE
        return None

    def escaped_character_or_set(self, *, in_class: bool) -> str | Chars:
        """What a backslash and the characters after it stand for, inside and outside of a class."""
        start = self.position
        letter = self.text[start + 1]
        self.position += 2
        named = self.named_set(letter)
        if named is not None:
            return named
        if letter in "pP":
            return self.property(start, negated=letter == "P")
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "x" or (letter in "uU" and self.dialect is Dialect.KUSTO):
            return self.code_point(letter, start)
        if self.dialect is Dialect.KUSTO:
            if letter == "v":
                return "\v"
            if letter in "<>":
                self.refuse("a one-sided word edge", start)
        else:
            special = self.pcre_character(letter, start, in_class=in_class)
            if special is not None:
                return special
        if letter.isascii() and letter.isalnum():
            self.invalid(f"unknown escape \\{letter}", start)
        if self.dialect is Dialect.KUSTO and not letter.isascii():
            self.invalid(f"unknown escape \\{letter}", start)
        return letter

    def named_set(self, letter: str) -> Chars | None:
        unicode = self.dialect is Dialect.KUSTO and self.flags.unicode
        match letter.lower():
            case "d":
                chars = named_sets.unicode_digit() if unicode else named_sets.DIGIT
            case "w":
                chars = named_sets.unicode_word() if unicode else named_sets.WORD
            case "s":
                chars = named_sets.UNICODE_SPACE if unicode else named_sets.SPACE
            case "h" if self.dialect is Dialect.PCRE:
                chars = named_sets.HORIZONTAL_SPACE
            case "v" if self.dialect is Dialect.PCRE:
                chars = named_sets.VERTICAL_SPACE
            case _:
                return None
        return ~chars if letter.isupper() else chars

    def pcre_character(self, letter: str, start: int, *, in_class: bool) -> str | Chars | None:
        if letter == "e":
            return "\x1b"
        if letter == "b" and in_class:
            return "\b"
        if letter == "N" and not in_class:
            if self.text.startswith("{", self.position):
                self.refuse("\\N with a name", start)
            return ~named_sets.NEWLINE
        if letter == "c":
            if self.position >= len(self.text) or not " " <= self.text[self.position] <= "~":
                self.invalid("\\c without a printable ASCII character", start)
            self.position += 1
            return chr(ord(self.text[self.position - 1].upper()) ^ 0x40)
        octal = re.compile("[0-7]{1,3}").match(self.text, self.position - 1)
        if octal:
            self.position = octal.end()
            return chr(int(octal[0], 8))
        braced = re.compile(r"\{([0-7]{1,7})\}").match(self.text, self.position) if letter == "o" else None
        if braced:
            self.position = braced.end()
            return self.character(int(braced[1], 8), start)
        return None

    def code_point(self, letter: str, start: int) -> str:
        digits = {"x": 2, "u": 4, "U": 8}[letter]
        found = re.compile(rf"\{{([0-9A-Fa-f]{{1,8}})\}}|([0-9A-Fa-f]{{{digits}}})").match(self.text, self.position)
        if found is None:
            self.invalid(f"\\{letter} needs {digits} hexadecimal digits, or braces", start)
        self.position = found.end()
        return self.character(int(found[1] or found[2], 16), start)

    def character(self, point: int, start: int) -> str:
        if point > MAXIMUM or 0xD800 <= point <= 0xDFFF:
            self.invalid("no such character", start)
        return chr(point)

    def property(self, start: int, *, negated: bool) -> Chars:
        found = re.compile(r"\{(\^?)([^{}]*)\}|([A-Za-z])").match(self.text, self.position)
        if found is None:
            self.invalid("\\p without a property", start)
        chars = named_sets.general_category(found[2] if found[2] is not None else found[3])
        if chars is None:
            self.refuse("a Unicode property other than a general category", start)
        self.position = found.end()
        return ~chars if negated != bool(found[1]) else chars

    # -- classes ------------------------------------------------------------------------------------------------------------------------

    def bracket(self) -> Chars:
        """A class in brackets, with its case already folded in where the flags say so."""
        start = self.position
        self.position += 1
        negated = self.accept("^")
        members: list[Chars] = []
        first = True
        while first or not self.text.startswith("]", self.position):
            if self.position >= len(self.text):
                self.invalid("missing ]", start)
            low = self.member()
            if not self.text.startswith("-", self.position) or self.text.startswith("]", self.position + 1):
                members.append(Chars.of(low) if isinstance(low, str) else low)
            elif first and low == "-" and self.dialect is Dialect.KUSTO:
                self.refuse("a difference of classes", start)
            else:
                members.append(self.range_from(low))
            first = False
        self.position += 1
        chars = Chars.from_ranges(pair for member in members for pair in member.ranges)
        if self.flags.ignore_case:
            chars = chars.folded()
        return ~chars if negated else chars

    def member(self) -> str | Chars:
        """One member of a class: a character, or a set."""
        character = self.text[self.position]
        if character == "[":
            posix = _POSIX_CLASS.match(self.text, self.position)
            if posix and posix[2] in named_sets.POSIX:
                self.position = posix.end()
                return ~named_sets.POSIX[posix[2]] if posix[1] else named_sets.POSIX[posix[2]]
            if posix or re.compile(r"\[([.=]).*?\1\]|\[\[:[<>]:\]\]").match(self.text, self.position):
                self.invalid("unknown class name")
            if self.dialect is Dialect.KUSTO:
                self.refuse("a class within a class")
        if self.dialect is Dialect.KUSTO:
            if self.text[self.position : self.position + 2] in ("&&", "--", "~~"):
                self.refuse("an operation on classes")
            if self.flags.extended and (character.isspace() or character == "#"):
                self.refuse("blanks in a class with the flag x")
        if character != "\\":
            self.position += 1
            return character
        if self.position + 1 >= len(self.text):
            self.invalid("a backslash at the end")
        if self.dialect is Dialect.PCRE and self.text[self.position + 1] in "QE":
            self.refuse("\\Q in a class")
        return self.escaped_character_or_set(in_class=True)

    def range_from(self, low: str | Chars) -> Chars:
        start = self.position
        self.position += 1
        if self.position >= len(self.text):
            self.invalid("missing ]")
        high = self.member()
        if isinstance(low, Chars) or isinstance(high, Chars):
            # pcre2pattern, "Square brackets and character classes": a hyphen beside a class or type escape is an error.
            self.invalid("a range that begins or ends in a set", start)
        if low > high:
            self.invalid("a range in the wrong order", start)
        return Chars(((ord(low), ord(high)),))

    # -- leaves -------------------------------------------------------------------------------------------------------------------------

    def literal(self, character: str) -> RegexTree:
        if other_case(character) == character:
            return Literal(character)
        if not self.flags.ignore_case:
            self.saw_cased = True
        else:
            self.saw_caseless = True
            if self.both_cases:
                return OneOf(Chars.of(character).folded())
        return Literal(character)

    def one_of(self, chars: Chars) -> RegexTree:
        if len(chars) == 1:
            return self.literal(next(iter(chars)))
        if chars.folded() != chars:
            self.saw_cased = True
        return OneOf(chars)

    # -- the text -----------------------------------------------------------------------------------------------------------------------

    def accept(self, expected: str) -> bool:
        if self.text.startswith(expected, self.position) and (not self.quoted or expected == "\\E"):
            self.position += len(expected)
            return True
        return False

    def skip_ignored(self) -> None:
        """With the flag x: blanks, and comments to the end of the line."""
        while self.flags.extended and not self.quoted and self.position < len(self.text):
            character = self.text[self.position]
            if character == "#":
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end + 1
            elif character in " \t\n\v\f\r":
                self.position += 1
            else:
                return

    def invalid(self, reason: str, position: int | None = None) -> NoReturn:
        raise RegexSyntax(reason, self.position if position is None else position)

    def refuse(self, construct: str, position: int | None = None) -> NoReturn:
        raise RegexConstruct(construct, self.position if position is None else position)


def _repeat(item: RegexTree, minimum: int, maximum: int | None) -> RegexTree:
    if (minimum, maximum) == (1, 1):
        return item
    return EMPTY if maximum == 0 else Repeat(item, minimum, maximum)


def _matches_empty(tree: RegexTree) -> bool:
    match tree:
        case Literal() | OneOf():
            return False
        case Sequence(items):
            return all(map(_matches_empty, items))
        case Choice(options):
            return any(map(_matches_empty, options))
        case Repeat(item, minimum, _):
            return minimum == 0 or _matches_empty(item)
        case Anchor():
            return True


def line_may_start_at_end(tree: RegexTree, *, followed_by_nothing: bool) -> bool:
    """Whether a start-of-line anchor of the tree can hold at the very end of a text, because nothing after it has to consume a character."""
    match tree:
        case Anchor(place):
            return place is Place.LINE_START and followed_by_nothing
        case Sequence(items):
            for item in reversed(items):
                if line_may_start_at_end(item, followed_by_nothing=followed_by_nothing):
                    return True
                followed_by_nothing = followed_by_nothing and _matches_empty(item)
            return False
        case Choice(options):
            return any(line_may_start_at_end(option, followed_by_nothing=followed_by_nothing) for option in options)
        case Repeat(item, _, _):
            return line_may_start_at_end(item, followed_by_nothing=followed_by_nothing)
        case _:
            return False
